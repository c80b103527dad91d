// A worker that reaches no other server: the code in it may have been pasted from
// somewhere.
//
// A worker has no content security policy of its own, but one from a blob inherits that
// of its document: here a hidden frame whose policy allows the files of this site.

const site = new URL("../../", import.meta.url).href;
const files = site.replaceAll(";", "%3B").replaceAll(",", "%2C");
const policy = [
  "default-src 'none'",
  `script-src ${files} blob: 'unsafe-eval' 'wasm-unsafe-eval'`,
  `connect-src ${files}`,
  "worker-src blob:",
].join("; ");

const openFrame = async () => {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "Python";
  frame.srcdoc = "<!doctype html>";
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = policy;
  frame.srcdoc += meta.outerHTML;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
  document.body.append(frame);
  await loaded;
  return frame;
};

// a static import would need `worker-src`, which would let the code out again
const source = `import(${JSON.stringify(new URL("worker.js", import.meta.url).href)})
  .catch((error) => postMessage({ kind: "failed", text: error.message }));`;

/**
 * @param {Worker} worker
 * @returns {Promise<void>}
 */
const begun = (worker) =>
  new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ text) =>
      reject(new Error(text || "Python's worker can't be loaded."));
    worker.addEventListener("error", (event) => fail(event.message), { once: true });
    worker.addEventListener(
      "message",
      ({ data }) => (data.kind === "failed" ? fail(data.text) : resolve()),
      { once: true },
    );
  });

/** Start worker.js beside this file; `terminate` ends it, as with any worker. */
export const startWorker = async () => {
  const frame = await openFrame();
  const inside = /** @type {Window & typeof globalThis} */ (frame.contentWindow);
  const { Blob, URL: Address, Worker } = inside;
  const script = new Blob([source], { type: "text/javascript" });
  const worker = new Worker(Address.createObjectURL(script), { type: "module" });
  worker.terminate = () => {
    Worker.prototype.terminate.call(worker);
    frame.remove();
  };
  await begun(worker);
  return worker;
};
