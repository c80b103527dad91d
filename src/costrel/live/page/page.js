// The live step of a chapter: an editor, an address bar, the answer, and what is behind
// it. Loaded when the reader asks for it, and not before.
import { firstChange, fromLink, isLink, keep, linkTo, recall } from "./edits.js";
import { Frame } from "./frame.js";
import { Python } from "./python.js";
import * as views from "./views.js";

// Nothing of what runs here may reach another site. (Firefox takes 'self' for nobody
// where a worker has the policy from its page.)
const POLICY = [
  `default-src ${location.origin} data: blob: 'unsafe-inline' 'unsafe-eval'`,
  "frame-src 'none'",
  "object-src 'none'",
  `form-action ${location.origin}`,
].join("; ");

const CHANGED = "You changed the code: Run and Send start the app with your changes.";
// where there is room for an answer and what is behind it, side by side
const ROOMY = "(min-width: 45em)";

// Build the live step in its element, and run it.
export async function open(box) {
  addToHead("meta", { httpEquiv: "Content-Security-Policy", content: POLICY });
  const looks = new URL("live.css", import.meta.url);
  const style = addToHead("link", { rel: "stylesheet", href: looks });
  const isStyled = new Promise((done) => (style.onload = style.onerror = done));
  const editor = import("./editor.js");
  const python = new Python(loadingIn(box));
  const answer = await fetch(new URL(box.dataset.step, document.baseURI));
  if (!answer.ok) throw new Error(`the step can't be loaded (${answer.status}).`);
  const data = await answer.json();
  python.load(data);
  const [{ makeEditor }] = await Promise.all([editor, isStyled]);
  await new Live(box, data, python, makeEditor).begin();
}

// Show how far loading is: the text changes seldom, since it is read aloud.
function loadingIn(box) {
  const status = box.querySelector(".live__status");
  const bar = Object.assign(document.createElement("progress"), {
    className: "live__loading",
    ariaLabel: "Loading Python",
    hidden: true,
  });
  status.before(bar);
  return (text, share) => {
    if (status.textContent !== `${text} …`) status.textContent = `${text} …`;
    bar.value = share;
    bar.hidden = share >= 1;
  };
}

function addToHead(name, properties) {
  const element = Object.assign(document.createElement(name), properties);
  document.head.append(element);
  return element;
}

class Live {
  constructor(box, data, python, makeEditor) {
    Object.assign(this, { box, data, python });
    this.key = `live:${data.step}`;
    this.edits = {};
    this.isLinked = false;
    // no app runs, or one without the newest edits: the next request starts it
    this.isDown = true;
    this.isOld = false;
    // the body of a form in the frame, until the reader types another
    this.raw = null;
    this.turn = Promise.resolve();
    this.atWork = 0;
    box.insertAdjacentHTML("beforeend", views.layout(data, matchMedia(ROOMY).matches));
    this.editor = makeEditor(this.part("editor"), {
      changed: (text) => this.edit(text),
      run: () => this.run(),
    });
    this.frame = new Frame(this.part("answer"), {
      visit: (request) => this.follow(request),
      ask: (request) => this.inTurn(() => this.fetched(request, true)),
      fetch: (request) => this.inTurn(() => this.fetched(request, false)),
      say: (text) => this.say(text),
    });
  }

  async begin() {
    this.part("buttons").append(this.part("loading"), this.part("status"));
    this.part("start").parentElement.remove();
    this.listen();
    const carried = await fromLink(this.data.step, this.data.files);
    if (carried) this.belongTo(carried.mark);
    this.edits = recall(this.key) ?? carried?.edits ?? {};
    this.show(Object.keys(this.edits)[0] ?? this.data.opens);
    this.part("run").focus({ preventScroll: true });
    this.part("buttons").scrollIntoView({ block: "nearest" });
    if (!isLink()) return this.run();
    await this.python.loaded;
    this.say(
      carried
        ? "This link carries somebody's changes: look at each changed file, then run them."
        : "This link is damaged, or is one of another step: nothing of it is used.",
    );
  }

  // Keep the edits apart from others: they are those of a link.
  belongTo(mark) {
    this.key = `live:${this.data.step}:${mark}`;
    this.isLinked = true;
  }

  // Keep the edits; to have none is kept where a link would bring some.
  save() {
    const isEmpty = !Object.keys(this.edits).length;
    keep(this.key, isEmpty && !this.isLinked ? null : this.edits);
  }

  part(name) {
    return this.box.querySelector(`.live__${name}`);
  }

  say(text, isFailure = false) {
    this.part("loading").hidden = true;
    this.part("status").textContent = text;
    this.part("status").classList.toggle("live__failed", isFailure);
  }

  listen() {
    // the theme has keys of its own, and they must not hear what is typed here
    this.box.addEventListener("keydown", (event) => event.stopPropagation());
    for (const name of ["run", "stop", "reset", "clear", "share"]) {
      this.part(name)?.addEventListener("click", () => this[name]());
    }
    this.box.addEventListener("click", ({ target }) => {
      this.open(target.closest("[data-open]"));
      if (target.matches(".live__forget")) this.forget();
      if (target.matches(".live__attack")) this.attack(target);
    });
    this.part("file").addEventListener("change", ({ target }) => this.show(target.value));
    this.part("address").elements.body.addEventListener("input", () => this.keepBody(null));
    this.part("address").addEventListener("submit", (event) => {
      event.preventDefault();
      this.visit(() => this.asked());
    });
  }

