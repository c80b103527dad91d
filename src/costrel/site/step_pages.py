"""The pages behind a chapter: what changed, code, tests, notebook, exercises."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from costrel.browser import jupyterlite
from costrel.core.anchors import anchor
from costrel.core.chapter import split_matter, with_code
from costrel.core.differences import (
    FilePair,
    contents,
    hunks,
    is_text,
    pairs,
)
from costrel.core.ladder import Ladder, Step, hidden
from costrel.core.notebook_file import joined, read_notebook
from costrel.core.sentences import sentence
from costrel.site import notebook_output
from costrel.site.flask_pages import clean, test_anchor
from costrel.site.links import Linker, fenced
from costrel.site.search import LEFT_OUT, by_title
from costrel.workshop import interface

NAMES = {
    "interface": "The interface",
    "changes": "What changed",
    "code": "The code",
    "tests": "The tests",
    "notebooks": "The notebook",
    "exercises": "The exercises",
}
GAP = " ..."
# the style sheet alone puts old lines beside new ones where this is on
SWITCH = (
    '<p class="switch"><label><input type="checkbox" id="sides">'
    " Old beside new</label></p>"
)
# the marks of tests that bend a rule, each with a reason; they are `marks`' matter,
# which needs pytest, and the site is made without it
EXCUSES = ("holds_before", "until", "once", "differs", "flask_only")


def pages(
    ladder: Ladder,
    step: Step,
    linker: Linker,
    in_browser: bool = False,
    fresh: bool = False,
) -> dict[str, str | bytes]:
    """Make the pages behind one chapter, by their paths below the docs.

    `in_browser` says that the site has what runs a notebook there; `fresh`, that
    notebooks are played again if their step has changed.
    """
    made = dict(made_of_code(step, ladder.before(step), state(ladder, step)))
    if step.notebook.is_file():
        made["notebooks"] = notebook(step, linker, in_browser, fresh)
    if tasks(step):
        made["exercises"] = exercises(step, linker)
    files: dict[str, str | bytes] = {
        f"{kind}/{step.slug}.md": by_title(text) for kind, text in made.items()
    }
    if step.notebook.is_file():
        files[f"notebooks/{step.slug}.ipynb"] = step.notebook.read_bytes()
    return files


@lru_cache(maxsize=128)
def made_of_code(
    step: Step, before: Step | None, state: tuple[object, ...]
) -> Mapping[str, str]:
    """Make the pages of a step's code and tests, unless they were made of the same."""
    return {
        "interface": interface_of(step, before),
        "changes": changes(step, before),
        "code": code(step),
        "tests": tests(step),
    }


def state(ladder: Ladder, step: Step) -> tuple[object, ...]:
    """Return what tells whether these pages would be others now: ages and sizes.

    The interface also depends on what earlier steps' tests ask.
    """
    sources = [each.tests for each in ladder.steps if each.number <= step.number]
    before = ladder.before(step)
    sources += [each.package for each in (before, step) if each]
    pages = (step.chapter, ladder.root / "chapters" / "workshop.md")
    return *map(changed, sources), *(page.is_file() for page in pages)


def changed(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """List the files in a folder, with when they changed last and their sizes."""
    found = (path for path in folder.rglob("*") if path.suffix != ".pyc")
    files = [path for path in found if path.is_file()]
    ages = ((str(path), path.stat()) for path in sorted(files))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in ages)


def kinds(step: Step) -> dict[str, str]:
    """Return the pages behind a step's chapter, with their titles."""
    missing = set()
    if not step.notebook.is_file():
        missing.add("notebooks")
    if not tasks(step):
        missing.add("exercises")
    return {kind: name for kind, name in NAMES.items() if kind not in missing}


def navigation(step: Step) -> list[object]:
    return [{name: f"{kind}/{step.slug}.md"} for kind, name in kinds(step).items()]


def links(step: Step) -> str:
    """Write the line at a chapter's end that leads to what is behind it."""
    items = [f"[{name}]({kind}/{step.slug}.md)" for kind, name in kinds(step).items()]
    return (
        '\n<div class="behind" role="group" aria-label="Behind this chapter"'
        f' {LEFT_OUT} markdown="1">\n\n'
        f"Step {step.number}: {' '.join(items)}\n\n</div>\n"
    )


def head(step: Step, kind: str, description: str) -> str:
    """Begin a page behind a chapter, with the way back to the chapter."""
    title = f"{NAMES[kind]} of step {step.number}"
    if kind == "changes":
        title = f"What changed in step {step.number}"
    back = ""
    if step.chapter.is_file():
        back = f' · <a href="../{step.slug}.html">Read the chapter</a>'
    return (
        f"---\ntitle: {title}\ndescription: {description}\n---\n# {title}\n\n"
        f'<p class="place-line"><span>{step.name}{back}</span></p>\n\n'
    )


