// The live step of a chapter: an editor, an address bar, the answer, and what is behind
// it. Loaded when the reader asks for it, and not before.
import { fromLink, isLink, keep, linkTo, recall } from "./edits.js";
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

// Build the live step in its element, and run it.
export async function open(box) {
  addToHead("meta", { httpEquiv: "Content-Security-Policy", content: POLICY });
  const looks = new URL("live.css", import.meta.url);
  const style = addToHead("link", { rel: "stylesheet", href: looks });
  const isStyled = new Promise((done) => (style.onload = style.onerror = done));
  const editor = import("./editor.js");
  const status = box.querySelector(".live__status");
  const python = new Python((text) => (status.textContent = `${text} …`));
  const answer = await fetch(new URL(box.dataset.step, document.baseURI));
  if (!answer.ok) throw new Error(`the step can't be loaded (${answer.status}).`);
  const data = await answer.json();
  python.load(data);
  const [{ makeEditor }] = await Promise.all([editor, isStyled]);
  await new Live(box, data, python, makeEditor).begin();
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
    // the app is to be started before the next request
    this.isStale = true;
    // what Run sends: the last request, unless the address bar was edited since
    this.again = null;
    // a body that may be no text, and what the address bar shows of it
    this.raw = null;
    this.turn = Promise.resolve();
    box.insertAdjacentHTML("beforeend", views.layout(data));
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
    this.part("buttons").append(this.part("status"));
    this.part("start").parentElement.remove();
    this.listen();
    const carried = await fromLink(this.data.step, this.data.files);
    if (carried) this.belongTo(carried.mark);
    this.edits = recall(this.key) ?? carried?.edits ?? {};
    this.show(Object.keys(this.edits)[0] ?? this.data.demo[0]);
    this.part("run").focus({ preventScroll: true });
    this.part("buttons").scrollIntoView({ block: "nearest" });
    if (!isLink()) return this.run();
    await this.python.loaded;
    this.say(
      carried
        ? "This link carries somebody's changes: look at them, then run them."
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
    this.part("status").textContent = text;
    this.part("status").classList.toggle("live__failed", isFailure);
  }

  listen() {
    // the theme has keys of its own, and they must not hear what is typed here
    this.box.addEventListener("keydown", (event) => event.stopPropagation());
    for (const name of ["run", "reset", "share", "attack"]) {
      this.part(name)?.addEventListener("click", () => this[name]());
    }
    this.box.addEventListener("click", ({ target }) => {
      this.open(target.closest("[data-file], [data-open]"));
      if (target.matches(".live__forget")) this.forget();
    });
    this.part("more").addEventListener("change", ({ target }) => this.show(target.value));
    this.part("address").addEventListener("input", () => (this.again = null));
    this.part("address").addEventListener("submit", (event) => {
      event.preventDefault();
      this.visit(() => this.asked());
    });
  }

  // --- files

  open(button) {
    if (!button) return;
    this.show(button.dataset.file ?? button.dataset.open);
    if (button.dataset.line) {
      this.editor.reveal(Number(button.dataset.line));
      this.editor.focus();
    }
  }

  text(name) {
    return this.edits[name] ?? this.data.files[name];
  }

  show(name) {
    if (typeof this.text(name) !== "string") return;
    this.shown = name;
    this.editor.show(name, this.text(name));
    this.mark();
  }

  // Show which file is open, and which ones are not as the book has them.
  mark() {
    for (const tab of this.box.querySelectorAll("[data-file]")) {
      const name = tab.dataset.file;
      tab.setAttribute("aria-pressed", String(name === this.shown));
      tab.textContent = this.label(name);
    }
    for (const option of this.part("more").options) {
      if (option.value) option.textContent = this.label(option.value);
    }
    this.part("more").value = this.data.demo.includes(this.shown) ? "" : this.shown;
    this.part("reset").hidden = this.part("share").hidden = !Object.keys(this.edits).length;
  }

  label(name) {
    return name in this.edits ? `${name} (changed)` : name;
  }

  edit(text) {
    if (text === this.data.files[this.shown]) delete this.edits[this.shown];
    else this.edits[this.shown] = text;
    this.save();
    this.mark();
  }

  reset() {
    this.edits = {};
    this.save();
    this.show(this.shown);
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
    // what Python says may be anything, for the reader's code can say it as well
    const failed = (error) => {
      const isRefused = error instanceof views.RefusedError;
      this.say(isRefused ? error.message : `That could not be shown: ${error.message}`, true);
    };
    this.turn = this.turn.then(work).catch(failed);
    return this.turn;
  }

  async ask(message) {
    const answer = await this.python.ask(message);
    if (answer.dead) this.isStale = true;
    return answer;
  }

  async run() {
    this.isRunning = true;
    await this.inTurn(async () => {
      this.say("Running …");
      if (await this.start()) await this.send(this.again ?? this.asked());
    });
    this.isRunning = false;
  }

  // Start the app with the reader's edits; tell whether it started.
  async start() {
    const answer = await this.ask({ kind: "run", files: this.edits });
    if (answer.ok) this.isStale = false;
    else this.fail(answer);
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

  // Send what `asked` gives.
  visit(asked) {
    return this.inTurn(async () => {
      if (!this.isStale || (await this.start())) await this.send(asked());
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
    form.body.value = body ? new TextDecoder().decode(body) : "";
    this.raw = body && { text: form.body.value, bytes: body };
  }

  async send(request) {
    this.again = request;
    this.say(`${request.method} ${request.path} …`);
    const answer = await this.ask({ kind: "send", request });
    if (!answer.ok) return this.fail(answer);
    this.tell(answer);
    const { response, request: last } = answer.hops.at(-1);
    const [method, path] = last.line.split(" ");
    // as in a browser, the address is that of the page to which a redirect has led
    if (answer.hops.length > 1) this.fill(views.led(request, method, path));
    // not waited for: what belongs to the page is asked for in its turn
    this.frame.show(response, path);
  }

  // Give the answer to what the page in the frame asks for; show it, or not.
  async fetched(request, isShown) {
    if (this.isStale && !(await this.start())) return { failed: "The app does not run." };
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
      body: this.raw?.text === body.value ? this.raw.bytes : text,
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
    const method = request.line.replace(/ HTTP\/1.1$/, "");
    this.say(`${method}: ${response.status} ${response.reason}`);
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
    const isShown = ({ file }) => typeof this.data.files[file] === "string";
    const frames = [...error.traceback, error].filter(isShown);
    const isTheirs = ({ file }) => file in this.edits || this.data.demo.includes(file);
    const frame = frames.findLast(isTheirs) ?? frames.at(-1);
    if (!frame?.line) return;
    this.show(frame.file);
    this.editor.reveal(frame.line);
  }

  attack() {
    return this.inTurn(async () => {
      this.say("Attacking …");
      const answer = await this.ask({ kind: "attack", files: this.edits });
      if (!answer.ok) return this.fail(answer);
      const sides = [
        { ...answer.victim, name: this.data.attack.victim.label },
        { ...answer.step, name: "this step" },
      ];
      this.put("attacked", sides.map((side) => views.sideView(side, this.data.demo)));
      // the last request tells
      for (const side of this.part("attacked").querySelectorAll(".live__exchange")) {
        side.scrollTop = side.scrollHeight;
      }
      this.say(sides.map(({ name, worked }) => `${name}: ${views.verdict(worked)}`).join("; "));
    });
  }
}