  // --- files

  open(button) {
    if (!button) return;
    this.show(button.dataset.open);
    if (button.dataset.line) this.editor.reveal(Number(button.dataset.line));
    this.part("files").scrollIntoView({ block: "nearest" });
    this.editor.focus();
  }

  text(name) {
    return this.edits[name] ?? this.data.files[name];
  }

  // Show a file: where it was left, or else where it is new.
  show(name) {
    if (typeof this.text(name) !== "string" || name === this.shown) return;
    this.shown = name;
    if (!this.editor.show(name, this.text(name))) this.editor.goTo(this.newLine(name));
    this.mark();
  }

  // Return the first line that the reader changed, or else the step.
  newLine(name) {
    if (name in this.edits) return firstChange(this.data.files[name], this.edits[name]);
    return this.data.changes[name] ?? 1;
  }

  // Show which file is open, and which ones are not as the book has them.
  mark() {
    const changed = Object.keys(this.edits);
    for (const option of this.part("file").options) {
      option.textContent = `${option.value}${option.value in this.edits ? " (changed)" : ""}`;
    }
    this.part("file").value = this.shown;
    this.put("changed", [views.changedView(changed)]);
    const others = changed.filter((name) => name !== this.shown);
    this.part("reset").hidden = !(this.shown in this.edits);
    this.part("clear").hidden = !others.length;
    this.part("share").hidden = !changed.length;
  }

  edit(text) {
    const wasMarked = this.shown in this.edits;
    if (text === this.data.files[this.shown]) delete this.edits[this.shown];
    else this.edits[this.shown] = text;
    this.save();
    if (wasMarked !== (this.shown in this.edits)) this.mark();
    if (!this.isOld && !this.atWork) this.say(CHANGED);
    this.isOld = true;
  }

  // Bring the open file back to what the book has; undoing brings the edit back.
  reset() {
    this.editor.replace(this.data.files[this.shown]);
    this.editor.goTo(this.newLine(this.shown));
    this.part("run").focus();
    return this.run();
  }

  // Bring all files back.
  clear() {
    const names = Object.keys(this.edits).join(", ");
    if (!confirm(`Drop your changes in ${names}? They can't be brought back.`)) return;
    this.edits = {};
    this.save();
    this.isOld = true;
    this.editor.forget();
    const { shown } = this;
    this.shown = null;
    this.show(shown);
    this.part("run").focus();
    return this.run();
  }

  async share() {
    const { href, mark } = await linkTo(this.data.step, this.edits);
    history.replaceState(null, "", href);
    this.belongTo(mark);
    this.save();
    await navigator.clipboard?.writeText(href).then(
      () => this.say("The link with your changes is copied, and in the browser's address bar."),
      () => this.say("The link with your changes is in the browser's address bar."),
    );
  }

  // --- asking Python, one thing at a time

  inTurn(work) {
    // Python may say anything, because the reader's code can speak through it, too
    const failed = (error) => {
      const isRefused = error instanceof views.RefusedError;
      this.say(isRefused ? error.message : `That could not be shown: ${error.message}`, true);
    };
    this.busy(1);
    this.turn = this.turn
      .then(work)
      .catch(failed)
      .finally(() => this.busy(-1));
    return this.turn;
  }

  // Count what is asked of Python: as long as there is something, it can be stopped.
  busy(more) {
    this.atWork += more;
    this.part("stop").disabled = !this.atWork;
  }

  stop() {
    this.part("run").focus();
    this.python.interrupt();
  }

  async ask(message) {
    const answer = await this.python.ask(message);
    if (answer.dead) this.isDown = true;
    return answer;
  }

  async run() {
    this.isRunning = true;
    await this.inTurn(async () => {
      this.say("Running …");
      if (await this.start()) await this.send(this.asked());
    });
    this.isRunning = false;
  }

  // Start the app with the reader's edits; tell whether it started.
  async start() {
    // what is typed from now on is not in it
    this.isOld = false;
    const answer = await this.ask({ kind: "run", files: this.edits });
    this.isDown = !answer.ok;
    if (this.isDown) this.fail(answer);
    return answer.ok;
  }

  // Come as a new visitor, to an app that has seen nobody.
  forget() {
    this.part("run").focus();
    return this.inTurn(async () => {
      const answer = await this.ask({ kind: "reset" });
      if (!answer.ok) return this.fail(answer);
      this.put("jar", []);
      this.age();
      this.say("The cookies are forgotten, and the app has started anew.");
    });
  }

  // Send what `asked` returns, to the app as the editor has it.
  visit(asked) {
    return this.inTurn(async () => {
      const isOld = this.isDown || this.isOld;
      if (isOld) this.say("Starting the app with your changes …");
      if (!isOld || (await this.start())) await this.send(asked());
    });
  }

