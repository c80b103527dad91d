// The table of a live step's states, without a page and without Python: `npm test`.
import assert from "node:assert/strict";
import test from "node:test";
import { after, EVENTS, FIRST, Machine, STATES } from "../../src/costrel/live/page/states.js";
import { drawing, drawn } from "./draw.js";

const NAMES = Object.keys(STATES);
const HAS_APP = ["running", "outdated"];

const along = (state, events) => events.reduce(after, state);

// The states in which a live step may be after any events, from some state on.
function reachable(from, events = Object.keys(EVENTS)) {
  const found = new Set([from]);
  for (const state of found) for (const event of events) found.add(after(state, event));
  return found;
}

test("each event leads to a state, and each state and event is used", () => {
  const arrows = Object.values(STATES).flatMap(({ on }) => Object.entries(on));

  assert.deepEqual(new Set(arrows.map(([event]) => event)), new Set(Object.keys(EVENTS)));
  assert.deepEqual(reachable(FIRST), new Set(NAMES));
  assert.ok(arrows.every(([, to]) => to in STATES));
});

test("a run leads from everywhere to an app that is as the editor has it", () => {
  const run = ["asked", "loaded", "begun", "started"];

  for (const state of NAMES) {
    // an app that an edit has overtaken is started once more
    assert.equal(along(state, [...run, ...run]), "running", state);
  }
});

test("an edit is never taken for one that runs", () => {
  for (const state of NAMES) {
    const edited = after(state, "edited");
    const later = reachable(edited, ["asked", "started", "edited"]);
    assert.ok(!later.has("running"), state);
  }
});

test("no edit and no question takes an app away", () => {
  for (const state of HAS_APP) {
    for (const event of ["asked", "edited"]) assert.ok(HAS_APP.includes(after(state, event)));
  }
});

test("with Python the app is gone, wherever it was lost", () => {
  for (const state of NAMES) {
    const lost = after(state, "lost");
    const later = reachable(lost, ["asked", "loaded", "started", "failed", "edited", "lost"]);
    assert.deepEqual(HAS_APP.filter((name) => later.has(name)), [], state);
  }
});

test("a Python that can't be loaded isn't tried again until somebody asks", () => {
  for (const state of NAMES) {
    const twice = along(state, ["lost", "lost"]);
    assert.equal(twice, "off", state);
    assert.equal(after(twice, "asked"), "loading");
  }
});

test("loading is shown only to those who wait for it", () => {
  assert.equal(along("running", ["lost", "edited"]), "reloading");
  assert.equal(along("running", ["lost", "asked"]), "loading");
  assert.equal(along("running", ["lost", "loaded", "asked"]), "ready");
});

test("an app that can't be imported is no app", () => {
  for (const state of reachable(FIRST)) {
    assert.ok(!HAS_APP.includes(after(state, "failed")), state);
  }
});

test("a machine goes where the table says, and knows whether an app runs", () => {
  const heard = [];
  const machine = new Machine((state) => heard.push(state));
  const way = ["asked", "loaded", "begun", "started", "edited", "lost"].map((event) => [
    machine.send(event),
    machine.hasApp,
  ]);

  assert.deepEqual(heard, way.map(([state]) => state));
  assert.deepEqual(way, [
    ["loading", false],
    ["ready", false],
    ["starting", false],
    ["running", true],
    ["outdated", true],
    ["reloading", false],
  ]);
});

test("CONTRIBUTING.md has the drawing: `node tests/live/draw.js` writes it", () => {
  assert.equal(drawn(), drawing());
});
