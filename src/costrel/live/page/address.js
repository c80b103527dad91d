// The address bar of a live step: the request that Run and Send make.
import { fields, fieldsText, keptBody, textOf } from "./views.js";

/**
 * @import { AppRequest } from "./protocol"
 * @import { Parts } from "./parts.js"
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field
 */

export class Address {
  /**
   * The body of a form in the frame, until the reader types another.
   * @type {Uint8Array<ArrayBuffer> | null}
   */
  #raw = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.form = parts.get("address", HTMLFormElement);
    this.#field("body").addEventListener("input", () => this.#keepBody(null));
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {Field} */ (this.form.elements.namedItem(name));
  }

  /**
   * Return the request. Throws `RefusedError` for a line that is no header.
   * @returns {AppRequest}
   */
  read() {
    const headers = fields(this.#field("headers").value);
    const isMultipart = headers.some(([, value]) => value.startsWith("multipart/"));
    const body = this.#field("body").value;
    return {
      method: this.#field("method").value,
      path: this.#field("path").value || "/",
      headers,
      body: this.#raw ?? (isMultipart ? body.replaceAll("\n", "\r\n") : body),
    };
  }

  /**
   * Show a request of the page in the frame.
   * @param {AppRequest & {body?: Uint8Array<ArrayBuffer>}} request
   */
  fill({ method, path, headers = [], body }) {
    this.#field("method").value = method;
    this.#field("path").value = path;
    this.#field("headers").value = fieldsText(headers);
    const text = textOf(body ?? new Uint8Array());
    this.#field("body").value = text ?? "";
    this.#keepBody(body?.length ? body : null, text === null);
  }

  /**
   * Keep a body as it came; if the reader can't see it, show its size.
   * @param {Uint8Array<ArrayBuffer> | null} body
   */
  #keepBody(body, isUnseen = false) {
    this.#raw = body;
    this.parts.find("kept").textContent = body && isUnseen ? keptBody(body) : "";
  }
}
