// The elements of a live step, each by its name: `run` has the class `live__run`.

export class Parts {
  /** @param {HTMLElement} box the live step's element */
  constructor(box) {
    this.box = box;
  }

  /** @param {string} name */
  find(name) {
    return this.get(name, HTMLElement);
  }

  /** @param {string} name */
  button(name) {
    return this.get(name, HTMLButtonElement);
  }

  /**
   * Return a part. Throws for one that isn't there, or is another kind of element.
   * @template {HTMLElement} T
   * @param {string} name
   * @param {new () => T} kind
   * @returns {T}
   */
  get(name, kind) {
    const found = this.box.querySelector(`.live__${name}`);
    if (found instanceof kind) return found;
    throw new TypeError(`The live step has no part "${name}".`);
  }

  /**
   * Fill a part with HTML, and show its top.
   * @param {string} name
   * @param {{toString(): string} | {toString(): string}[]} content
   */
  put(name, content) {
    const part = this.find(name);
    part.innerHTML = [content].flat().join("");
    part.scrollTop = 0;
  }

  /** Move the focus to Run: the button that had it may go away. */
  focusRun() {
    this.button("run").focus();
  }
}
