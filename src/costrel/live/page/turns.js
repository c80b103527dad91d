// Takes turns: Python is asked one thing at a time.

/**
 * @typedef {"run" | "visit" | "follow" | "fetch" | "forget" | "attack"} Kind
 */

export class Turns {
  /** @type {Kind[]} */
  #kinds = [];
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {(isBusy: boolean) => void} changed hears whether anything is asked */
  constructor(changed) {
    this.changed = changed;
  }

  /**
   * Do some work after all earlier work; return what it returns.
   * @template T
   * @param {Kind} kind
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  take(kind, work) {
    this.#kinds.push(kind);
    this.changed(true);
    const turn = this.#last.then(work).finally(() => this.#done(kind));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** @param {Kind} kind */
  #done(kind) {
    this.#kinds.splice(this.#kinds.indexOf(kind), 1);
    this.changed(this.isBusy);
  }

  get isBusy() {
    return this.#kinds.length > 0;
  }

  /**
   * Return whether work of one of these kinds is being done or waits for its turn.
   * @param {Kind[]} kinds
   */
  has(...kinds) {
    return kinds.some((kind) => this.#kinds.includes(kind));
  }
}
