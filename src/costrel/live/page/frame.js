// Shows an answer of the app in a frame that cannot reach the book's page: a sandbox
// without an origin, and a policy that lets nothing out.
import { escaped, html } from "./html.js";
import { tooLarge } from "./views.js";

/**
 * @import { AppRequest, AppResponse } from "./protocol"
 * @typedef {AppRequest & {body?: Uint8Array<ArrayBuffer>}} FrameRequest
 * @typedef {{failed: string}} Refusal why a request got no response
 * @typedef {(request: FrameRequest) => Promise<AppResponse | Refusal>} Ask
 */

/**
 * What the script in the frame says; the app's own may say anything.
 * @typedef {{live: "visit", request: FrameRequest}
 *   | {live: "fetch", request: FrameRequest, number: number}
 *   | {live: "away", url: string}
 *   | {live: "alert", text: string}
 *   | {live: "large", size: number, largest: number}
 *   | {live: "size", height: number}} Said
 */

// where the app seems to be; the name is reserved, and nothing is ever asked there
const ORIGIN = "http://live.invalid";
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' data:",
  "style-src 'unsafe-inline' data:",
  "img-src data: blob:",
  "media-src data: blob:",
  "font-src data:",
  `base-uri ${ORIGIN}`,
  "form-action 'none'",
].join("; ");
// what would lead the frame away, or be fetched for nothing
const REMOVED = [
  "base, iframe, frame",
  "meta[http-equiv=refresh i]",
  "script[type=speculationrules i]",
  ...["icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload"].map(
    (kind) => `link[rel~="${kind}" i]`,
  ),
].join();
// a root that nobody sees into could hide a frame
const SHADOW = /shadowrootmode/gi;
const FETCHED = {
  "link[rel~=stylesheet i][href]": "href",
  "script[src]": "src",
  "img[src], audio[src], video[src], source[src]": "src",
};
// requests of a page that may wait at once
const MOST = 30;
// pixels
const LOWEST = 120;
const HIGHEST = 480;

const inside = fetch(new URL("inside.js", import.meta.url)).then((answer) => answer.text());

export class Frame {
  // the answer that is shown, or about to be
  #turn = 0;
  // requests of the page that wait for their answers
  #waiting = 0;
  // whether the page is about to go
  #isLeft = false;

  /**
   * `visit` is called when the reader follows a link or sends a form; `ask` returns the
   * answer to a request that the page in the frame makes; `fetch` to one for a file
   * that belongs to it; `say` tells the reader.
   * @param {HTMLElement} parent
   * @param {{visit: (request: FrameRequest) => void, ask: Ask, fetch: Ask,
   *   say: (text: string) => void}} hearers
   */
  constructor(parent, { visit, ask, fetch, say }) {
    this.visit = visit;
    this.ask = ask;
    this.fetch = fetch;
    this.say = say;
    this.element = frame("");
    parent.append(this.element);
    addEventListener("message", ({ source, data }) => {
      if (source === this.element.contentWindow && data?.live) this.#hear(data);
    });
  }

  /** @param {Said} said */
  #hear(said) {
    // a page that is about to go leads nowhere any more
    if (said.live === "visit" && !this.#isLeft) this.visit(said.request);
    else if (said.live === "fetch") this.#reply(said.number, said.request);
    else if (said.live === "away") this.say(leadsAway(said.url));
    else if (said.live === "alert") this.say(`The page calls alert: ${said.text}`);
    else if (said.live === "large") this.say(tooLarge(said));
    else if (said.live === "size") this.#fit(Number(said.height));
  }

