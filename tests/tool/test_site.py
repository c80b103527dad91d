"""The site: its pages, its links, its pictures, and how it is built."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import pytest

from costrel.core import svg
from costrel.core.differences import FilePair
from costrel.core.files import sync
from costrel.core.ladder import Ladder, Problem, find_root
from costrel.core.plan import read_plan
from costrel.core.sentences import sentence
from costrel.site import notebook_output, pages, search, step_pages
from costrel.site.build import Site
from costrel.site.links import Linker, fenced
from costrel.site.search import LEFT_OUT
from costrel.testing import marks
from costrel.weave import ladder_picture
from costrel.weave.map import map_picture, request_path
from costrel.weave.map.modules import Anatomy
from costrel.workshop.explain import teaching

ROOT = find_root()

APP_1 = '''"""The application."""


class App:
    def __call__(self, environ, start_response):
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ, start_response):
        start_response("200 OK", [])
        return [encode(self.dispatch(environ))]

    def dispatch(self, environ):
        """Call the view."""
        view = environ["view"]
        return view()


def encode(text):
    return text.encode()
'''
APP_2 = (
    APP_1.replace("def encode(text):\n    return text.encode()\n", "")
    .replace('application."""\n', 'application."""\n\nfrom .wrappers import encode\n')
    .replace('view = environ["view"]', 'view = environ["the view"]')
    .rstrip()
    + "\n"
)
WRAPPERS = '"""Text."""\n\n\ndef encode(text):\n    return text.encode()\n'
DEMO = """from . import App

framework = App()


def view():
    return "Hello"


def app(environ, start_response):
    environ["view"] = environ["the view"] = view
    return framework(environ, start_response)
"""
INIT = "from .app import App\n"
CHAPTER = """---
title: "The first"
description: It answers.
date: 2026-11-21
---
# 1. The first

<!-- card -->

| Step 1 | `steps/step01_wsgi` |
| --- | --- |
| Tests | 1 |

<!-- /card -->

