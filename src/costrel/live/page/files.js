// The files of a live step: which one is open, and what the reader has changed. Where the
// edits are kept is in `edits.js`; what runs them, in `asking.js`.
import { firstChange, keep, recall } from "./edits.js";
import { changedView } from "./views.js";

/**
 * @import { AppError, Edits, StepData } from "./protocol"
 * @import { Parts } from "./parts.js"
 * @typedef {ReturnType<typeof import("./editor.js").makeEditor>} Editor
 * @typedef {typeof import("./editor.js").makeEditor} MakeEditor
 */

export class Files {
  /** @type {Edits} */
  edits = {};
  #shown = "";

  /**
   * @param {Parts} parts
   * @param {StepData} data
   * @param {MakeEditor} makeEditor
   * @param {{edited: () => void, run: () => void}} hearers of an edit and of Ctrl+Enter
   */
  constructor(parts, data, makeEditor, { edited, run }) {
    this.parts = parts;
    this.data = data;
    this.edited = edited;
    this.key = `live:${data.step}`;
    /** @type {Editor} */
    this.editor = makeEditor(parts.find("editor"), {
      changed: (text) => this.#edit(text),
      run,
    });
  }

  /** Take the edits that were kept. */
  begin() {
    this.edits = recall(this.key) ?? {};
    this.show(Object.keys(this.edits)[0] ?? this.data.opens);
  }

  #save() {
    keep(this.key, Object.keys(this.edits).length ? this.edits : null);
  }

  // --- showing

  /**
   * Return the book's text of a file, or null for one that isn't text or isn't the book's.
   * @param {string | null} name
   */
  #original(name) {
    const content = name === null ? null : this.data.files[name];
    return typeof content === "string" ? content : null;
  }

  /**
   * Show a file where it was left, or else where it is new.
   * @param {string} name
   */
  show(name) {
    const original = this.#original(name);
    if (original === null || name === this.#shown) return;
    this.#shown = name;
    if (!this.editor.show(name, this.edits[name] ?? original)) this.#goToChange(original);
    this.#mark();
  }

  /**
   * Go to the first line that the reader changed in the open file, or else the step.
   * @param {string} original
   */
  #goToChange(original) {
    const edited = this.edits[this.#shown];
    const changed = this.data.changes[this.#shown] ?? 1;
    this.editor.goTo(edited === undefined ? changed : firstChange(original, edited));
  }

  /**
   * Show a file, and the line that the reader asked for.
   * @param {string} name
   * @param {number} [line]
   */
  open(name, line) {
    this.show(name);
    if (line) this.editor.reveal(line);
    this.parts.find("files").scrollIntoView({ block: "nearest" });
    this.editor.focus();
  }

  /**
   * Mark where an error comes from, in the app if it went through it.
   * @param {AppError} error
   */
  point(error) {
    const places = [...error.traceback, error].filter(({ file }) => this.#original(file) !== null);
    const isTheirs = (/** @type {{file: string | null}} */ { file }) =>
      file !== null && (file in this.edits || this.data.demo.includes(file));
    const { file, line } = places.findLast(isTheirs) ?? places.at(-1) ?? {};
    if (!file || !line) return;
    this.show(file);
    this.editor.reveal(line);
  }

  /** Show which file is open, and which ones are not as the book has them. */
  #mark() {
    const changed = Object.keys(this.edits);
    const select = this.parts.get("file", HTMLSelectElement);
    for (const option of select.options) {
      option.textContent = `${option.value}${option.value in this.edits ? " (changed)" : ""}`;
    }
    select.value = this.#shown;
    this.parts.put("changed", changedView(changed));
    this.parts.find("reset").hidden = !(this.#shown in this.edits);
    this.parts.find("clear").hidden = !changed.some((name) => name !== this.#shown);
  }

  // --- changing

  /** @param {string} text */
  #edit(text) {
    const wasMarked = this.#shown in this.edits;
    if (text === this.#original(this.#shown)) delete this.edits[this.#shown];
    else this.edits[this.#shown] = text;
    this.#save();
    if (wasMarked !== this.#shown in this.edits) this.#mark();
    this.edited();
  }

  /** Bring the open file back to what the book has; undoing brings the edit back. */
  reset() {
    const original = this.#original(this.#shown) ?? "";
    this.editor.replace(original);
    this.#goToChange(original);
  }

  /** Bring all files back, if the reader says so; return whether that was done. */
  clear() {
    const names = Object.keys(this.edits).join(", ");
    if (!confirm(`Drop your changes in ${names}? They can't be brought back.`)) return false;
    this.edits = {};
    this.#save();
    this.edited();
    this.editor.forget();
    const shown = this.#shown;
    this.#shown = "";
    this.show(shown);
    return true;
  }
}
