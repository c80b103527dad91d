// Asks Python, one thing at a time, for the reader and for the page in the frame. The
// states that Python and the app can be in are in `states.js`.
import { Frame } from "./frame.js";
import { Turns } from "./turns.js";
import { RefusedError } from "./views.js";

/**
 * @import { Address } from "./address.js"
 * @import { AppRequest, AppResponse, Failure, StepData } from "./protocol"
 * @import { Display } from "./display.js"
 * @import { Files } from "./files.js"
 * @import { FrameRequest, Refusal } from "./frame.js"
 * @import { Kind } from "./turns.js"
 * @import { Parts } from "./parts.js"
 * @import { Python } from "./python.js"
 * @typedef {{data: StepData, parts: Parts, python: Python, files: Files, address: Address,
 *   display: Display}} Surroundings
 */

export class Asking {
  /** @param {Surroundings} surroundings */
  constructor({ data, parts, python, files, address, display }) {
    this.data = data;
    this.parts = parts;
    this.python = python;
    this.files = files;
    this.address = address;
    this.display = display;
    this.turns = new Turns((isBusy) => display.canStop(isBusy));
    this.frame = new Frame(parts.find("answer"), {
      visit: (request) => this.follow(request),
      ask: (request) => this.#fetch(request, true),
      fetch: (request) => this.#fetch(request, false),
      say: (text) => display.say(text),
    });
  }

  /**
   * @template T
   * @param {Kind} kind
   * @param {() => Promise<T>} work
   */
  #inTurn(kind, work) {
    return this.turns.take(kind, () => work().catch((error) => this.#excuse(error)));
  }

  /**
   * Say why something couldn't be done, and return it. An answer may hold anything, because
   * the reader's code can write it.
   * @param {Error} error
   */
  #excuse(error) {
    const isRefused = error instanceof RefusedError;
    const failed = isRefused ? error.message : `That could not be shown: ${error.message}`;
    this.display.say(failed, true);
    return { failed };
  }

  /** Start the app with the reader's edits, and send what the address bar says. */
  run() {
    return this.#inTurn("run", async () => {
      this.display.say("Running …");
      if (await this.#start()) await this.#send(this.address.read());
    });
  }

  /** Send what the address bar says. */
  visit() {
    return this.#inTurn("visit", () => this.#sendAsEdited(() => this.address.read()));
  }

  /**
   * Visit what the page in the frame leads to, and show it in the address bar.
   * @param {FrameRequest} request
   */
  async follow(request) {
    // a page may ask more often than it is answered, and the reader has to be heard
    if (this.turns.has("run", "follow")) return;
    this.address.fill(request);
    await this.#inTurn("follow", () => this.#sendAsEdited(() => request));
  }

  /** Become a new visitor to an app that has seen no one. */
  forget() {
    return this.#inTurn("forget", async () => {
      const answer = await this.python.ask({ kind: "reset" });
      if (!answer.ok) return this.#fail(answer);
      this.display.forgetCookies();
      this.display.age();
      this.display.say("The cookies are forgotten, and the app has started anew.");
    });
  }

  /**
   * Make an attack, and show below its button whether it got in.
   * @param {HTMLElement} button
   */
  attack(button) {
    const number = Number(button.dataset.attack);
    return this.#inTurn("attack", async () => {
      this.display.say("Attacking …");
      const answer = await this.python.ask({ kind: "attack", number, files: this.files.edits });
      if (!answer.ok) return this.#fail(answer);
      const shown = /** @type {Element} */ (button.nextElementSibling);
      this.display.tellAttack(shown, answer, this.data.attacks[number]);
    });
  }

  // --- what those are made of

  /** Start the app with the reader's edits; return whether it started. */
  async #start() {
    const answer = await this.python.ask({ kind: "run", files: this.files.edits });
    if (!answer.ok) this.#fail(answer);
    return answer.ok;
  }

  /**
   * Send a request to the app as the editor has it; start it first if it isn't.
   * @param {() => AppRequest} read
   */
  async #sendAsEdited(read) {
    const isAsEdited = this.python.machine.state === "running";
    if (!isAsEdited) this.display.say("Starting the app with your changes …");
    if (isAsEdited || (await this.#start())) await this.#send(read());
  }

  /** @param {AppRequest} request */
  async #send(request) {
    this.display.say(`${request.method} ${request.path} …`);
    const answer = await this.python.ask({ kind: "send", request });
    if (!answer.ok) return this.#fail(answer);
    this.display.tell(answer);
    if (answer.error) this.files.point(answer.error);
    const { response, request: last } = answer.hops[answer.hops.length - 1];
    const [, path] = last.line.split(" ");
    this.parts.find("page").textContent = `The page at ${path}`;
    // not waited for: what belongs to the page is asked for in its turn
    this.frame.show(response, path);
  }

  /**
   * Return the answer to a request that the page in the frame makes.
   * @param {AppRequest} request
   * @param {boolean} isShown whether the reader sees the exchange
   * @returns {Promise<AppResponse | Refusal>}
   */
  #fetch(request, isShown) {
    const work = async () => {
      const { hasApp } = this.python.machine;
      if (!hasApp && !(await this.#start())) return { failed: "The app does not run." };
      const answer = await this.python.ask({ kind: "send", request });
      if (!answer.ok) return { failed: answer.error.message };
      if (isShown) this.display.tell(answer);
      return answer.hops[answer.hops.length - 1].response;
    };
    return this.#inTurn("fetch", work);
  }

  /** @param {Failure} failure */
  #fail(failure) {
    this.display.fail(failure);
    this.files.point(failure.error);
  }
}
