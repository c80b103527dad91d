// The Python beside the page: a worker that may loop for ever, and is then replaced.
const PATIENCE = 8000;
const LATE = `There was no answer within ${PATIENCE / 1000} seconds, as from a loop without an end. Python was stopped, and starts anew.`;
const SCRIPT = new URL("../worker.js", import.meta.url).href;

const failure = (message) => ({
  ok: false,
  dead: true,
  error: { type: "", message, file: null, line: null, traceback: [] },
});

export class Python {
  // `tell` hears how far loading is: a text, and a share of the whole
  constructor(tell) {
    Object.assign(this, { tell, data: null, waiting: new Map(), count: 0 });
    this.begin();
  }

  // A worker made from a blob is bound by the policy of this page, which lets nothing
  // out; one from an address would be free.
  begin() {
    const blob = new Blob([`import ${JSON.stringify(SCRIPT)};`], { type: "text/javascript" });
    this.worker = new Worker(URL.createObjectURL(blob), { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = ({ message }) => this.stop(message || "Python could not be loaded.");
    if (this.data) this.load(this.data);
  }

  load(data) {
    this.data = data;
    this.loaded = this.post({ kind: "load", data });
    return this.loaded;
  }

  hear(answer) {
    if (answer.kind === "progress") this.tell(answer.text, answer.share);
    else if (this.waiting.has(answer.id)) this.settle(answer.id, answer);
    if (answer.dead) this.renew(answer.error.message);
  }

  settle(id, answer) {
    const { resolve, timer } = this.waiting.get(id);
    clearTimeout(timer);
    this.waiting.delete(id);
    resolve(answer);
  }

  // Give the answer; one with `dead` says that all that Python knew is gone.
  async ask(message) {
    const loaded = await this.loaded;
    if (loaded.ok) return this.post(message, PATIENCE);
    // the next one tries again
    this.renew(loaded.error.message);
    return loaded;
  }

  post(message, patience) {
    const id = ++this.count;
    return new Promise((resolve) => {
      const timer = patience && setTimeout(() => this.renew(LATE), patience);
      this.waiting.set(id, { resolve, timer });
      this.worker.postMessage({ ...message, id });
    });
  }

  // End the worker, and tell all that wait for it why.
  stop(why) {
    this.worker.terminate();
    for (const id of [...this.waiting.keys()]) this.settle(id, failure(why));
  }

  renew(why) {
    this.stop(why);
    this.begin();
  }
}
