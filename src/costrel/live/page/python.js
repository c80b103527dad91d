// The Python beside the page: a worker that may loop for ever, and is then replaced.
import { startWorker } from "./cage.js";

const PATIENCE = 8000;
// milliseconds; 8 MB come in this time over a slow telephone's network
const LOADING = 180_000;
const SLOW = "Python didn't load within three minutes. Press Run to try again.";
const LATE =
  `There was no answer within ${PATIENCE / 1000} seconds, as from a loop without an end.` +
  " Python was stopped, and starts anew.";

const STOPPED = "Stopped. Python starts anew with the next Run.";

const failure = (message) => ({
  ok: false,
  dead: true,
  error: { type: "", message, file: null, line: null, traceback: [] },
});

export class Python {
  // `tell` hears how far loading is, while somebody waits for it: a text, and a share
  // of the whole
  constructor(tell) {
    Object.assign(this, { tell, data: null, waiting: new Map(), count: 0, isWanted: true });
    this.begin();
  }

  begin() {
    this.isDown = this.isLoaded = false;
    this.worker = startWorker().then((worker) => {
      worker.onmessage = ({ data }) => this.hear(data);
      worker.onerror = ({ message }) => this.stop(message);
      return worker;
    });
    if (this.data) this.load(this.data);
  }

  load(data) {
    this.data = data;
    const loaded = this.post({ kind: "load", data }, LOADING, () => this.stop(SLOW));
    this.loaded = loaded;
    loaded.then(({ ok }) => {
      if (loaded === this.loaded) Object.assign(this, { isLoaded: ok, isDown: this.isDown || !ok });
    });
    return loaded;
  }

  hear(answer) {
    if (answer.kind !== "progress") this.settle(answer.id, answer);
    else if (this.isWanted) this.tell(answer.text, answer.share);
    if (answer.dead) this.renew(answer.error.message);
  }

  settle(id, answer) {
    const { resolve, timer } = this.waiting.get(id) ?? {};
    clearTimeout(timer);
    this.waiting.delete(id);
    resolve?.(answer);
  }

  // Return the answer; one with `dead` says that Python's state is gone.
  async ask(message) {
    // what could not be loaded may be there now
    if (this.isDown) this.renew(SLOW);
    this.isWanted = true;
    const loaded = await this.loaded;
    return loaded.ok ? this.post(message, PATIENCE, () => this.renew(LATE)) : loaded;
  }

  post(message, patience, late) {
    const id = ++this.count;
    return new Promise((resolve) => {
      const timer = setTimeout(late, patience);
      this.waiting.set(id, { resolve, timer });
      this.worker.then(
        (worker) => worker.postMessage({ ...message, id }),
        (error) => this.settle(id, failure(error.message)),
      );
    });
  }

  // End the worker, and tell all that wait for it why.
  stop(why) {
    this.isDown = true;
    this.worker.then(
      (worker) => worker.terminate(),
      () => {},
    );
    for (const id of [...this.waiting.keys()]) this.settle(id, failure(why));
  }

  // End what Python is at, since the reader says so. What is loading is loaded again when
  // it is wanted.
  interrupt() {
    if (this.isLoaded) this.renew(STOPPED);
    else this.stop(STOPPED);
  }

  renew(why) {
    this.stop(why);
    this.isWanted = false;
    this.begin();
  }
}
