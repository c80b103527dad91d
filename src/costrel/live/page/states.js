// The states of a live step, and which event leads from one to another. Nothing else is
// here: `python.js` reports what happens to Python and to the app in it, `files.js` what
// the reader edits, and whoever asks for the state decides what to do about it.
//
// An event that a state doesn't list changes nothing. CONTRIBUTING.md has a drawing of
// the table, which `node tests/live/draw.js` writes.

/**
 * @typedef {"off" | "loading" | "reloading" | "ready"
 *   | "starting" | "overtaken" | "running" | "outdated"} StepState
 * @typedef {"asked" | "loaded" | "lost" | "begun" | "started" | "failed" | "edited"} StepEvent
 */

/** @type {Readonly<Record<StepEvent, string>>} */
export const EVENTS = {
  asked: "Someone wants an answer from Python.",
  loaded: "Python and the step are loaded.",
  lost: "Python failed to load, took too long, ended, or was stopped.",
  begun: "The import of the app begins, with the reader's edits.",
  started: "The app is imported.",
  failed: "The app couldn't be imported.",
  edited: "The reader changed a file.",
};

/** @type {Readonly<Record<StepState, {is: string, on: Partial<Record<StepEvent, StepState>>}>>} */
export const STATES = {
  off: {
    is: "No Python is loaded, and none is loading.",
    on: { asked: "loading" },
  },
  loading: {
    is: "Python is loading and someone is waiting for it, so the page shows the progress.",
    on: { loaded: "ready", lost: "off" },
  },
  reloading: {
    is: "Python was lost and is loading again. No one is waiting for it yet.",
    on: { asked: "loading", loaded: "ready", lost: "off" },
  },
  ready: {
    is: "Python is loaded. No app is running in it.",
    on: { begun: "starting", lost: "reloading" },
  },
  starting: {
    is: "The app is being imported.",
    on: { started: "running", failed: "ready", edited: "overtaken", lost: "reloading" },
  },
  overtaken: {
    is: "The app is being imported, without what the reader has typed since.",
    on: { started: "outdated", failed: "ready", lost: "reloading" },
  },
  running: {
    is: "The app is running, as the editor has it.",
    on: { edited: "outdated", begun: "starting", failed: "ready", lost: "reloading" },
  },
  outdated: {
    is: "The app is running, without the latest edits.",
    on: { begun: "starting", failed: "ready", lost: "reloading" },
  },
};

/** @type {StepState} */
export const FIRST = "off";

/**
 * Return the state after an event.
 * @param {StepState} state
 * @param {StepEvent} event
 * @returns {StepState}
 */
export const after = (state, event) => STATES[state].on[event] ?? state;

/** The state that a live step is in. */
export class Machine {
  state = FIRST;

  /** @param {(state: StepState) => void} changed hears the state after each event */
  constructor(changed) {
    this.changed = changed;
  }

  /**
   * Let an event happen, and return the state it leads to.
   * @param {StepEvent} event
   */
  send(event) {
    this.state = after(this.state, event);
    this.changed(this.state);
    return this.state;
  }

  /** Return whether an app is running, with or without the latest edits. */
  get hasApp() {
    return this.state === "running" || this.state === "outdated";
  }
}
