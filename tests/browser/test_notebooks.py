"""The notebooks in JupyterLite: every cell runs, and nobody else is asked."""

import gzip
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter
from typing import Any

import pytest
from argon2 import PasswordHasher

from costrel.core.ladder import Ladder, find_root
from costrel.testing.surroundings import slowness

STEPS = [step for step in Ladder(find_root()).steps if step.notebook.is_file()]
# milliseconds, on a machine that does other things as well
PATIENCE = 90_000
# seconds from the link to what the first cell said
SOON = 12
# bytes, compressed; three million are what the stores of step 19 need
SMALL = 14_500_000
NOTEBOOK = "jupyterapp.shell.currentWidget"
OPENED = f"window.jupyterapp && {NOTEBOOK}?.content?.model?.cells.length > 1"
STARTED = f"{NOTEBOOK}.sessionContext.session?.kernel?.status === 'idle'"
RUN_ALL = "void jupyterapp.commands.execute('notebook:run-all-cells')"
# JupyterLite draws only the cells in view: its model has all of them
CELLS = f"""[...{NOTEBOOK}.content.model.cells]
  .filter(cell => cell.type === "code")
  .map(cell => ({{
    source: cell.sharedModel.getSource(),
    outputs: cell.sharedModel.outputs,
    ran: cell.executionCount,
  }}))"""
# an error ends the run: the cells behind it stay as they are
DONE = f"""{CELLS}.every(cell => cell.ran)
  || {CELLS}.some(cell => cell.outputs.some(one => one.output_type === "error"))"""
# lay a file beside the notebooks, as who uploads it does
SAVE = """async ([name, content]) => {
  const { contents } = jupyterapp.serviceManager;
  await contents.save(name.split("/")[0], { type: "directory" });
  await contents.save(name, { type: "file", format: "text", content });
}"""


class Notebook:
    """A notebook in JupyterLite."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.heard: list[str] = []
        page.on("console", lambda message: self.heard.append(message.text))

    def wait_for(self, condition: str) -> "Notebook":
        # asked for by time: a page that is not in view draws nothing
        self.page.wait_for_function(condition, timeout=PATIENCE, polling=100)
        return self

    def start(self) -> "Notebook":
        return self.wait_for(OPENED).wait_for(STARTED)

    def write(self, number: int, source: str) -> None:
        """Write a code cell anew."""
        cells = f"[...{NOTEBOOK}.content.model.cells].filter(c => c.type === 'code')"
        script = f"([number, source]) => {cells}[number].sharedModel.setSource(source)"
        self.page.evaluate(script, [number, source])

    def run(self) -> list[dict[str, Any]]:
        """Run all cells; give them, with what they said."""
        self.page.evaluate(RUN_ALL)
        return self.wait_for(DONE).cells()

    def cells(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(CELLS)
        return found


@pytest.fixture
def notebook(in_browser, address, alone):
    """Open the notebook of a step, as the link on its page does."""

    def open_it(step) -> Notebook:
        page = alone.new_page()
        page.goto(f"{address}/notebooks/{step.slug}.html")
        page.get_by_role("link", name="Run in the browser").click()
        return Notebook(page)

    return open_it


def step_of(number):
    return next(step for step in STEPS if step.number == number)


def errors(cells):
    return [
        (cell["source"], output["ename"], output["evalue"])
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]


def said(cells):
    texts = [output.get("text", "") for cell in cells for output in cell["outputs"]]
    return "".join("".join(text) for text in texts)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_all_cells_run(notebook, step):
    book = notebook(step).start()

    cells = book.run()

    assert errors(cells) == []
    assert [cell["source"] for cell in cells if not cell["ran"]] == []
    assert [text for text in book.heard if "failed to activate" in text] == []
    # what a browser can't do is said, and nothing else is skipped
    skipped = f"`costrel notebook {step.number}` runs"
    guarded = [cell for cell in cells if "emscripten" in cell["source"]]
    assert said(cells).count(skipped) == len(guarded)


def test_a_cell_that_fails_is_seen(notebook):
    book = notebook(step_of(5)).start()
    book.write(1, "ada.ring()")

    [(source, name, _)] = errors(book.run())
    assert source == "ada.ring()"
    assert "NameError" in name


def test_own_package_takes_the_place_of_the_step(notebook):
    step = step_of(5)
    book = notebook(step).start()
    for path in step.package.glob("*.py"):
        content = path.read_text(encoding="utf-8")
        book.page.evaluate(SAVE, [f"wren/{path.name}", content])
    # Python has seen by now what was beside the notebook
    book.page.reload()
    source = book.start().cells()[0]["source"]

    shown = "\nprint(framework.__file__)"
    book.write(0, source.replace(step.name, "wren") + shown)
    cells = book.run()

    assert errors(cells) == []
    assert "/drive/wren/__init__.py" in said(cells)


def test_a_cell_may_hash_with_argon2(notebook):
    book = notebook(step_of(5)).start()
    hashed = "PasswordHasher().hash('hunter2')"
    book.write(0, f"from argon2 import PasswordHasher\nprint({hashed})")

    encoded = book.run()[0]["outputs"][0]["text"]

    assert PasswordHasher().verify("".join(encoded).strip(), "hunter2")


def test_notebook_has_a_way_back_to_its_chapter(notebook):
    page = notebook(step_of(5)).page

    page.get_by_text("Back to the book").click()

    page.wait_for_url("**/05-testing.html")
    assert page.locator("h1").inner_text().startswith("5.")


def test_first_cell_is_soon(notebook):
    """Measured up to three times: the machine may have been busy."""
    times = []
    while len(times) < 3 and min(times, default=SOON) >= SOON:
        book = notebook(step_of(5))
        began = perf_counter()
        book.start().page.evaluate(RUN_ALL)
        book.wait_for(f"{CELLS}[0].ran")
        times.append(perf_counter() - began)
        book.page.close()

    assert min(times) < SOON * slowness()


def test_python_is_small(notebook, alone, folder):
    asked = set()
    alone.on("request", lambda request: asked.add(request.url))
    notebook(STEPS[-1]).start().run()

    names = {url.rpartition("/pyodide/")[2] for url in asked if "/pyodide/" in url}
    sizes = {name: (folder / "pyodide" / name).read_bytes() for name in names}
    assert "pyodide.asm.wasm" in names
    assert sum(len(gzip.compress(content)) for content in sizes.values()) < SMALL


def test_any_server_will_do_and_any_folder(in_browser, folder, alone, tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "costrel").symlink_to(folder, target_is_directory=True)
    plain = partial(Silent, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), plain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = alone.new_page()
        root = f"http://127.0.0.1:{server.server_port}/books/costrel"
        page.goto(f"{root}/notebooks/05-testing.html")
        page.get_by_role("link", name="Run in the browser").click()
        cells = Notebook(page).start().run()
        page.close()
        server.shutdown()

    assert errors(cells) == []


class Silent(SimpleHTTPRequestHandler):
    """Serves files as Python does by itself, without a line for each."""

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def test_stranger_is_noticed(alone, address, outside):
    page = alone.new_page()
    page.goto(address)
    page.evaluate("fetch('https://cdn.example/pyodide.mjs').catch(() => 0)")

    assert outside.asked == ["cdn.example:443"]
    outside.asked.clear()
