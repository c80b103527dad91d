// What the reader changed: kept in the browser.

/**
 * @import { Edits } from "./protocol"
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
