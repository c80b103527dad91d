// Runs compile.py beside it with Pyodide in Node: `node compile.mjs PYODIDE WORK`,
// where PYODIDE is the folder of npm's package and WORK the folder to compile in.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

async function compile(indexURL, work) {
  const { loadPyodide } = await import(pathToFileURL(`${indexURL}/pyodide.mjs`));
  const pyodide = await loadPyodide({ indexURL });
  pyodide.mountNodeFS("/work", work);
  pyodide.runPython(await readFile(new URL("compile.py", import.meta.url), "utf8"));
}

try {
  await compile(...process.argv.slice(2));
} catch (error) {
  // Node's own report shows Pyodide's script, which is one line of a megabyte
  console.error(error.message || String(error));
  process.exit(1);
}