# --- the interface


def interface_of(step: Step, before: Step | None) -> str:
    """Say what a step offers and what its tests ask, and nothing of how."""
    what = f"What {step.name} offers and what its tests ask, without its code."
    text = head(step, "interface", what)
    has_page = (step.root / "chapters" / "workshop.md").is_file()
    more = ": [how that goes](../workshop.md)" if has_page else ""
    return (
        f"{text}What you need to write this step yourself, and nothing of how ours does"
        f" it. `costrel start {step.number} mine` puts it beside your code{more}.\n\n"
        f"## What it offers {{ #offers }}\n\n{interface.markdown(step, before)}\n"
        f"## What the tests ask {{ #asks }}\n\n"
        "They come in this order. No later chapter needs the optional ones.\n\n"
        f"{interface.promises(step)}"
    )


# --- what changed


def changes(step: Step, before: Step | None) -> str:
    """Show every difference from the step before."""
    what = f"Every line that {step.name} adds or changes."
    text = head(step, "changes", what)
    if before is None:
        text += "The first step: every line is new. Nothing is marked.\n\n"
    else:
        text += (
            f"From `{before.name}` to `{step.name}`. New files are shown plain."
            f"\n\n{SWITCH}\n\n"
        )
    return text + "\n".join(differences(step, before))


def differences(step: Step, before: Step | None) -> Iterator[str]:
    for pair in pairs(before, step):
        note = f"+{pair.added} −{pair.removed}"
        if pair.old is None or pair.new is None:
            note = "new" if pair.old is None else "removed"
        title = f"{step.name}/{pair.name}"
        if pair.old is None or pair.binary:
            body = fenced(shown(pair.new or b""), lexer(pair.name), title)
        else:
            body = fenced(difference(pair), "diff", title)
        name = f"`{pair.name}` <small>{note}</small> {{ #{anchor(pair.name)} }}"
        yield f"## {name}\n\n{body}"


def shown(content: bytes) -> str:
    if is_text(content):
        return content.decode()
    return f"(a binary file of {len(content)} bytes)\n"


def difference(pair: FilePair) -> str:
    """Write a file's difference: marks, three lines around, and gaps between."""
    pieces = (
        "\n".join(line.mark + line.text.rstrip("\n") for line in piece)
        for piece in hunks(pair)
    )
    return f"\n{GAP}\n".join(pieces)


# --- code and tests


def lexer(name: str) -> str:
    suffixes = {
        ".py": "python",
        ".html": "html+jinja",
        ".css": "css",
        ".js": "javascript",
    }
    return suffixes.get(Path(name).suffix, "text")


def code(step: Step) -> str:
    """Show every file of a step."""
    text = head(step, "code", f"All of {step.name}, file by file.")
    text += f"The package `steps/{step.name}/` as it is after this chapter.\n\n"
    for name, content in contents(step).items():
        body = fenced(shown(content), lexer(name), f"{step.name}/{name}")
        text += f"## `{name}` {{ #{anchor(name)} }}\n\n{body}\n"
    return text


def tests(step: Step) -> str:
    """Show what a step promises, in sentences, and then the tests themselves."""
    what = f"What {step.name} promises, and the tests of it."
    text = head(step, "tests", what)
    text += f"Run them with `costrel test {step.number}`.\n\n"
    for path in sorted(step.tests.rglob("*.py")):
        name = path.relative_to(step.tests)
        if hidden(name):
            continue
        body = path.read_text(encoding="utf-8")
        text += f"## `{name.as_posix()}` {{ #{anchor(name.as_posix())} }}\n\n"
        text += "".join(
            f'- <span id="{test_anchor(path.name, test)}">{sentence}</span>\n'
            for test, sentence in promises(body)
        )
        title = f"tests/{step.name}/{name.as_posix()}"
        text += f"\n{fenced(body, 'python', title)}\n"
    return text


