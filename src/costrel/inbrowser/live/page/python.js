// The Python beside the page: a worker that may loop for ever, and is then replaced.
import { startWorker } from "../cage.js";

const PATIENCE = 8000;
const LATE =
  `There was no answer within ${PATIENCE / 1000} seconds, as from a loop without an end.` +
  " Python was stopped, and starts anew.";

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

  begin() {
    this.worker = startWorker().then((worker) => {
      worker.onmessage = ({ data }) => this.hear(data);
      worker.onerror = ({ message }) => this.stop(message);
      return worker;
    });
    if (this.data) this.load(this.data);
  }

  load(data) {
    this.data = data;
    this.loaded = this.post({ kind: "load", data });
    return this.loaded;
  }

  hear(answer) {
    if (answer.kind === "progress") this.tell(answer.text, answer.share);
    else this.settle(answer.id, answer);
    if (answer.dead) this.renew(answer.error.message);
  }

  settle(id, answer) {
    const { resolve, timer } = this.waiting.get(id) ?? {};
    clearTimeout(timer);
    this.waiting.delete(id);
    resolve?.(answer);
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
      this.worker.then(
        (worker) => worker.postMessage({ ...message, id }),
        (error) => this.settle(id, failure(error.message)),
      );
    });
  }

  // End the worker, and tell all that wait for it why.
  stop(why) {
    this.worker.then(
      (worker) => worker.terminate(),
      () => {},
    );
    for (const id of [...this.waiting.keys()]) this.settle(id, failure(why));
  }

  renew(why) {
    this.stop(why);
    this.begin();
  }
}
