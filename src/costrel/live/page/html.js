// Writes HTML: html`<b>${text}</b>` escapes what is put in, but for HTML of its own.
class Html {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export const escaped = (value) => String(value ?? "").replace(/[&<>"']/g, (mark) => MARKS[mark]);

const written = (value) => {
  if (Array.isArray(value)) return value.map(written).join("");
  return value instanceof Html ? value.text : escaped(value);
};

export const html = ({ raw }, ...values) => new Html(String.raw({ raw }, ...values.map(written)));