Read [the code](../steps/step01_wsgi/app.py), [the tests](../tests/step01_wsgi),
[the notebook](../notebooks/01-wsgi.ipynb),
[an exercise](../exercises/01-wsgi/head/task.md),
[the front page](index.md#the-steps) and [the licence](../LICENSE).

```python title="step01_wsgi/app.py: encode"
def encode(text):
    return text.encode()
```
"""
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": ["# It runs\n", "\n", "Try."],
        },
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": "print('hello')",
            "outputs": [],
        },
    ],
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


@pytest.fixture
def book(tmp_path) -> Path:
    """A book of two steps, the first with everything that a chapter has."""
    write(
        tmp_path,
        {
            "LICENSE": "Free.\n",
            "steps/step01_wsgi/__init__.py": INIT,
            "steps/step01_wsgi/app.py": APP_1,
            "steps/step01_wsgi/demo.py": DEMO,
            "steps/step02_wrappers/__init__.py": INIT,
            "steps/step02_wrappers/app.py": APP_2,
            "steps/step02_wrappers/demo.py": DEMO,
            "steps/step02_wrappers/wrappers.py": WRAPPERS,
            "tests/step01_wsgi/test_app.py": "def test_it_answers():\n    pass\n",
            "notebooks/01-wsgi.ipynb": json.dumps(NOTEBOOK),
            "exercises/01-wsgi/head/task.md": "# Head\n\n```python\n# kept\n```\n",
            "exercises/01-wsgi/head/test_head.py": "def test_head():\n    pass\n",
            "exercises/01-wsgi/head/solution.py": "answer = 42\n",
            "chapters/01-wsgi.md": CHAPTER,
            "chapters/index.md": "# Front\n\n![The ladder](assets/ladder.svg)\n\n"
            "## The steps\n\n<!-- steps -->\n",
        },
    )
    for name in ("chapters/ladder.toml", "mkdocs.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "theme", tmp_path / "theme")
    return tmp_path


@pytest.fixture
def ladder(book) -> Ladder:
    return Ladder(book)


@pytest.fixture
def site(ladder) -> dict[str, str | bytes]:
    return pages.collect(ladder)


# --- links


@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("../steps/step01_wsgi/app.py", "code/01-wsgi.md#app-py"),
        ("../steps/step01_wsgi", "code/01-wsgi.md"),
        ("../tests/step01_wsgi/test_app.py", "tests/01-wsgi.md#test-app-py"),
        ("../notebooks/01-wsgi.ipynb", "notebooks/01-wsgi.md"),
        ("../exercises/01-wsgi/head/task.md", "exercises/01-wsgi.md#head"),
        ("index.md#the-steps", "index.md#the-steps"),
        ("../LICENSE", "files/LICENSE.md"),
        ("https://example.org/", "https://example.org/"),
        ("#a-section", "#a-section"),
        ("../no/such/file.py", "../no/such/file.py"),
    ],
)
def test_link_of_a_chapter_leads_to_the_page_that_shows_it(ladder, target, page):
    chapter = ladder.get(1).chapter

    text = Linker(ladder).rewrite(f"Read [it]({target}).", chapter, "01-wsgi.md")

    assert text == f"Read [it]({page})."


def test_link_from_a_folder_climbs_out_of_it(ladder):
    task = ladder.get(1).exercises / "head" / "task.md"

    text = Linker(ladder).rewrite(
        "[it](../../../chapters/01-wsgi.md)", task, "exercises/01-wsgi.md"
    )

    assert text == "[it](../01-wsgi.md)"


@pytest.mark.parametrize(
    "text",
    ["```text\n[it](../LICENSE)\n```", "see `[it](../LICENSE)` there"],
)
def test_link_within_code_stays(ladder, text):
    chapter = ladder.get(1).chapter

    assert Linker(ladder).rewrite(text, chapter, "01-wsgi.md") == text


def test_linked_file_of_the_repository_gets_a_page(site):
    assert "Free." in site["files/LICENSE.md"]


def test_drawing_is_put_into_the_page(ladder, book):
    write(book, {"chapters/assets/a.svg": "<svg>\n\n<g/></svg>"})

    text = Linker(ladder).rewrite(
        "![alt](assets/a.svg)", ladder.get(1).chapter, "01-wsgi.md"
    )

    assert text == f'<figure class="drawing" {LEFT_OUT}>\n<svg>\n<g/></svg>\n</figure>'


def test_fence_is_longer_than_what_it_holds():
    assert fenced("```\nx\n```", "text").startswith("````text\n")


# --- pages


def test_chapter_says_where_in_the_book_it_is(site):
    page = site["01-wsgi.md"]

    assert "Part I · A request, a response" in page
    assert "Step 1 of 31" in page


def test_front_matter_of_a_chapter_stays_first(site):
    assert site["01-wsgi.md"].startswith('---\ntitle: "WSGI: The first"\n')


def test_place_of_a_chapter_stands_below_its_title(site):
    text = site["01-wsgi.md"]

    assert '\n# 1. The first\n\n<p class="place-line">' in text


def test_card_can_be_styled(site):
    card = f'<section class="card" {LEFT_OUT} markdown="1">\n\n\n| Step 1 |'

    assert card in site["01-wsgi.md"]


def test_chapter_ends_with_links_to_what_is_behind_it(site):
    end = site["01-wsgi.md"].rpartition('<div class="behind"')[2]

    for kind in ("changes", "code", "tests", "notebooks", "exercises"):
        assert f"({kind}/01-wsgi.md)" in end


def test_only_what_exists_is_linked(ladder):
    end = step_pages.links(ladder.get(2))

    assert "changes/02-wrappers.md" in end
    assert "notebooks" not in end
    assert "exercises" not in end


def test_front_page_links_written_steps_and_marks_those_to_come(site):
    front = site["index.md"]

    assert '<a href="01-wsgi.html">WSGI</a>' in front
    assert '<li class="to-come"><b>Requests and responses</b>' in front
    assert len(re.findall(r"<li[ >]", front)) == 31
    assert 'class="rungs"' in front


def test_missing_front_page_is_told_in_a_sentence(ladder, book):
    (book / "chapters" / "index.md").unlink()

    with pytest.raises(Problem, match=r"index\.md is missing"):
        pages.collect(ladder)


def test_broken_list_of_parts_is_told_in_a_sentence(ladder, book):
    write(book, {"chapters/ladder.toml": "[[part"})

    with pytest.raises(Problem, match=r"ladder\.toml"):
        pages.collect(ladder)


def test_first_step_is_shown_without_marks(site):
    page = site["changes/01-wsgi.md"]

    assert '```python title="step01_wsgi/app.py"' in page
    assert "```diff" not in page
    assert step_pages.SWITCH not in page


def test_changed_file_is_a_difference_and_a_new_one_is_plain(site):
    page = site["changes/02-wrappers.md"]

    assert '```diff title="step02_wrappers/app.py"' in page
    assert '```python title="step02_wrappers/wrappers.py"' in page
    assert "-def encode(text):" in page
    assert "demo.py" not in page
    assert step_pages.SWITCH in page


@pytest.mark.parametrize(
    ("edited", "kind"),
    [
        ("steps/step01_wsgi/app.py", "changes"),
        ("steps/step02_wrappers/app.py", "code"),
        ("tests/step02_wrappers/test_two.py", "tests"),
        # an earlier step's tests, in the interface
        ("tests/step01_wsgi/test_one.py", None),
    ],
)
def test_pages_of_code_are_made_again_when_something_changed(
    ladder, book, edited, kind
):
    def made():
        step = ladder.get(2)
        state = step_pages.state(ladder, step)
        return step_pages.made_of_code(step, ladder.before(step), state)

    write(book, {edited: "def test_it():\n    assert True\n"})
    before = made()
    assert made() is before

    write(book, {edited: "def test_that():\n    assert 1\n"})

    assert made() is not before
    assert kind is None or made()[kind] != before[kind]


def test_removed_file_is_shown(ladder, book):
    (book / "steps" / "step02_wrappers" / "demo.py").unlink()

    page = pages.collect(ladder)["changes/02-wrappers.md"]

    assert "## `demo.py` <small>removed</small>" in page
    assert "-framework = App()" in page


def test_far_hunks_are_separated():
    old = "\n".join(map_lines := [f"line{n}" for n in range(30)])
    new = old.replace("line2\n", "first\n").replace("line27", "second")

    pair = FilePair("lines.txt", old.encode(), new.encode())
    lines = step_pages.difference(pair).split("\n")

    assert lines.count(" ...") == 1
    assert len(lines) < len(map_lines)


def test_tests_are_told_as_sentences(site):
    sentence = '- <span id="test-app-py-test-it-answers">It answers</span>\n'

    assert sentence in site["tests/01-wsgi.md"]


def test_solution_is_behind_a_closed_lid(site):
    page = site["exercises/01-wsgi.md"]
    lid = page[page.index("<summary>A solution") - 40 :]

    assert "<details" in lid
    assert "open" not in lid.partition("</details>")[0]
    assert "answer = 42" in lid


def test_heading_of_a_task_gets_its_anchor_and_code_keeps_its_comments(site):
    page = site["exercises/01-wsgi.md"]

    assert f"## Head {{ #head {LEFT_OUT} }}" in page
    assert "\n[Head](#head)\n" in page
    assert "\n# kept\n" in page


def test_notebook_becomes_a_page(site):
    page = site["notebooks/01-wsgi.md"]

    assert "## It runs" in page
    assert "```python\nprint('hello')\n```" in page
    lid = page.partition("<summary>What it says</summary>")[2]
    assert lid.startswith("\n\n```text\nhello\n```\n\n</details>")
    assert site["notebooks/01-wsgi.ipynb"] == json.dumps(NOTEBOOK).encode()


def test_cell_says_what_it_prints_and_the_value_of_its_last_line():
    cells = ["import asyncio\nbird = 'wren'", "print('a')\nbird", "None", "bird;"]
    cells += ["await asyncio.sleep(0, {'b': bird})", "1 / 0", "print('never')"]

    assert notebook_output.play(cells) == [
        "", "a\n'wren'", "", "'wren'", "{'b': 'wren'}",
        "ZeroDivisionError: division by zero",
    ]  # fmt: skip


def test_notebook_is_played_again_after_an_edit_of_its_step(ladder, book):
    cells = [{"cell_type": "code", "source": "import step01_wsgi.app as a\na.__doc__"}]
    text = json.dumps(NOTEBOOK | {"cells": cells})
    write(book, {"notebooks/01-wsgi.ipynb": text})
    step = ladder.get(1)

    assert notebook_output.said(step, fresh=True) == ["'The application.'"]
    app = step.package / "app.py"
    app.write_text(app.read_text("utf-8").replace("The application", "Mine"), "utf-8")

    assert notebook_output.said(step, fresh=False) == ["'The application.'"]
    assert notebook_output.said(step, fresh=True) == ["'Mine.'"]


def test_notebook_is_run_in_the_browser_where_that_was_built(ladder, site):
    link = 'href="../lite/notebooks/index.html?path=01-wsgi.ipynb">Run in the browser<'

    built = pages.collect(ladder, in_browser=True)

    assert link in built["notebooks/01-wsgi.md"]
    assert "Run in the browser" not in site["notebooks/01-wsgi.md"]


def test_broken_notebook_is_told_in_a_sentence(ladder, book):
    write(book, {"notebooks/01-wsgi.ipynb": "{"})

    with pytest.raises(Problem, match=r"01-wsgi\.ipynb is broken"):
        pages.collect(ladder)


def test_reference_shows_the_modules_of_the_newest_step(site):
    assert "::: step02_wrappers.app" in site["reference/app.md"]
    assert "::: step02_wrappers.wrappers" in site["reference/wrappers.md"]
    assert "[`app`](reference/app.md)" in site["reference.md"]
    assert "reference/demo.md" not in site


def test_reference_names_the_modules_of_a_folder_and_leaves_out_the_demos(ladder, book):
    package = "steps/step02_wrappers"
    inside = {
        f"{package}/security/{name}.py": WRAPPERS for name in ("__init__", "csrf")
    }
    write(book, {**inside, f"{package}/extensions/guests.py": WRAPPERS})

    made = pages.collect(ladder)

    assert "::: step02_wrappers.security\n" in made["reference/security.md"]
    assert "::: step02_wrappers.security.csrf" in made["reference/security.csrf.md"]
    assert not [page for page in made if "guests" in page and "reference" in page]


def test_reference_has_the_names_that_are_no_function_and_no_class(ladder, book):
    package = book / "steps" / "step02_wrappers"
    (package / "__init__.py").write_text(f"{INIT}from .wrappers import bird\n")
    wrappers = package / "wrappers.py"
    wrappers.write_text(f"{WRAPPERS}\n\n# the bird of the app\nbird = 'wren'\n")

    page = pages.collect(ladder)["reference.md"]

    assert "### `bird` { #bird }\n\nThe bird of the app.\n" in page
    assert "### `App`" not in page


def test_page_beside_flask_says_how_to_make_it_when_it_is_missing(site):
    assert "python -m costrel.promises.comparison" in site["flask.md"]
    assert "python -m costrel.promises.comparison" in site["safer.md"]


def test_pages_beside_flask_show_what_differs_with_its_reason(ladder, book):
    row = {"step": 1, "sentence": "It | answers", "reason": "ours is calmer"}
    row |= {"kind": "differs", "test": "tests/step01_wsgi/test_app.py::test_it"}
    row |= {"safer": False}
    write(book, {"chapters/assets/flask-table.json": json.dumps([row])})

    made = pages.collect(ladder)
    page, overview = made["flask/part-i.md"], made["flask.md"]

    assert (
        "| [It \\| answers](../tests/01-wsgi.md#test-app-py-test-it)"
        ' | <span class="kind differs">differs</span>: ours is calmer |' in page
    )
    assert "1 different on purpose" in overview
    assert "| [1. WSGI](flask/part-i.md#01-wsgi) |  | 1 |  |" in overview
    assert "[where we are safer than Flask](safer.md)" in overview
    assert '"flask/part-i.md"' in json.dumps(pages.navigation(ladder))


def test_page_of_what_is_safer_lists_by_step_what_flask_does(ladder, book):
    row = {"step": 1, "sentence": "It is calm", "reason": "", "kind": "same"}
    row |= {"test": "tests/step01_wsgi/test_app.py::test_it", "safer": False}
    mine = row | {"kind": "differs", "sentence": "It says nothing", "safer": True}
    mine |= {"reason": "Flask tells all"}
    write(book, {"chapters/assets/flask-table.json": json.dumps([row, mine])})

    page = pages.collect(ladder)["safer.md"]

    assert f"## 1. WSGI {{ {LEFT_OUT} }}\n\n[The chapter](01-wsgi.md)" in page
    where = "tests/01-wsgi.md#test-app-py-test-it"
    assert f"| [It says nothing]({where}) | Flask tells all |" in page
    assert "It is calm" not in page
    assert '"safer.md"' in json.dumps(pages.navigation(ladder))


def test_navigation_has_every_step_and_only_written_chapters(ladder):
    text = json.dumps(pages.navigation(ladder))

    assert '"1. WSGI": "01-wsgi.md"' in text
    assert '"02-wrappers.md"' not in text
    assert '"changes/02-wrappers.md"' in text


# --- the map


def test_request_is_followed_through_the_functions_that_it_enters(ladder):
    calls = request_path.trace(ladder.get(2), {"path": "/"})

    assert [(call.depth, call.name, call.module) for call in calls] == [
        (0, "app", "demo"),
        (1, "App.__call__", "app"),
        (2, "App.wsgi_app", "app"),
        (3, "App.dispatch", "app"),
        (4, "view", "demo"),
        (3, "encode", "wrappers"),
    ]


def test_functions_without_a_name_and_second_values_are_no_stations(ladder):
    demo = ladder.get(1).package / "demo.py"
    demo.write_text(
        """
def parts(text):
    yield from text
    yield "!"

def outer():
    def inner():
        return [letter for letter in parts("Wren")]
    return inner()

def app(environ, start_response):
    class Local:
        size = max((1, 2), key=lambda value: -value)
    start_response("200 OK", [])
    return ["".join(outer()).encode()]
""",
        encoding="utf-8",
    )

    calls = request_path.trace(ladder.get(1), {"path": "/"})

    assert [(call.depth, call.symbol) for call in calls] == [
        (0, "app"),
        (1, "outer"),
        (2, "parts"),
    ]
    watched = tracing_of(ladder, demo.parent.name)
    assert watched == ["app", "outer", "outer.<locals>.inner", "parts"]


def tracing_of(ladder, name):
    """Return the names of all functions that the request to `/` enters."""
    done = subprocess.run(
        [sys.executable, "-m", "costrel.weave.map.tracing", name, '{"path": "/"}'],
        env=os.environ | {"PYTHONPATH": str(ladder.root / "steps")},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [entered[2] for entered in json.loads(done.stdout)]


def calls_of(*listed):
    """Make calls of words such as `2 demo.index`: a depth, a module and a name."""
    split = [words.partition(" ") for words in listed]
    return [
        request_path.Call(int(depth), *name.split(".", 1)) for depth, _, name in split
    ]


def test_what_a_caller_calls_again_is_left_out_with_all_below_it():
    first = calls_of("0 app.answer", "1 ctx.push", "2 app.send", "1 app.view")
    again = calls_of("1 ctx.push", "2 app.bind", "1 app.send")

    shown = list(request_path.once_for_each_caller([*first, *again]))

    assert shown == [*first, *calls_of("1 app.send")]


def test_what_a_function_calls_in_itself_is_its_own():
    calls = calls_of("0 app.tag", "1 app.tag", "2 app.is", "2 app.tag", "3 app.end")

    assert list(request_path.without_itself(calls)) == calls_of(
        "0 app.tag", "1 app.is", "1 app.end"
    )


def test_below_the_demo_nothing_is_shown_again():
    calls = calls_of(
        "0 app.answer", "1 ctx.current", "1 demo.view", "2 ctx.current", "3 app.x",
        "2 app.url", "1 ctx.current",
    )  # fmt: skip

    assert list(request_path.once_below_the_demo(calls)) == calls_of(
        "0 app.answer", "1 ctx.current", "1 demo.view", "2 app.url", "1 ctx.current"
    )


def test_what_the_demo_writes_is_written_elsewhere(ladder):
    demo = ladder.get(1).package / "demo.py"
    text = demo.read_text(encoding="utf-8")
    write_it = "__import__('pathlib').Path(__file__).with_name('x').touch()\n    return"
    demo.write_text(text.replace("return framework", f"{write_it} framework"), "utf-8")

    assert request_path.trace(ladder.get(1), {"path": "/"})
    assert not demo.with_name("x").exists()


def test_request_without_an_answer_is_named(ladder):
    demo = ladder.get(1).package / "demo.py"
    demo.write_text("app = None\n", encoding="utf-8")
    visit = {"method": "POST", "path": "/guests", "query_string": "a=1"}

    with pytest.raises(
        Problem, match=r"step01_wsgi doesn't answer POST /guests\?a=1: T"
    ):
        request_path.trace(ladder.get(1), visit)


def test_list_of_parts_says_which_request_is_followed(ladder):
    assert request_path.visit_of(ladder, ladder.get(1)) == {"path": "/"}
    (ladder.root / "chapters/ladder.toml").write_text(
        '[[part]]\nsteps = [{ name = "step02_wrappers", visit = { path = "/x" } }]\n',
        encoding="utf-8",
    )
    assert request_path.visit_of(ladder, ladder.get(2)) == {"path": "/x"}
    assert request_path.visit_of(ladder, ladder.get(1)) == {"path": "/"}


def test_template_is_a_station_under_its_own_name():
    template = request_path.Call(3, "templates/index.html", "root")

    assert template.name == "index.html"
    assert map_picture.where(template) == "a template"


def test_map_marks_what_is_new_and_what_changed(ladder):
    drawing, alt = map_picture.draw(ladder, ladder.get(2))

    assert alt == (
        "Map of step02_wrappers: GET / enters 6 functions"
        " (new: encode; changed: App.dispatch). Modules: new: wrappers; changed: app."
    )
    assert "+ new" in drawing
    assert "~ changed" in drawing
    assert "as before: demo" in drawing


def test_map_of_the_first_step_is_all_new(ladder):
    _, alt = map_picture.draw(ladder, ladder.get(1))

    assert alt == (
        "Map of step01_wsgi: GET / enters 6 functions (all new)."
        " Modules: new: demo, app."
    )


def test_map_counts_what_the_step_did_not_touch(ladder):
    marks = map_picture.Marks(Anatomy(ladder.get(2)), Anatomy(ladder.get(1)))
    start, wsgi, *others, view, after = [
        request_path.Call(0, "app", "App.__call__"),
        request_path.Call(1, "app", "App.wsgi_app"),
        request_path.Call(3, "app", "first"),
        request_path.Call(2, "app", "second"),
        request_path.Call(2, "demo", "view"),
        request_path.Call(2, "app", "third"),
    ]

    rows = map_picture.touched([start, wsgi, *others, view, after], marks)

    # one name takes as much room as a count
    assert rows == [start, wsgi, map_picture.Gap(tuple(others)), view, after]
    assert rows[2].depth == 2


def test_description_of_a_map_does_not_grow_with_the_code():
    names = [f"name{number}" for number in range(20)]

    assert map_picture.listed({"new": names, "changed": []}).endswith(
        ", name7 and 12 more"
    )


def test_map_is_drawn_the_same_each_time(ladder):
    assert map_picture.draw(ladder, ladder.get(2)) == map_picture.draw(
        ladder, ladder.get(2)
    )


def test_map_has_colours_of_its_own_for_light_and_dark(ladder):
    drawing, _ = map_picture.draw(ladder, ladder.get(2))

    assert "prefers-color-scheme:dark" in drawing
    assert "var(--book-ink,#" in drawing


@pytest.mark.parametrize("step", Ladder(ROOT).steps, ids=lambda step: step.name)
def test_map_of_every_step_can_be_drawn(step):
    drawing, alt = map_picture.draw(Ladder(ROOT), step)

    assert drawing.startswith("<svg")
    assert "App.wsgi_app" in drawing
    assert len(alt) < 800
    for words in ElementTree.fromstring(drawing).iter(
        "{http://www.w3.org/2000/svg}text"
    ):
        x, size = float(words.attrib["x"]), float(words.attrib["font-size"])
        edge = map_picture.RIGHT if x < map_picture.RIGHT else map_picture.WIDTH
        if words.attrib.get("class", "").endswith("mono") and words.text:
            assert x + svg.mono_width(words.text, size) < edge, words.text
        elif words.attrib.get("class") == "muted" and words.text.startswith("in "):
            assert x + map_picture.sans_width(words.text) < edge, words.text


def test_ladder_of_the_front_page_has_a_rung_for_every_step():
    parts = tomllib.loads((ROOT / "chapters/ladder.toml").read_text("utf-8"))["part"]

    drawing = ladder_picture.draw(parts, {"step01_wsgi": "01-wsgi.html"})

    assert "31 steps in 6 parts; 1 of them are written" in drawing
    assert drawing.count("<a href=") == 1
    assert drawing.count("stroke-dasharray") == 30


def test_steps_of_the_book_are_listed_under_their_names():
    parts = tomllib.loads((ROOT / "chapters/ladder.toml").read_text("utf-8"))["part"]
    listed = [step["name"] for part in parts for step in part["steps"]]

    assert [int(name[4:6]) for name in listed] == list(range(1, 32))
    assert {step.name for step in Ladder(ROOT).steps} <= set(listed)


# --- tests


def test_a_test_is_listed_as_a_sentence_with_its_marks():
    source = """
import pytest

@pytest.mark.attack
@pytest.mark.until(step=9, reason="later, *it* differs")
def test_stranger_is_refused(): ...

@pytest.mark.parametrize("x", [1])
@pytest.mark.once("it takes a minute")
@pytest.mark.differs("Flask tells all", safer=True)
def test_plain(x): ...
"""

    assert list(step_pages.promises(source)) == [
        (
            "test_stranger_is_refused",
            "Stranger is refused · `until` (9, later, \\*it\\* differs)",
        ),
        (
            "test_plain",
            "Plain · `once` (it takes a minute) · `differs` (Flask tells all, safer)",
        ),
    ]


def test_a_possessive_in_a_test_s_name_has_its_apostrophe():
    name = "test_413_has_the_app_s_own_page"
    expected = "413 has the app's own page"

    assert list(step_pages.promises(f"def {name}(): ...")) == [(name, expected)]
    assert sentence(name) == expected


def test_each_mark_with_a_reason_is_listed():
    # those with numbers excuse nothing: they have a page of their own
    assert set(step_pages.EXCUSES) == marks.NEEDED.keys() - {*marks.SEVERAL}


# --- what is found


def test_chapter_is_found_by_its_topic_and_the_names_that_it_brings(ladder, book):
    init = book / "steps" / "step02_wrappers" / "__init__.py"
    init.write_text(f"{INIT}from .wrappers import encode\n")

    found = search.topics(read_plan(ladder), ladder.get(2), ladder.get(1))

    assert found[0] == "Requests and responses"
    assert "encode" in found
    assert "App" not in found


def test_page_that_is_found_by_its_title_has_no_section_to_search():
    page = (
        "# T\n\n## A { #a }\n\n```sh\n## no heading\n```\n\n## `b.py` <small>+1</small>"
    )

    assert search.by_title(page).split("\n") == [
        "# T", "", f"## A {{ #a {LEFT_OUT} }}", "", "```sh", "## no heading", "```",
        "", f"## `b.py` <small>+1</small> {{ {LEFT_OUT} }}",
    ]  # fmt: skip


def test_index_keeps_what_is_read_and_loses_what_only_costs(tmp_path):
    file = tmp_path / "index.json"
    top = {"location": "a.html", "title": "A", "tags": ["T"]}
    docs = [top | {"text": "<p>Call <code>é</code></p><pre>x\ny</pre>"}]
    docs.append(top | {"location": "a.html#b", "text": ""})
    file.write_text(json.dumps({"docs": docs}))

    search.shrink(file)

    first, second = json.loads(file.read_text("utf-8"))["docs"]
    assert first == top | {"text": "<p>Call é</p>"}
    assert "tags" not in second


# --- versions


def locked_versions() -> dict[str, str]:
    """Read the versions of all packages: Python's, and npm's."""
    found = {}
    for group in ("dev", "pyodide"):
        lock = (ROOT / f"requirements/{group}.txt").read_text("utf-8")
        found |= re.findall(r"^([\w.-]+)==(\S+)", lock, re.M)
    npm = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for path in npm:
        found.setdefault(path.removeprefix("node_modules/"), npm[path].get("version"))
    return found


def test_versions_page_names_the_locked_versions():
    locked = locked_versions()
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:3]]
        for line in (ROOT / "chapters/versions.md").read_text("utf-8").splitlines()
        if line.startswith("| `")
    ]

    assert {name: locked.get(name) for name, _ in rows} == dict(rows)


def test_versions_page_has_every_dependency_of_the_book():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {
        name_of(entry)
        for group in groups["dependency-groups"].values()
        for entry in group
        if isinstance(entry, str)
    }
    npm = json.loads((ROOT / "package.json").read_text("utf-8"))
    wanted |= npm["dependencies"].keys() | npm["devDependencies"].keys()
    page = (ROOT / "chapters/versions.md").read_text(encoding="utf-8")

    assert {name for name in wanted if f"| `{name}` |" not in page} == set()


def name_of(requirement: str) -> str:
    for mark in "[<>=~;! ":
        requirement = requirement.partition(mark)[0]
    return requirement


# --- building


def test_files_of_a_build_are_touched_only_when_they_change(tmp_path):
    sync(tmp_path, {"a.md": "one", "b/c.md": "two"})
    before = (tmp_path / "a.md").stat().st_mtime_ns

    sync(tmp_path, {"a.md": "one", "d.md": "three"})

    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert not (tmp_path / "b" / "c.md").exists()
    assert (tmp_path / "d.md").read_text(encoding="utf-8") == "three"


def test_folders_that_are_kept_are_left_alone(tmp_path):
    sync(tmp_path, {"a.md": "one", "lite/b.html": "two", "old.md": "three"})

    sync(tmp_path, {"a.md": "one"}, kept=("lite",))

    assert (tmp_path / "lite" / "b.html").is_file()
    assert not (tmp_path / "old.md").exists()


def test_what_did_not_change_is_parsed_once():
    ladder = Ladder(ROOT)
    pages.collect(ladder)

    with (
        mock.patch.object(ast, "parse", wraps=ast.parse) as python,
        mock.patch.object(teaching, "parsed", wraps=teaching.parsed) as asked,
        mock.patch.object(tomllib, "loads", wraps=tomllib.loads) as toml,
    ):
        pages.collect(ladder)

    assert asked.called
    assert python.call_args_list == []
    # the list of parts alone, which is short
    assert toml.call_count < len(ladder.steps)


def test_fingerprint_changes_with_a_step(book):
    first = Site(book).write()
    write(book, {"steps/step01_wsgi/app.py": APP_1 + "\nx = 1\n"})

    assert Site(book).write() != first


def run(book: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    pytest.importorskip("mkdocs", reason="the site's packages are not installed")
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=book,
        env=os.environ | {"COSTREL_ROOT": str(book), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_site_is_built_where_it_is_wanted(book, tmp_path):
    built = run(book, "costrel", "read", "--build", str(tmp_path / "public"))

    assert built.returncode == 0, built.stderr
    page = (tmp_path / "public" / "01-wsgi.html").read_text(encoding="utf-8")
    assert '<span class="nf">encode</span>(text):' in page
    assert 'href="code/01-wsgi.html#app-py"' in page


@pytest.mark.skipif(sys.platform == "win32", reason="wants a PATH without Node")
def test_site_is_built_without_node_and_says_so(book, tmp_path, monkeypatch):
    (tmp_path / "programs").mkdir()
    # the feed's plugin wants it
    (tmp_path / "programs" / "git").symlink_to(shutil.which("git"))
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))

    built = run(book, "costrel", "read", "--with-browser", "--build")

    assert built.returncode == 0, built.stderr
    assert built.stdout.splitlines()[0] == (
        "npm is not installed, so the site is built without what runs in the browser."
    )
    assert not (book / "build" / "site" / "lite").exists()
    page = (book / "build/site/notebooks/01-wsgi.html").read_text(encoding="utf-8")
    assert "Run in the browser" not in page


def test_broken_link_fails_the_build_and_is_named(book):
    write(book, {"chapters/01-wsgi.md": f"{CHAPTER}\n[gone](no-such-page.md)\n"})

    built = run(book, "costrel", "read", "--build")

    assert built.returncode != 0
    assert "no-such-page.md" in built.stderr
    assert "Traceback" not in built.stderr


def test_block_that_is_not_closed_fails_the_build_and_is_named(book):
    write(book, {"chapters/01-wsgi.md": f"{CHAPTER}\n```python\nlost = True\n"})
    line = CHAPTER.count("\n") + 2

    built = run(book, "costrel", "read", "--build")

    assert built.returncode == 1
    assert f"chapters/01-wsgi.md:{line}: the block that ``` opens here" in built.stderr


def test_broken_anchor_fails_the_build(book):
    write(book, {"chapters/01-wsgi.md": f"{CHAPTER}\n[gone](index.md#nowhere)\n"})

    built = run(book, "costrel", "read", "--build")

    assert built.returncode != 0
    assert "nowhere" in built.stderr


def test_broken_block_fails_the_build(book):
    block = '\n```diff title="step01_wsgi/app.py"\nno mark\n```\n'
    write(book, {"chapters/01-wsgi.md": CHAPTER + block})

    built = run(book, "costrel", "read", "--build")

    assert built.returncode != 0
    assert "'no mark'" in built.stderr


def test_folder_with_other_files_is_not_overwritten(book, tmp_path):
    write(tmp_path, {"mine/letter.txt": "dear"})

    built = run(book, "costrel", "read", "--build", str(tmp_path / "mine"))

    assert built.returncode != 0
    assert "would be deleted" in built.stderr
    assert (tmp_path / "mine" / "letter.txt").is_file()


@pytest.mark.parametrize("builder", ["properdocs", "zensical"])
def test_another_builder_makes_the_same_pages(book, builder):
    pytest.importorskip(builder, reason=f"{builder} is not installed")
    Site(book).write()

    built = run(
        book, builder, "build", "--strict", "-f", str(book / "build" / "mkdocs.yml")
    )

    assert built.returncode == 0, built.stdout + built.stderr
    page = (book / "build" / "site" / "01-wsgi.html").read_text(encoding="utf-8")
    assert '<span class="nf">encode</span>(text):' in page
    reference = book / "build" / "site" / "reference" / "app.html"
    assert "Call the view." in reference.read_text("utf-8")
