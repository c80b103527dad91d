// What is asked of Python has its turn, one thing after the other: `npm test`.
import assert from "node:assert/strict";
import test from "node:test";
import { Turns } from "../../src/costrel/live/page/turns.js";

// Work that is done when it's told so.
function work() {
  const it = {};
  it.done = new Promise((finish, fail) => Object.assign(it, { finish, fail }));
  it.begin = () => {
    it.hasBegun = true;
    return it.done;
  };
  return it;
}

test("work begins when all before it is done", async () => {
  const [first, second] = [work(), work()];
  const turns = new Turns(() => {});

  turns.take("run", first.begin);
  const later = turns.take("attack", second.begin);
  await new Promise(setImmediate);
  assert.ok(first.hasBegun && !second.hasBegun);

  first.finish();
  second.finish("what it returns");
  assert.equal(await later, "what it returns");
});

test("it is known of which kinds there is work, until it is done", async () => {
  const it = work();
  const turns = new Turns(() => {});

  const turn = turns.take("follow", it.begin);
  assert.ok(turns.has("run", "follow") && !turns.has("attack"));
  it.finish();
  await turn;

  assert.ok(!turns.has("follow"));
});

test("work that fails keeps nobody waiting", async () => {
  const heard = [];
  const turns = new Turns((isBusy) => heard.push(isBusy));

  const broken = turns.take("run", () => Promise.reject(new Error("broken")));
  const next = turns.take("run", async () => "next");

  await assert.rejects(broken, /broken/);
  assert.equal(await next, "next");
  assert.deepEqual(heard, [true, true, true, false]);
  assert.ok(!turns.isBusy);
});