@lru_cache(maxsize=1024)
def promises(source: str) -> tuple[tuple[str, str], ...]:
    """Read the names of tests, and the sentences that they are, with their marks."""
    return tuple(
        (node.name, promise(node))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def promise(test: ast.FunctionDef) -> str:
    return sentence(test.name) + "".join(f" · {mark}" for mark in excuses(test))


def excuses(test: ast.FunctionDef) -> Iterator[str]:
    """Read the marks of a test that have a reason, and the reason."""
    for node in test.decorator_list:
        if not isinstance(node, ast.Call):
            continue
        mark = ast.unparse(node.func).removeprefix("pytest.mark.")
        if mark in EXCUSES:
            yield f"`{mark}` ({clean(', '.join(filter(None, given(node))))})"


def given(mark: ast.Call) -> Iterator[str | None]:
    """Read what a mark is given; an option that is on is said by its name."""
    yield from map(constant, mark.args)
    for keyword in mark.keywords:
        value = constant(keyword.value)
        yield keyword.arg if value == "True" else value


def constant(node: ast.expr) -> str | None:
    """Return a literal, such as a reason or a step, as text."""
    try:
        return str(ast.literal_eval(node))
    except ValueError:
        return None


# --- exercises


def tasks(step: Step) -> list[Path]:
    """List the folders of a step's exercises."""
    return sorted(path.parent for path in step.exercises.glob("*/task.md"))


def exercises(step: Step, linker: Linker) -> str:
    """Show the tasks, their tests, and the solutions behind a closed lid."""
    text = head(step, "exercises", f"The exercises of step {step.number}.")
    text += f"{' · '.join(map(task_link, tasks(step)))}\n\n"
    for folder in tasks(step):
        text += f"{exercise(step, folder, linker)}\n"
    return text


def task_link(folder: Path) -> str:
    """Link to a task on this page by its heading."""
    task = (folder / "task.md").read_text(encoding="utf-8")
    heading = re.search(r"^# (.*)$", task, re.M)
    return f"[{heading[1] if heading else folder.name}](#{anchor(folder.name)})"


def exercise(step: Step, folder: Path, linker: Linker) -> str:
    task = folder / "task.md"
    page = f"exercises/{step.slug}.md"
    body = linker.rewrite(task.read_text(encoding="utf-8"), task, page)
    body = lowered(split_matter(body)[1], anchor(folder.name))
    text = f"{body}\n\n"
    for path in sorted(folder.glob("test_*.py")):
        text += lid("Its tests", path, step)
    for path in sorted(folder.glob("solution*.py")):
        text += lid("A solution", path, step)
    return text


def lowered(text: str, first_anchor: str = "") -> str:
    """Put headings one level lower; the first may get an anchor of its own."""
    lines = []
    for line, is_code in with_code(text):
        if not is_code and re.match(r"#{1,5} ", line):
            line = f"#{line}" + (f" {{ #{first_anchor} }}" if first_anchor else "")
            first_anchor = ""
        lines.append(line)
    return "\n".join(lines)


def lid(summary: str, path: Path, step: Step) -> str:
    """Put a file behind a closed lid."""
    title = path.relative_to(step.root).as_posix()
    body = fenced(path.read_text(encoding="utf-8"), "python", title)
    return (
        f'<details class="lid" markdown="1">\n<summary>{summary}</summary>\n\n'
        f"{body}\n</details>\n\n"
    )


# --- notebook


def notebook(step: Step, linker: Linker, in_browser: bool, fresh: bool) -> str:
    """Show a notebook as a page: its text, its code, and what the code says."""
    text = head(step, "notebooks", f"The notebook of step {step.number}, as a page.")
    if in_browser:
        # not a Markdown link: what it leads to is no page, and would be missed
        text += (
            f'<a class="start" href="../{jupyterlite.address(step)}">Run in the browser'
            "</a>\n\nNothing is installed: Python comes with the page. "
        )
    text += (
        f"To run it on your machine: `costrel notebook {step.number}`, or"
        f" [download it]({step.slug}.ipynb).\n\n"
    )
    outputs = iter(notebook_output.said(step, fresh))
    for cell in read_notebook(step.notebook)["cells"]:
        text += f"{notebook_cell(cell, step, linker)}\n\n"
        if cell["cell_type"] == "code" and (said := next(outputs, "")):
            text += output(said)
    return text


def notebook_cell(cell: Any, step: Step, linker: Linker) -> str:
    source = joined(cell["source"])
    if cell["cell_type"] == "markdown":
        page = f"notebooks/{step.slug}.md"
        body = linker.rewrite(source, step.notebook, page)
        return lowered(body) if body.startswith("# ") else body
    if cell["cell_type"] != "code":
        return fenced(source, "text")
    return fenced(source, "python")


def output(said: str) -> str:
    """Put what a cell says behind a closed lid: some cells ask for a guess first."""
    return (
        '<details class="lid" markdown="1">\n<summary>What it says</summary>\n\n'
        f"{fenced(said, 'text')}\n</details>\n\n"
    )
