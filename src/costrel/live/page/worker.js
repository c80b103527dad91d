// The worker of a live step: loads Python, from the folder that the notebooks use as
// well, and the engine, which answers the messages of the page.
//
// A message has a `kind` and an `id`, which its answer repeats; what else is in both
// stands in `engine/__init__.py`. Messages are answered one after the other. While a step is
// loaded, `{kind: "progress", text, share}` is sent. An answer with `dead: true` is the
// last one: Python has ended, and a new worker is needed.

/**
 * @import { PyodideAPI } from "pyodide"
 * @import { Answer, Edits, Failure, Message, StepData } from "./protocol"
 */

const folder = new URL("../../pyodide/", import.meta.url);
const modules = [
  "__init__", "engine", "log", "package", "server", "trouble", "visitor", "watcher",
];
// where the engine is in Python's files
const place = "/live/costrel_live";

/** @type {PyodideAPI} */
let pyodide;
/** @type {import("pyodide/ffi").PyProxy | null} */
let engine = null;
/**
 * What was loaded: a step, as `live/NN-topic.json` has it.
 * @type {StepData}
 */
let data;

// --- memory

// Python gets so much, and then a MemoryError; without a limit it would take what the
// reader's other programs need
const mebibytes = 768;
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  const asked = this.buffer.byteLength / 2 ** 20 + pages / 16;
  if (asked > mebibytes) throw new RangeError("Python has no memory left.");
  return grow.call(this, pages);
};

// --- what the code may not reach

// The network is the cage's matter. This is what the book's site keeps in the browser,
// the notebooks among it, and what would begin such a worker anew. Python itself needs
// none of it.
const CLOSED = [
  ...["indexedDB", "caches", "cookieStore", "BroadcastChannel", "Worker", "SharedWorker"],
  ...["webkitRequestFileSystem", "webkitRequestFileSystemSync"],
  ...["webkitResolveLocalFileSystemURL", "webkitResolveLocalFileSystemSyncURL"],
];
const CLOSED_OF_NAVIGATOR = ["storage", "storageBuckets", "locks", "serviceWorker"];

/**
 * @param {object} object
 * @param {string[]} names
 */
const close = (object, names) => {
  for (let owner = object; owner; owner = Object.getPrototypeOf(owner)) {
    for (const name of names) delete /** @type {any} */ (owner)[name];
  }
};
close(globalThis, CLOSED);
close(navigator, CLOSED_OF_NAVIGATOR);

// --- loading

/**
 * @param {string} text
 * @param {number} share
 */
const progress = (text, share) => postMessage({ kind: "progress", text, share });

/** @param {string} name */
const read = async (name) => (await fetch(new URL(name, import.meta.url))).text();

const readEngine = () => Promise.all(modules.map((name) => read(`../engine/${name}.py`)));

/**
 * @param {string} step
 * @returns {Promise<PyodideAPI>}
 */
const startPython = async (step) => {
  const { loadPyodide } = await import(new URL("pyodide.mjs", folder).href);
  const name = step.replaceAll("_", "-");
  const python = await loadPyodide({
    indexURL: folder.href,
    packages: [name],
    convertNullToNone: true,
  });
  checkPackage(python, name);
  return python;
};

/**
 * Throw for a missing package: that is reported on the console only, and missed when
 * it's used.
 * @param {Pick<PyodideAPI, "lockfile" | "loadedPackages">} python
 * @param {string} name
 */
const checkPackage = ({ lockfile, loadedPackages }, name) => {
  if (!(name in loadedPackages)) throw new Error(`The package ${name} can't be loaded.`);
  for (const each of lockfile.packages[name].depends) {
    checkPackage({ lockfile, loadedPackages }, each);
  }
};

/**
 * Hand an answer on, and tell how many bytes of it have come, as they come.
 * @param {Response} answer
 * @param {(bytes: number) => void} count
 */
const counted = (answer, count) => {
  const counter = new TransformStream({
    transform(piece, out) {
      count(piece.length);
      out.enqueue(piece);
    },
  });
  return new Response(answer.body?.pipeThrough(counter), answer);
};

/**
 * Do some work that fetches; throws for the first answer that is none. Pyodide would
 * wait for ever for a part of it that can't be had.
 * @template T
 * @param {() => Promise<T>} work
 * @param {(bytes: number) => void} count
 * @returns {Promise<T>}
 */