  // Visit what the page in the frame leads to, and show it in the address bar.
  async follow(request) {
    // a page may ask more often than it is answered, and the reader has to be heard
    if (this.isFollowing || this.isRunning) return;
    this.isFollowing = true;
    this.fill(request);
    await this.visit(() => request);
    this.isFollowing = false;
  }

  fill({ method, path, headers = [], body }) {
    const form = this.part("address").elements;
    form.method.value = method;
    form.path.value = path;
    form.headers.value = views.fieldsText(headers);
    const text = views.textOf(body ?? new Uint8Array());
    form.body.value = text ?? "";
    this.keepBody(body?.length ? body : null, text === null);
  }

  // Keep a body as it came; if the reader can't see it, show its size.
  keepBody(body, isUnseen = false) {
    this.raw = body;
    this.part("kept").textContent = isUnseen ? views.keptBody(body) : "";
  }

  async send(request) {
    this.say(`${request.method} ${request.path} …`);
    const answer = await this.ask({ kind: "send", request });
    if (!answer.ok) return this.fail(answer);
    this.tell(answer);
    if (answer.error) this.point(answer.error);
    const { response, request: last } = answer.hops.at(-1);
    const [, path] = last.line.split(" ");
    this.part("page").textContent = `The page at ${path}`;
    // not waited for: what belongs to the page is asked for in its turn
    this.frame.show(response, path);
  }

  // Return the answer to a request of the page in the frame; show it, or not.
  async fetched(request, isShown) {
    if (this.isDown && !(await this.start())) return { failed: "The app does not run." };
    const answer = await this.ask({ kind: "send", request });
    if (!answer.ok) return { failed: answer.error.message };
    if (isShown) this.tell(answer);
    return answer.hops.at(-1).response;
  }

  // Read the address bar; throws for a header that is none.
  asked() {
    const { method, path, headers, body } = this.part("address").elements;
    const pairs = views.fields(headers.value);
    const isMultipart = pairs.some(([, value]) => value.startsWith("multipart/"));
    const text = isMultipart ? body.value.replaceAll("\n", "\r\n") : body.value;
    return {
      method: method.value,
      path: path.value || "/",
      headers: pairs,
      body: this.raw ?? text,
    };
  }

  // --- showing

  tell(answer) {
    const { hops, cookies, error, log } = answer;
    const { request, response } = hops.at(-1);
    this.put("exchange", views.hopsView(hops));
    this.put("jar", [views.cookiesView(cookies)]);
    this.put("way", [views.wayView(answer, this.data.places)]);
    this.part("old").hidden = true;
    this.explain(error, log);
    const method = views.methodAndPath({ request });
    const ways = hops.slice(0, -1).map((hop) => `${views.methodAndPath(hop)} led to `);
    this.say(`${ways.join("")}${method}: ${response.status} ${response.reason}`);
  }

  // Tell that what is shown is of the request before.
  age() {
    this.part("old").hidden = !this.part("exchange").textContent;
  }

  put(name, content) {
    this.part(name).innerHTML = content.join("");
    this.part(name).scrollTop = 0;
  }

  explain(error, log) {
    this.part("errors").hidden = !error && !log;
    this.part("errors").open = Boolean(error);
    this.put("log", [views.troubleView(error, log, this.data.demo)]);
  }

  // Tell why there is no answer, at the line of the file where it went wrong.
  fail({ error, log, dead }) {
    this.explain(error, log);
    this.age();
    if (dead) this.put("jar", []);
    const place = error.file ? ` (${error.file}, line ${error.line})` : "";
    this.say(`${error.type ? `${error.type}: ` : ""}${error.message}${place}`, true);
    this.point(error);
  }

  // Mark where an error comes from, in the app if it went through it.
  point(error) {
    const isShown = ({ file }) => typeof this.data.files[file] === "string";
    const frames = [...error.traceback, error].filter(isShown);
    const isTheirs = ({ file }) => file in this.edits || this.data.demo.includes(file);
    const frame = frames.findLast(isTheirs) ?? frames.at(-1);
    if (!frame?.line) return;
    this.show(frame.file);
    this.editor.reveal(frame.line);
  }

  attack(button) {
    const number = Number(button.dataset.attack);
    const { breach, defense } = this.data.attacks[number];
    return this.inTurn(async () => {
      this.say("Attacking …");
      const answer = await this.ask({ kind: "attack", number, files: this.edits });
      if (!answer.ok) return this.fail(answer);
      const sides = [
        { ...answer.naive, name: "the naive version" },
        { ...answer.step, name: "this step" },
      ].map((side) => ({ ...side, means: side.worked ? breach : defense }));
      const shown = button.nextElementSibling;
      shown.innerHTML = sides.map((side) => views.sideView(side, this.data.demo)).join("");
      // the last request tells
      for (const side of shown.querySelectorAll(".live__exchange")) {
        side.scrollTop = side.scrollHeight;
      }
      this.say(sides.map(({ name, worked }) => `${name}: ${views.verdict(worked)}`).join("; "));
    });
  }
}
