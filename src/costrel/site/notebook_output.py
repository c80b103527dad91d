"""What the cells of a notebook say, found by running them without Jupyter.

Notebooks are kept without outputs, which would grow old. The site shows what a step's
cells say today; it is run once, and again when the notebook or the step has changed.
"""

import ast
import asyncio
import inspect
import io
import json
import linecache
import os
import subprocess
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from pathlib import Path
from pprint import pformat
from tempfile import TemporaryDirectory
from typing import Any

from costrel.core.ladder import Step
from costrel.core.notebook import joined, read_notebook

SECONDS = 60


def said(step: Step, fresh: bool) -> list[str]:
    """Return what each code cell of a step's notebook says.

    Unless `fresh`, what the step said before it was edited is good enough.
    """
    kept = step.root / "build" / ".cache" / "played" / f"{step.slug}.json"
    sums = {"notebook": summed([step.notebook]), "step": summed(files_of(step))}
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if known.get("notebook") != sums["notebook"] or (
        fresh and known.get("step") != sums["step"]
    ):
        known = sums | {"said": run(step)}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    return list(known["said"])


def files_of(step: Step) -> list[Path]:
    return [step.package / name for name in step.files()]


def summed(files: list[Path]) -> str:
    total = sha256(sys.version.encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def run(step: Step) -> list[str]:
    """Play a notebook in a process of its own; what doesn't end says nothing."""
    with TemporaryDirectory() as folder:
        output = Path(folder) / "said.json"
        command = [sys.executable, "-m", __name__, str(step.notebook), str(output)]
        packages = os.pathsep.join([str(step.root / "steps"), *sys.path])
        try:
            subprocess.run(
                command,
                cwd=step.notebook.parent,
                env=os.environ | {"PYTHONPATH": packages},
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return []
        if not output.is_file():
            return []
        found: list[str] = json.loads(output.read_text(encoding="utf-8"))
        return found


# --- in that process


def main(notebook: str, output: str) -> None:
    cells = read_notebook(Path(notebook))["cells"]
    sources = [joined(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    text = json.dumps(play(sources), ensure_ascii=False)
    Path(output).write_text(text, encoding="utf-8")
    # a cell may have left a thread or a server
    os._exit(0)


def play(sources: list[str]) -> list[str]:
    """Run cells one after the other, up to the first that raises."""
    names: dict[str, Any] = {"__name__": "__main__"}
    heard = []
    for number, source in enumerate(sources, 1):
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            went_well = play_cell(source, f"<cell {number}>", names)
        heard.append(screen.getvalue().rstrip())
        if not went_well:
            break
    return heard


def play_cell(source: str, title: str, names: dict[str, Any]) -> bool:
    """Run one cell and print the value of its last line; return whether it ended."""
    # so that tracebacks and `inspect` find the lines
    linecache.cache[title] = (len(source), None, source.splitlines(True), title)
    try:
        tree = ast.parse(source, title)
        has_value = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
        last = tree.body.pop() if has_value else None
        evaluate(tree, title, "exec", names)
        if isinstance(last, ast.Expr):
            value = evaluate(ast.Expression(last.value), title, "eval", names)
            if value is not None:
                print(pformat(value, sort_dicts=False))
    except Exception as error:
        print("".join(traceback.format_exception_only(error)).rstrip())
        return False
    return True


def evaluate(
    tree: ast.Module | ast.Expression, title: str, mode: str, names: Any
) -> Any:
    """Run code that may wait at its top, as cells may."""
    code = compile(tree, title, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    value = eval(code, names)
    return asyncio.run(value) if code.co_flags & inspect.CO_COROUTINE else value


if __name__ == "__main__":
    main(*sys.argv[1:])
