"""Notebooks run from the first cell to the last, and are kept without outputs.

Each is played with our step or with the reader's own package: one line chooses.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from costrel.core.ladder import Step

from .runs import environment

SECONDS = 120


def cells(notebook: Path) -> list[dict[str, Any]]:
    """Read a notebook's cells, in the form in which the file has them."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    return list(content["cells"])


def kept_outputs(step: Step) -> list[str]:
    """Find cells whose output was left in the file, where it would grow old."""
    if not step.notebook.is_file():
        return [f"notebooks/{step.slug}.ipynb: is missing"]
    return [
        f"notebooks/{step.slug}.ipynb: cell {number} keeps its output:"
        " clear all outputs, then save"
        for number, cell in enumerate(cells(step.notebook), 1)
        if cell.get("outputs") or cell.get("execution_count")
    ]


def fixed_package(step: Step) -> list[str]:
    """Find code that names a step besides the one line that the reader may change."""
    if not step.notebook.is_file():
        return [f"notebooks/{step.slug}.ipynb: is missing"]
    code = [one for one in cells(step.notebook) if one["cell_type"] == "code"]
    lines = [line for one in code for line in "".join(one["source"]).splitlines()]
    chosen = f"import {step.name} as framework"
    where = f"notebooks/{step.slug}.ipynb"
    if not code or chosen not in "".join(code[0]["source"]).splitlines():
        return [f"{where}: its first cell lacks the line {chosen!r}"]
    return [
        f"{where}: {line.strip()!r} names a step: say `framework`, so that the first"
        " cell chooses"
        for line in lines
        if re.search(r"\bstep\d\d_", line) and line != chosen
    ]


def broken_notebook(step: Step) -> list[str]:
    """Execute a notebook in a process of its own; return its error, if any."""
    if not step.notebook.is_file():
        return [f"notebooks/{step.slug}.ipynb: is missing"]
    process = subprocess.run(
        [sys.executable, "-m", __name__, str(step.notebook)],
        env=environment(PYTHONPATH=str(step.root / "steps")),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if process.returncode == 0:
        return []
    # the kernel's own warnings come first
    error = (process.stderr.strip().splitlines() or ["does not run"])[-1]
    return [f"notebooks/{step.slug}.ipynb: {error}"]


def execute(notebook: Path) -> str | None:
    """Run all cells; return the first error, with its cell."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    # these have no type hints
    read = nbformat.read(notebook, 4)  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(notebook.parent)}}
    try:
        NotebookClient(read, timeout=SECONDS, resources=resources).execute()
    except CellExecutionError as error:
        ran = [cell for cell in read.cells if cell.get("execution_count")]
        number = read.cells.index(ran[-1]) + 1 if ran else 1
        return f"cell {number}: {error.ename}: {error.evalue}"
    return None


if __name__ == "__main__":
    sys.exit(execute(Path(sys.argv[1])))
