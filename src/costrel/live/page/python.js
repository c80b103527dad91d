// The Python beside the page: a worker that may loop for ever, and is then replaced.
import { startWorker } from "./cage.js";

/**
 * @import { Machine } from "./states.js"
 * @import { Answer, Failure, Message, Posted, StepData } from "./protocol"
 * @typedef {{resolve: (answer: any) => void, timer: number}} Waiting
 */

// milliseconds
const PATIENCE = 8000;
// 8 MB come in this time over a slow telephone's network
const LOADING = 180_000;
const SLOW = "Python didn't load within three minutes. Press Run to try again.";
const LATE =
  `There was no answer within ${PATIENCE / 1000} seconds, as from a loop without an end.` +
  " Python was stopped, and starts anew.";
const ENDED = "Python has ended.";
const STOPPED = "Stopped. Python starts anew with the next Run.";

/**
 * Return the answer of a Python that is gone.
 * @param {string} message
 * @returns {Failure}
 */
const failure = (message) => ({
  ok: false,
  dead: true,
  error: { type: "", message, file: null, line: null, traceback: [] },
});

export class Python {
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #count = 0;
  /** @type {StepData | null} */
  #data = null;
  /** @type {Promise<Worker>} */
  #worker;
  /** @type {Promise<Answer>} */
  loaded = new Promise(() => {});

  /**
   * Begin to load Python; `load` names the step.
   * @param {Machine} machine hears what happens to Python and to the app in it
   * @param {(text: string, share: number) => void} tell hears how far loading is, while
   *   someone waits for it: a text, and a share of the whole
   */
  constructor(machine, tell) {
    this.machine = machine;
    this.tell = tell;
    machine.send("asked");
    this.#worker = this.#begin();
  }

  async #begin() {
    const worker = await startWorker();
    worker.onmessage = ({ data }) => this.#hear(data);
    worker.onerror = ({ message }) => this.#lose(message);
    return worker;
  }

  /** @param {StepData} data */
  async load(data) {
    this.#data = data;
    const loaded = this.#post({ kind: "load", data }, LOADING, SLOW);
    this.loaded = loaded;
    const answer = await loaded;
    // another Python may be loading by now
    if (loaded !== this.loaded) return;
    if (answer.ok) this.machine.send("loaded");
    else this.#lose(answer.error.message);
  }

  /** @param {Posted} posted */
  #hear(posted) {
    if (posted.kind !== "progress") {
      this.#settle(posted.id, posted);
      if (posted.dead) this.#lose(posted.ok ? ENDED : posted.error.message);
    } else if (this.machine.state === "loading") {
      this.tell(posted.text, posted.share);
    }
  }

  /**
   * @param {number} id
   * @param {Answer} answer
   */
  #settle(id, answer) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    waiting?.resolve(answer);
  }

  /**
   * Return the answer to a message, which is sent once Python is loaded.
   * @template {Message} M
   * @param {M} message
   * @returns {Promise<Answer<M>>}
   */
  async ask(message) {
    // what could not be loaded may be there now
    if (this.machine.state === "off") this.#renew();
    this.machine.send("asked");
    const loaded = await this.loaded;
    if (!loaded.ok) return loaded;
    if (message.kind === "run") this.machine.send("begun");
    const answer = await this.#post(message, PATIENCE, LATE);
    const isStart = message.kind === "run" || message.kind === "reset";
    if (isStart && !answer.ok) this.machine.send("failed");
    else if (message.kind === "run") this.machine.send("started");
    return answer;
  }

  /**
   * @template {Message} M
   * @param {M} message
   * @param {number} patience in milliseconds
   * @param {string} late why Python is given up when there is no answer in time
   * @returns {Promise<Answer<M>>}
   */
  #post(message, patience, late) {
    const id = ++this.#count;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#lose(late), patience);
      this.#waiting.set(id, { resolve, timer });
      this.#worker.then(
        (worker) => worker.postMessage({ ...message, id }),
        (error) => this.#settle(id, failure(error.message)),
      );
    });
  }

  /** Stop Python, because the reader says so. */
  interrupt() {
    this.#lose(STOPPED);
  }

  /**
   * Give up this Python, and tell everyone who waits for it why. If it was loaded, load it
   * again at once.
   * @param {string} why
   */
  #lose(why) {
    this.#end();
    const state = this.machine.send("lost");
    for (const id of [...this.#waiting.keys()]) this.#settle(id, failure(why));
    if (state === "reloading") this.#renew();
  }

  #end() {
    this.#worker.then(
      (worker) => {
        worker.onmessage = worker.onerror = null;
        worker.terminate();
      },
      () => {},
    );
  }

  #renew() {
    this.#worker = this.#begin();
    if (this.#data) this.load(this.#data);
  }
}
