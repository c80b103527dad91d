// What the reader changed: kept in the browser, and carried by a link.

export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

export function keep(key, edits) {
  try {
    if (Object.keys(edits).length) localStorage.setItem(key, JSON.stringify(edits));
    else localStorage.removeItem(key);
  } catch {
    // a browser that keeps nothing: the edits last as long as the page
  }
}

// --- links

const through = async (stream, bytes) => {
  const source = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(source).arrayBuffer());
};

const toText = (bytes) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

const toBytes = (text) => {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
};

// Make a link to this page that carries the edits of a step.
export async function linkTo(step, edits) {
  const bytes = new TextEncoder().encode(JSON.stringify(edits));
  const link = new URL(location.href);
  link.hash = `live=${step}:${toText(await through(new CompressionStream("deflate-raw"), bytes))}`;
  return link.href;
}

// Give the edits that the page's link carries, or null: only of files that the step
// has, for these can be seen.
export async function fromLink(step, files) {
  const [, name, text] = location.hash.match(/^#live=(\w+):([\w-]+)$/) ?? [];
  if (name !== step) return null;
  try {
    const bytes = await through(new DecompressionStream("deflate-raw"), toBytes(text));
    const carried = Object.entries(JSON.parse(new TextDecoder().decode(bytes)));
    const isEdit = ([file, content]) =>
      typeof content === "string" && Object.hasOwn(files, file) && typeof files[file] === "string";
    return { mark: text.slice(-24), edits: Object.fromEntries(carried.filter(isEdit)) };
  } catch {
    return null;
  }
}
