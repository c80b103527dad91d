// Writes HTML: html`<b>${text}</b>` escapes what is put in, but for HTML of its own.
export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** @type {Record<string, string>} */
const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** @param {unknown} value */
export const escaped = (value) => String(value ?? "").replace(/[&<>"']/g, (mark) => MARKS[mark]);

/**
 * @param {unknown} value
 * @returns {string}
 */
const written = (value) => {
  if (Array.isArray(value)) return value.map(written).join("");
  return value instanceof Html ? value.text : escaped(value);
};

/**
 * @param {TemplateStringsArray} strings
 * @param {unknown[]} values
 */
export const html = ({ raw }, ...values) => new Html(String.raw({ raw }, ...values.map(written)));
