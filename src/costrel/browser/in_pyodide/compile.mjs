// Runs compile.py beside it with Pyodide in Node: `node compile.mjs PYODIDE WORK`,
// where PYODIDE is the folder of npm's package and WORK the folder to compile in.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

/**
 * @param {string} indexURL
 * @param {string} work
 */
async function compile(indexURL, work) {
  const { loadPyodide } = await import(pathToFileURL(`${indexURL}/pyodide.mjs`).href);
  const pyodide = await loadPyodide({ indexURL });
  pyodide.mountNodeFS("/work", work);
  pyodide.runPython(await readFile(new URL("compile.py", import.meta.url), "utf8"));
}

try {
  const [, , pyodide, work] = process.argv;
  await compile(pyodide, work);
} catch (error) {
  // Node's own report shows Pyodide's script, which is one line of a megabyte
  console.error((error instanceof Error && error.message) || String(error));
  process.exit(1);
}
