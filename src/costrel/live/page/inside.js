// Runs inside the frame with the app's answer, a stranger to the page around it. What
// a browser would send over the network it hands to the page, which asks the app.

/**
 * @import { FrameRequest, Said } from "./frame.js"
 */

(() => {
  const home = new URL(document.baseURI);
  // bytes of a request's body, which is handed over and not copied
  const LARGEST = 32_000_000;
  /** @param {Said} said */
  const tell = (said) => {
    const body = "request" in said && said.request.body;
    parent.postMessage(said, "*", body ? [body.buffer] : []);
  };
  /** @param {URL} url */
  const isOurs = (url) => url.origin === home.origin;
  /** @param {URL} url */
  const target = (url) => url.pathname + url.search;

  /** Return the content's height, not the frame's: a short page makes it small again. */
  const needed = () => {
    const { body, documentElement: page } = document;
    return Math.ceil(Math.max(page.offsetHeight, body ? body.offsetTop + body.scrollHeight : 0));
  };
  let told = 0;
  const size = () => {
    const height = needed();
    if (height !== told) tell({ live: "size", height });
    told = height;
  };
  new ResizeObserver(size).observe(document.documentElement);
  // what is out of sight is not observed, and would grow under the reader's eyes
  setInterval(size, 300);
  /**
   * Take from the page what it does without.
   * @param {any} owner
   * @param {string[]} names
   */
  const remove = (owner, ...names) => {
    for (const name of names) delete owner[name];
  };
  // no policy forbids to call by WebRTC: the page does without it, and without frames,
  // which would have it as well
  remove(window, "RTCPeerConnection", "webkitRTCPeerConnection");
  new MutationObserver(() => {
    for (const frame of document.querySelectorAll("iframe, frame")) frame.remove();
  }).observe(document, { childList: true, subtree: true });
  // in a shadow they would not be found
  remove(Element.prototype, "attachShadow", "setHTMLUnsafe");
  remove(ShadowRoot.prototype, "setHTMLUnsafe");
  remove(Document, "parseHTMLUnsafe");
  document.write = document.writeln = (...texts) =>
    document.body?.insertAdjacentHTML("beforeend", texts.join(""));
  window.alert = (text) => tell({ live: "alert", text: String(text) });

  // --- links

  /** @param {URL} url */
  const visit = (url) => tell({ live: "visit", request: { method: "GET", path: target(url) } });

  addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href]");
    if (!link || event.defaultPrevented) return;
    if (link instanceof HTMLAnchorElement && link.protocol === "javascript:") return;
    event.preventDefault();
    const url = new URL(link.getAttribute("href") ?? "", home);
    const isHere = url.hash && target(url) === target(home);
    if (!isOurs(url)) tell({ live: "away", url: url.href });
    else if (isHere) document.getElementById(url.hash.slice(1))?.scrollIntoView();
    else visit(url);
  });

  // --- forms

  /** @param {FormData} data */
  const sizeOf = (data) =>
    Array.from(data.values()).reduce(
      (sum, value) => sum + (typeof value === "string" ? value.length : value.size),
      0,
    );

  /**
   * Return the fields of a form; of a file, its name.
   * @param {FormData} data
   */
  const encoded = (data) =>
    new URLSearchParams(
      Array.from(data, ([name, value]) => [name, typeof value === "string" ? value : value.name]),
    );

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} [submitter]
   */
  const send = async (form, submitter) => {
    const said = (/** @type {string} */ name) =>
      submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
    const url = new URL(said("action"), home);
    const data = new FormData(form, submitter);
    if (!isOurs(url)) {
      tell({ live: "away", url: url.href });
    } else if (said("method").toUpperCase() !== "POST") {
      url.search = encoded(data).toString();
      visit(url);
    } else if (sizeOf(data) > LARGEST) {
      tell({ live: "large", size: sizeOf(data), largest: LARGEST });
    } else {
      const isMultipart = said("enctype").toLowerCase() === "multipart/form-data";
      const request = await posted(target(url), isMultipart ? data : encoded(data));
      tell({ live: "visit", request });
    }
  };

  /**
   * @param {string} path
   * @param {FormData | URLSearchParams} data
   * @returns {Promise<FrameRequest>}
   */
  const posted = async (path, data) => {
    const content = new Response(data);
    const type = content.headers.get("Content-Type")?.replace(/;charset=.*/i, "") ?? "";
    const body = new Uint8Array(await content.arrayBuffer());
    return { method: "POST", path, headers: [["Content-Type", type]], body };
  };

  addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    send(/** @type {HTMLFormElement} */ (event.target), event.submitter);
  });
  HTMLFormElement.prototype.submit = function () {
    send(this);
  };

  // --- what the page's own script asks for

  /**
   * Number of a request -> what hears its answer, which has `failed`, or a response.
   * @type {Map<number, (answer: any) => void>}
   */
  const waiting = new Map();
  let count = 0;

  addEventListener("message", ({ source, data }) => {
    if (source !== parent) return;
    waiting.get(data?.number)?.(data);
    waiting.delete(data?.number);
  });

  /**
   * @param {FrameRequest} request
   * @returns {Promise<any>}
   */
  const ask = (request) =>
    new Promise((answer) => {
      waiting.set(++count, answer);
      tell({ live: "fetch", number: count, request });
    });

  window.fetch = async (resource, options) => {
    const asked = resource instanceof Request ? resource : new URL(resource, home);
    const request = new Request(asked, options);
    const url = new URL(request.url);
    if (!isOurs(url)) throw new TypeError("The live step reaches only its own app.");
    const content = new Uint8Array(await request.arrayBuffer());
    if (content.length > LARGEST) throw new TypeError("The request's body is too large.");
    const { failed, status, reason, headers, body } = await ask({
      method: request.method,
      path: target(url),
      headers: [...request.headers],
      body: content,
    });
    if (failed) throw new TypeError(failed);
    const isEmpty = [204, 205, 304].includes(status);
    return new Response(isEmpty ? null : body, { status, statusText: reason, headers });
  };

  // what an older script needs of an `XMLHttpRequest`
  class Requester extends EventTarget {
    readyState = 0;
    status = 0;
    statusText = "";
    /** @type {unknown} */
    response = "";
    responseText = "";
    /** @type {XMLHttpRequestResponseType} */
    responseType = "";
    method = "GET";
    address = "";
    #headers = new Headers();
    #got = new Headers();

    /**
     * @param {string} method
     * @param {string} address
     */
    open(method, address) {
      Object.assign(this, { method, address, readyState: 1 });
    }

    /**
     * @param {string} name
     * @param {string} value
     */
    setRequestHeader(name, value) {
      this.#headers.append(name, value);
    }

    /** @param {string} name */
    getResponseHeader(name) {
      return this.#got.get(name);
    }

    getAllResponseHeaders() {
      return Array.from(this.#got, ([name, value]) => `${name}: ${value}\r\n`).join("");
    }

    /** @param {BodyInit | null} [body] */
    async send(body) {
      try {
        const { address, method } = this;
        const answer = await fetch(address, { method, headers: this.#headers, body });
        this.#got = answer.headers;
        await this.#read(answer);
        this.#end("load");
      } catch {
        this.#end("error");
      }
    }

    /** @param {Response} answer */
    async #read(answer) {
      if (this.responseType === "arraybuffer") this.response = await answer.arrayBuffer();
      else if (this.responseType === "blob") this.response = await answer.blob();
      else this.response = this.responseText = await answer.text();
      if (this.responseType === "json") this.response = JSON.parse(this.responseText);
      Object.assign(this, { status: answer.status, statusText: answer.statusText });
    }

    /** @param {"load" | "error"} kind */
    #end(kind) {
      this.readyState = 4;
      for (const name of ["readystatechange", kind, "loadend"]) {
        const event = new Event(name);
        /** @type {any} */ (this)[`on${name}`]?.(event);
        this.dispatchEvent(event);
      }
    }
  }
  window.XMLHttpRequest = /** @type {any} */ (Requester);
})();
