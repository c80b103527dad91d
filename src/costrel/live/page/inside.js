// Runs inside the frame with the app's answer, a stranger to the page around it. What
// a browser would send over the network it hands to the page, which asks the app.
(() => {
  const home = new URL(document.baseURI);
  // bytes of a request's body, which is handed over and not copied
  const LARGEST = 32_000_000;
  const tell = (live, more) => {
    const body = more?.request?.body;
    parent.postMessage({ live, ...more }, "*", body ? [body.buffer] : []);
  };
  const isOurs = (url) => url.origin === home.origin;
  const target = (url) => url.pathname + url.search;

  // The height of the content, and not of the frame: a short page makes it small again.
  const needed = () => {
    const { body, documentElement: page } = document;
    return Math.ceil(Math.max(page.offsetHeight, body ? body.offsetTop + body.scrollHeight : 0));
  };
  let told = 0;
  const size = () => {
    const height = needed();
    if (height !== told) tell("size", { height });
    told = height;
  };
  new ResizeObserver(size).observe(document.documentElement);
  // what is out of sight is not observed, and would grow under the reader's eyes
  setInterval(size, 300);
  // no policy forbids to call by WebRTC: the page does without it, and without frames,
  // which would have it as well
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) delete window[name];
  new MutationObserver(() => {
    for (const frame of document.querySelectorAll("iframe, frame")) frame.remove();
  }).observe(document, { childList: true, subtree: true });
  // in a shadow they would not be found
  for (const name of ["attachShadow", "setHTMLUnsafe"]) delete Element.prototype[name];
  delete ShadowRoot.prototype.setHTMLUnsafe;
  delete Document.parseHTMLUnsafe;
  document.write = document.writeln = (...texts) =>
    document.body?.insertAdjacentHTML("beforeend", texts.join(""));
  window.alert = (text) => tell("alert", { text: String(text) });

  // --- links

  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || link.protocol === "javascript:") return;
    event.preventDefault();
    const url = new URL(link.getAttribute("href"), home);
    const isHere = url.hash && target(url) === target(home);
    if (!isOurs(url)) tell("away", { url: url.href });
    else if (isHere) document.getElementById(url.hash.slice(1))?.scrollIntoView();
    else tell("visit", { request: { method: "GET", path: target(url) } });
  });

  // --- forms

  const sizeOf = (data) =>
    Array.from(data.values()).reduce((sum, value) => sum + (value.size ?? value.length), 0);

  const send = async (form, submitter) => {
    const said = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
    const url = new URL(said("action"), home);
    const data = new FormData(form, submitter);
    if (!isOurs(url)) {
      tell("away", { url: url.href });
    } else if (said("method").toUpperCase() !== "POST") {
      url.search = new URLSearchParams(data);
      tell("visit", { request: { method: "GET", path: target(url) } });
    } else if (sizeOf(data) > LARGEST) {
      tell("large", { size: sizeOf(data), largest: LARGEST });
    } else {
      const isMultipart = said("enctype").toLowerCase() === "multipart/form-data";
      const content = new Response(isMultipart ? data : new URLSearchParams(data));
      const type = content.headers.get("Content-Type").replace(/;charset=.*/i, "");
      const headers = [["Content-Type", type]];
      const body = new Uint8Array(await content.arrayBuffer());
      tell("visit", { request: { method: "POST", path: target(url), headers, body } });
    }
  };

  addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  HTMLFormElement.prototype.submit = function () {
    send(this);
  };

  // --- what the page's own script asks for

  const waiting = new Map();
  let count = 0;

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !waiting.has(data?.number)) return;
    waiting.get(data.number)(data);
    waiting.delete(data.number);
  });

  const ask = (request) =>
    new Promise((answer) => {
      waiting.set(++count, answer);
      tell("fetch", { number: count, request });
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

  window.XMLHttpRequest = class extends EventTarget {
    readyState = 0;
    status = 0;
    statusText = "";
    response = "";
    responseText = "";
    responseType = "";
    #headers = new Headers();
    #got = new Headers();

    open(method, address) {
      Object.assign(this, { method, address, readyState: 1 });
    }

    setRequestHeader(name, value) {
      this.#headers.append(name, value);
    }

    getResponseHeader(name) {
      return this.#got.get(name);
    }

    getAllResponseHeaders() {
      return Array.from(this.#got, ([name, value]) => `${name}: ${value}\r\n`).join("");
    }

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

    async #read(answer) {
      const reader = { arraybuffer: "arrayBuffer", blob: "blob" }[this.responseType] ?? "text";
      const content = await answer[reader]();
      if (reader === "text") this.responseText = content;
      this.response = this.responseType === "json" ? JSON.parse(content) : content;
      Object.assign(this, { status: answer.status, statusText: answer.statusText });
    }

    #end(kind) {
      this.readyState = 4;
      for (const name of ["readystatechange", kind, "loadend"]) {
        const event = new Event(name);
        this[`on${name}`]?.(event);
        this.dispatchEvent(event);
      }
    }
  };
})();