  /** @param {number} height in pixels, what the page needs */
  #fit(height) {
    this.element.style.height = `${Math.min(Math.max(height + 2, LOWEST), HIGHEST)}px`;
  }

  /**
   * @param {number} number
   * @param {FrameRequest} request
   */
  async #reply(number, request) {
    if (this.#waiting >= MOST) return this.#post({ number, failed: "Too many requests at once." });
    this.#waiting++;
    const answer = await this.ask(request);
    this.#waiting--;
    this.#post({ number, ...answer });
  }

  /** @param {object} message */
  #post(message) {
    this.element.contentWindow?.postMessage(message, "*");
  }

  /**
   * Show the answer to a request.
   * @param {AppResponse} response
   * @param {string} path
   */
  async show(response, path) {
    const turn = ++this.#turn;
    this.#isLeft = true;
    const content = await this.#content(response, new URL(ORIGIN + path));
    const text = `<!doctype html>${await head(path)}${content}`;
    // another answer may have come meanwhile
    if (turn !== this.#turn) return;
    // a new frame: the old one may be busy for ever
    const fresh = frame(text);
    fresh.style.height = this.element.style.height;
    this.element.replaceWith(fresh);
    this.element = fresh;
    this.#isLeft = false;
  }

  /**
   * @param {AppResponse} response
   * @param {URL} here
   */
  async #content(response, here) {
    const type = header(response, "content-type");
    if (!response.body.length) return html`<p><i>The answer has no body.</i></p>`;
    const file = () => dataUrl(response.body, type);
    if (type.startsWith("image/")) return html`<img alt="" src="${file()}">`;
    if (type.startsWith("audio/")) return html`<audio controls src="${file()}"></audio>`;
    if (/html|xml/.test(type)) return this.#completed(response.text ?? "", here);
    return html`<pre style="white-space: pre-wrap">${response.text ?? `${response.body.length} bytes`}</pre>`;
  }

  /**
   * Put style sheets, scripts and pictures of the app into the page itself.
   * @param {string} text
   * @param {URL} here
   */
  async #completed(text, here) {
    const seen = text.replace(SHADOW, "data-shadow");
    const page = new DOMParser().parseFromString(seen, "text/html");
    for (const element of page.querySelectorAll(REMOVED)) element.remove();
    for (const [selector, name] of Object.entries(FETCHED)) {
      for (const element of page.querySelectorAll(selector)) {
        element.setAttribute(name, await this.#inlined(element.getAttribute(name) ?? "", here));
      }
    }
    return page.documentElement.outerHTML;
  }

  /**
   * Return a file of the app as a data URL; one from elsewhere stays what it is, and is
   * not loaded.
   * @param {string} address
   * @param {URL} here
   * @returns {Promise<string>}
   */
  async #inlined(address, here) {
    const url = URL.canParse(address, here) ? new URL(address, here) : null;
    if (url?.origin !== ORIGIN) return address;
    const answer = await this.fetch({ method: "GET", path: url.pathname + url.search });
    if ("failed" in answer || answer.status !== 200) return address;
    const type = header(answer, "content-type");
    const { body } = answer;
    return dataUrl(type.startsWith("text/css") ? await this.#styled(body, url) : body, type);
  }

  /**
   * Put the pictures of a style sheet into it.
   * @param {Uint8Array<ArrayBuffer>} body
   * @param {URL} here
   */
  async #styled(body, here) {
    let text = new TextDecoder().decode(body);
    const found = text.matchAll(/url\(\s*(["']?)([^"')]+)\1\s*\)/g);
    for (const [whole, , address] of [...found]) {
      const inlined = await this.#inlined(address, here);
      text = text.replaceAll(whole, `url("${inlined}")`);
    }
    return new TextEncoder().encode(text);
  }
}

/** @param {string} url */
const leadsAway = (url) => `That leads to ${url}, and the live step stays here.`;

/** @param {string} text */
function frame(text) {
  const element = document.createElement("iframe");
  element.title = "What the app answered";
  element.setAttribute("sandbox", "allow-scripts allow-forms");
  element.referrerPolicy = "no-referrer";
  element.srcdoc = text;
  return element;
}

/**
 * Return what comes before everything the app has written.
 * @param {string} path
 */
async function head(path) {
  const base = new URL(ORIGIN + path).href;
  return `<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta name="viewport" content="width=device-width">
<base href="${escaped(base)}">
<script>${await inside}</script>`;
}

/**
 * @param {AppResponse} response
 * @param {string} name in lower case
 */
function header({ headers }, name) {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? "";
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} type
 */
function dataUrl(bytes, type) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return `data:${type.replace(/\s+/g, "") || "text/plain"};base64,${btoa(text)}`;
}
