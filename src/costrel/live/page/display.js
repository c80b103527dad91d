// Shows what came of a request: the status, the exchange, the cookies, the path of the
// request, and what went wrong. The HTML is in `views.js`.
import * as views from "./views.js";

/**
 * @import { AppError, Answer, Attack, Failure, Sent, Side, StepData } from "./protocol"
 * @import { Parts } from "./parts.js"
 */

export class Display {
  /**
   * @param {Parts} parts
   * @param {StepData} data
   */
  constructor(parts, data) {
    this.parts = parts;
    this.data = data;
  }

  /**
   * Show a status. Text that is already shown isn't announced again.
   * @param {string} text
   */
  say(text, isFailure = false) {
    const status = this.parts.find("status");
    this.parts.find("loading").hidden = true;
    if (status.textContent !== text) status.textContent = text;
    status.classList.toggle("live__failed", isFailure);
  }

  /**
   * Enable the button Stop while there is something to stop.
   * @param {boolean} isBusy
   */
  canStop(isBusy) {
    this.parts.button("stop").disabled = !isBusy;
  }

  /**
   * Show what the app answered, except the page itself, which `frame.js` shows.
   * @param {Sent} answer
   */
  tell(answer) {
    const { hops, cookies, error, log } = answer;
    this.parts.put("exchange", views.hopsView(hops));
    this.parts.put("jar", views.cookiesView(cookies));
    this.parts.put("way", views.wayView(answer, this.data.places));
    this.parts.find("old").hidden = true;
    this.#explain(error, log);
    this.say(views.summary(hops));
  }

  /** Mark what is shown as the answer to an earlier request. */
  age() {
    this.parts.find("old").hidden = !this.parts.find("exchange").textContent;
  }

  forgetCookies() {
    this.parts.put("jar", "");
  }

  /**
   * Show why there is no answer.
   * @param {Failure} failure
   */
  fail({ error, log, dead }) {
    this.#explain(error, log);
    this.age();
    if (dead) this.forgetCookies();
    const place = error.file ? ` (${error.file}, line ${error.line})` : "";
    this.say(`${error.type ? `${error.type}: ` : ""}${error.message}${place}`, true);
  }

  /**
   * @param {AppError | null} error
   * @param {string} [log]
   */
  #explain(error, log) {
    const part = this.parts.get("errors", HTMLDetailsElement);
    part.hidden = !error && !log;
    part.open = Boolean(error);
    this.parts.put("log", views.troubleView(error, log, this.data.demo));
  }

  /**
   * Show what an attack did to the naive version and to the step, below its button.
   * @param {Element} shown
   * @param {{naive: Side, step: Side}} answer
   * @param {Attack} attack
   */
  tellAttack(shown, { naive, step }, { breach, defense }) {
    const sides = [
      { ...naive, name: "the naive version" },
      { ...step, name: "this step" },
    ].map((side) => ({ ...side, means: side.worked ? breach : defense }));
    shown.innerHTML = sides.map((side) => views.sideView(side, this.data.demo)).join("");
    // the last request tells
    for (const side of shown.querySelectorAll(".live__exchange")) {
      side.scrollTop = side.scrollHeight;
    }
    this.say(sides.map(({ name, worked }) => `${name}: ${views.verdict(worked)}`).join("; "));
  }
}
