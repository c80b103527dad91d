// What the reader changed: kept in the browser, and carried by a link.

/**
 * @import { Edits, StepData } from "./protocol"
 */

/**
 * @param {string} key
 * @returns {Edits | null}
 */
export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Keep the edits; `null` forgets them.
 * @param {string} key
 * @param {Edits | null} edits
 */
export function keep(key, edits) {
  try {
    if (edits) localStorage.setItem(key, JSON.stringify(edits));
    else localStorage.removeItem(key);
  } catch {
    // a browser that keeps nothing: the edits last as long as the page
  }
}

/**
 * Return the number of the first line in which an edited text is another.
 * @param {string} before
 * @param {string} after
 */
export function firstChange(before, after) {
  const [old, lines] = [before.split("\n"), after.split("\n")];
  const found = lines.findIndex((line, index) => line !== old[index]);
  return found < 0 ? lines.length : found + 1;
}

// --- links

// bytes that a link may unpack to
const MOST = 1_000_000;

export const isLink = () => location.hash.startsWith("#live=");

/**
 * @param {CompressionStream | DecompressionStream} stream
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
const through = async (stream, bytes) => {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [];
  let size = 0;
  for await (const piece of values(new Blob([bytes]).stream().pipeThrough(stream))) {
    size += piece.length;
    if (size > MOST) throw new RangeError("The link carries too much.");
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
};

/**
 * Go through a stream, which not every browser can by itself yet.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 */
async function* values(stream) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

/** @param {Uint8Array} bytes */
const toText = (bytes) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** @param {string} text */
const toBytes = (text) => {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
};

/**
 * Return what distinguishes one link from another.
 * @param {string} text
 */
const markOf = (text) => text.slice(-24);

/**
 * Make a link to this page that carries the edits of a step.
 * @param {string} step
 * @param {Edits} edits
 */
export async function linkTo(step, edits) {
  const bytes = new TextEncoder().encode(JSON.stringify(edits));
  const text = toText(await through(new CompressionStream("deflate-raw"), bytes));
  const link = new URL(location.href);
  link.hash = `live=${step}:${text}`;
  return { href: link.href, mark: markOf(text) };
}

/**
 * Return the edits that the page's link carries, or null: only of files that the step
 * has, for these can be seen.
 * @param {string} step
 * @param {StepData["files"]} files
 * @returns {Promise<{mark: string, edits: Edits} | null>}
 */
export async function fromLink(step, files) {
  const [, name, text] = location.hash.match(/^#live=(\w+):([\w-]+)$/) ?? [];
  if (name !== step) return null;
  try {
    const bytes = await through(new DecompressionStream("deflate-raw"), toBytes(text));
    const carried = Object.entries(JSON.parse(new TextDecoder().decode(bytes)));
    const isEdit = (/** @type {[string, unknown]} */ [file, content]) =>
      typeof content === "string" && Object.hasOwn(files, file) && typeof files[file] === "string";
    return { mark: markOf(text), edits: Object.fromEntries(carried.filter(isEdit)) };
  } catch {
    return null;
  }
}
