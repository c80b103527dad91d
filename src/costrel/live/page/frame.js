// Shows an answer of the app in a frame that cannot reach the book's page: a sandbox
// without an origin, and a policy that lets nothing out.
import { escaped, html } from "./html.js";
import * as views from "./views.js";

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
  // `visit` is called when the reader follows a link or sends a form; `ask` gives the
  // answer to a request that the page in the frame makes; `fetch` to one for a file
  // that belongs to it; `say` tells the reader.
  constructor(parent, { visit, ask, fetch, say }) {
    Object.assign(this, { visit, ask, fetch, say, turn: 0, waiting: 0 });
    this.element = frame("");
    parent.append(this.element);
    addEventListener("message", ({ source, data }) => {
      if (source === this.element.contentWindow && data?.live) this.hear(data);
    });
  }

  hear({ live, request, number, ...more }) {
    // a page that is about to go leads nowhere any more
    if (live === "visit" && !this.isLeft) this.visit(request);
    else if (live === "fetch") this.reply(number, request);
    else if (live === "away") this.say(`That leads to ${more.url}, and the live step stays here.`);
    else if (live === "alert") this.say(`The page calls alert: ${more.text}`);
    else if (live === "large") this.say(views.tooLarge(more));
    else if (live === "size") this.fit(Number(more.height));
  }

  fit(height) {
    this.element.style.height = `${Math.min(Math.max(height + 2, LOWEST), HIGHEST)}px`;
  }

  async reply(number, request) {
    if (this.waiting >= MOST) return this.post({ number, failed: "Too many requests at once." });
    this.waiting++;
    const answer = await this.ask(request);
    this.waiting--;
    this.post({ number, ...answer });
  }

  post(message) {
    this.element.contentWindow.postMessage(message, "*");
  }

  // Show the answer to a request for `path`.
  async show(response, path) {
    const turn = ++this.turn;
    this.isLeft = true;
    const content = await this.content(response, new URL(ORIGIN + path));
    const text = `<!doctype html>${await head(path)}${content}`;
    // another answer may have come meanwhile
    if (turn !== this.turn) return;
    // a new frame: the old one may be busy for ever
    const fresh = frame(text);
    fresh.style.height = this.element.style.height;
    this.element.replaceWith(fresh);
    this.element = fresh;
    this.isLeft = false;
  }

  async content(response, here) {
    const type = header(response, "content-type");
    if (!response.body.length) return html`<p><i>The answer has no body.</i></p>`;
    const file = () => dataUrl(response.body, type);
    if (type.startsWith("image/")) return html`<img alt="" src="${file()}">`;
    if (type.startsWith("audio/")) return html`<audio controls src="${file()}"></audio>`;
    if (/html|xml/.test(type)) return this.completed(response.text ?? "", here);
    return html`<pre style="white-space: pre-wrap">${response.text ?? `${response.body.length} bytes`}</pre>`;
  }

  // Put style sheets, scripts and pictures of the app into the page itself.
  async completed(text, here) {
    const seen = text.replace(SHADOW, "data-shadow");
    const page = new DOMParser().parseFromString(seen, "text/html");
    for (const element of page.querySelectorAll(REMOVED)) element.remove();
    for (const [selector, name] of Object.entries(FETCHED)) {
      for (const element of page.querySelectorAll(selector)) {
        element.setAttribute(name, await this.inlined(element.getAttribute(name), here));
      }
    }
    return page.documentElement.outerHTML;
  }

  // Return a file of the app as a data URL; one from elsewhere stays what it is, and is
  // not loaded.
  async inlined(address, here) {
    const url = URL.canParse(address, here) && new URL(address, here);
    if (url?.origin !== ORIGIN) return address;
    const path = url.pathname + url.search;
    const { status, headers, body } = await this.fetch({ method: "GET", path });
    if (status !== 200) return address;
    const type = header({ headers }, "content-type");
    return dataUrl(type.startsWith("text/css") ? await this.styled(body, url) : body, type);
  }

  // Put the pictures of a style sheet into it.
  async styled(body, here) {
    let text = new TextDecoder().decode(body);
    const found = text.matchAll(/url\(\s*(["']?)([^"')]+)\1\s*\)/g);
    for (const [whole, , address] of [...found]) {
      const inlined = await this.inlined(address, here);
      text = text.replaceAll(whole, `url("${inlined}")`);
    }
    return new TextEncoder().encode(text);
  }
}

function frame(text) {
  const element = document.createElement("iframe");
  element.title = "What the app answered";
  element.setAttribute("sandbox", "allow-scripts allow-forms");
  element.referrerPolicy = "no-referrer";
  element.srcdoc = text;
  return element;
}

// What comes before everything the app has written.
async function head(path) {
  const base = new URL(ORIGIN + path).href;
  return `<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta name="viewport" content="width=device-width">
<base href="${escaped(base)}">
<script>${await inside}</script>`;
}

function header({ headers }, name) {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? "";
}

function dataUrl(bytes, type) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return `data:${type.replace(/\s+/g, "") || "text/plain"};base64,${btoa(text)}`;
}