const fetching = (work, count) => {
  const { fetch } = globalThis;
  // the other parts still come in when one was refused, and nobody wants to hear of them
  let isOver = false;
  /** @type {Promise<never>} */
  const refused = new Promise((_, refuse) => {
    globalThis.fetch = async (...given) => {
      const answer = await fetch(...given);
      const { pathname } = new URL(answer.url);
      if (!answer.ok) refuse(new Error(`${pathname} can't be loaded: ${answer.status}.`));
      return counted(answer, (more) => isOver || count(more));
    };
  });
  return Promise.race([work(), refused]).finally(() => {
    globalThis.fetch = fetch;
    isOver = true;
  });
};

/** @param {string[]} sources */
const startEngine = (sources) => {
  pyodide.FS.mkdirTree(place);
  modules.forEach((name, index) =>
    pyodide.FS.writeFile(`${place}/${name}.py`, sources[index]),
  );
  pyodide.runPython("import sys; sys.path.append('/live')");
  return pyodide.pyimport("costrel_live.engine").Engine();
};

/** @param {Message & {kind: "load"}} message */
const load = async (message) => {
  const began = performance.now();
  let bytes = 0;
  const count = (/** @type {number} */ more) => {
    bytes += more;
    progress("Loading Python", 0.9 * Math.min(bytes / message.data.bytes, 1));
  };
  count(0);
  const [python, sources] = await fetching(
    () => Promise.all([startPython(message.data.step), readEngine()]),
    count,
  );
  pyodide = python;
  data = message.data;
  progress("Starting the step", 0.9);
  engine = startEngine(sources);
  const answer = ask(message);
  progress("Ready", 1);
  return { ...answer, seconds: (performance.now() - began) / 1000 };
};

// --- asking

/**
 * Make an object of a dictionary: Python's None is undefined here, and null in an answer.
 * @param {Iterable<[string, unknown]>} entries
 */
const object = (entries) =>
  Object.fromEntries([...entries].map(([name, value]) => [name, value ?? null]));

/**
 * @param {Message} message
 * @returns {Answer}
 */
const ask = (message) => {
  const given = pyodide.toPy(message);
  const answer = engine?.handle(given);
  try {
    return answer.toJs({ dict_converter: object });
  } finally {
    answer.destroy();
    given.destroy();
  }
};

/**
 * Load the packages that files import: a reader may use one that the step does not, and
 * the naive version and the app of an attack may build on an earlier step.
 * @param {Edits} files
 */
const loadImports = async (files) => {
  for (const [name, text] of Object.entries(files)) {
    if (!name.endsWith(".py") || typeof text !== "string") continue;
    await pyodide.loadPackagesFromImports(text, { messageCallback() {} });
  }
};

/**
 * @param {Message} message
 * @returns {Edits}
 */
const filesOf = (message) => {
  if (message.kind === "run") return message.files;
  if (message.kind !== "attack") return {};
  const { number = 0, files } = message;
  const { app = "" } = data.attacks[number] ?? {};
  return { ...files, "naive.py": data.naive, "target.py": app };
};

/**
 * @param {string} message
 * @returns {Failure}
 */
const failure = (message) => ({
  ok: false,
  error: { type: "", message, file: null, line: null, column: null, traceback: [] },
});

/**
 * @param {Message} message
 * @returns {Promise<Answer>}
 */
const handle = async (message) => {
  if (message.kind === "load") return load(message);
  if (engine === null) return failure("No step was loaded.");
  await loadImports(filesOf(message));
  return ask(message);
};

/**
 * Answer for Python: the engine answers whatever the app does, unless Python itself has
 * ended.
 * @param {Error} error
 * @returns {Failure}
 */
const explained = (error) => {
  const ended = engine !== null;
  const why = ended ? `Python has ended: ${error.message}` : error.message;
  return { ...failure(why), dead: ended };
};

/** @param {MessageEvent<Message & {id: number}>} event */
const reply = async ({ data: message }) => {
  const answer = await handle(message).catch(explained);
  postMessage({ ...answer, id: message.id });
};

let turn = Promise.resolve();
addEventListener("message", (event) => (turn = turn.then(() => reply(event))));
postMessage({ kind: "begun" });
