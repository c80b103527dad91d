// The live step of a chapter: an editor, an address bar, the answer, and what is behind
// it. Loaded when the reader asks for it (`loader.js`), and not before. Here its parts are
// put together, and each button is given to the part that does what it says.
import { Address } from "./address.js";
import { Asking } from "./asking.js";
import { Display } from "./display.js";
import { Files } from "./files.js";
import { Parts } from "./parts.js";
import { Python } from "./python.js";
import { Machine } from "./states.js";
import { layout } from "./views.js";

// for tests of the worker without its page
export { startWorker } from "./cage.js";

/**
 * @import { MakeEditor } from "./files.js"
 * @import { StepData } from "./protocol"
 */

// Nothing of what runs here may reach another site. (Firefox takes 'self' for nobody
// where a worker has the policy from its page.)
const POLICY = [
  `default-src ${location.origin} data: blob: 'unsafe-inline' 'unsafe-eval'`,
  "frame-src 'none'",
  "object-src 'none'",
  `form-action ${location.origin}`,
].join("; ");

const CHANGED = "You changed the code: Run and Send start the app with your changes.";
// where there is room for an answer and what is behind it, side by side
const ROOMY = "(min-width: 45em)";

/**
 * Build the live step in its element, and run it.
 * @param {HTMLElement} box
 */
export async function open(box) {
  addToHead("meta", { httpEquiv: "Content-Security-Policy", content: POLICY });
  const looks = new URL("live.css", import.meta.url).href;
  const style = addToHead("link", { rel: "stylesheet", href: looks });
  const isStyled = new Promise((done) => (style.onload = style.onerror = done));
  const editor = import("./editor.js");
  const parts = new Parts(box);
  // for those who look for a fault, and for tests
  const machine = new Machine((state) => (box.dataset.state = state));
  const python = new Python(machine, loadingIn(parts));
  const data = await stepOf(box);
  python.load(data);
  const [{ makeEditor }] = await Promise.all([editor, isStyled]);
  box.insertAdjacentHTML("beforeend", String(layout(data, matchMedia(ROOMY).matches)));
  await new Live(parts, data, python, makeEditor).begin();
}

/**
 * @param {HTMLElement} box
 * @returns {Promise<StepData>}
 */
async function stepOf(box) {
  const answer = await fetch(new URL(box.dataset.step ?? "", document.baseURI));
  if (!answer.ok) throw new Error(`the step can't be loaded (${answer.status}).`);
  return answer.json();
}

/**
 * Show how far loading is: the text changes seldom, since it is read aloud.
 * @param {Parts} parts
 */
function loadingIn(parts) {
  const status = parts.find("status");
  const bar = Object.assign(document.createElement("progress"), {
    className: "live__loading",
    ariaLabel: "Loading Python",
    hidden: true,
  });
  status.before(bar);
  return (/** @type {string} */ text, /** @type {number} */ share) => {
    if (status.textContent !== `${text} …`) status.textContent = `${text} …`;
    bar.value = share;
    bar.hidden = share >= 1;
  };
}

/**
 * @template {"meta" | "link"} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} properties
 */
function addToHead(name, properties) {
  const element = Object.assign(document.createElement(name), properties);
  document.head.append(element);
  return element;
}

class Live {
  /**
   * @param {Parts} parts
   * @param {StepData} data
   * @param {Python} python
   * @param {MakeEditor} makeEditor
   */
  constructor(parts, data, python, makeEditor) {
    const display = new Display(parts, data);
    const address = new Address(parts);
    const heard = { edited: () => this.edited(), run: () => this.asking.run() };
    const files = new Files(parts, data, makeEditor, heard);
    this.parts = parts;
    this.python = python;
    this.display = display;
    this.files = files;
    this.asking = new Asking({ data, parts, python, files, address, display });
  }

  begin() {
    const { parts } = this;
    parts.find("buttons").append(parts.find("loading"), parts.find("status"));
    parts.find("begin").remove();
    this.listen();
    this.files.begin();
    parts.button("run").focus({ preventScroll: true });
    parts.find("buttons").scrollIntoView({ block: "nearest" });
    return this.asking.run();
  }

  /** Say that the app is out of date, unless that is known or there is other news soon. */
  edited() {
    const isNews = this.python.machine.state !== "outdated";
    this.python.machine.send("edited");
    if (isNews && !this.asking.turns.isBusy) this.display.say(CHANGED);
  }

  listen() {
    const { parts, files, asking } = this;
    // the theme has keys of its own, and they must not hear what is typed here
    parts.box.addEventListener("keydown", (event) => event.stopPropagation());
    parts.box.addEventListener("click", ({ target }) => {
      if (target instanceof Element) this.press(target);
    });
    const select = parts.get("file", HTMLSelectElement);
    select.addEventListener("change", () => files.show(select.value));
    parts.find("address").addEventListener("submit", (event) => {
      event.preventDefault();
      asking.visit();
    });
  }

  /**
   * Do what a button says.
   * @param {Element} target
   */
  press(target) {
    const button = target.closest("button");
    if (!button) return;
    const { open, line } = button.dataset;
    if (open) this.files.open(open, Number(line));
    const name = [...button.classList].find((name) => name.startsWith("live__"));
    this.doing[name?.slice("live__".length) ?? ""]?.(button);
  }

  /**
   * Name of a button -> what it does.
   * @type {Record<string, (button: HTMLElement) => void>}
   */
  doing = {
    run: () => this.asking.run(),
    stop: () => {
      this.parts.focusRun();
      this.python.interrupt();
    },
    reset: () => {
      this.files.reset();
      this.parts.focusRun();
      this.asking.run();
    },
    clear: () => {
      if (!this.files.clear()) return;
      this.parts.focusRun();
      this.asking.run();
    },
    forget: () => {
      this.parts.focusRun();
      this.asking.forget();
    },
    attack: (button) => this.asking.attack(button),
  };
}
