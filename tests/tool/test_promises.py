"""Each promise can be broken: on a small book, one thing at a time."""

import json

import pytest

from costrel.core.ladder import Ladder
from costrel.promises import (
    ascent,
    chapters,
    climb,
    comparison,
    dead_links,
    notebooks,
    servers,
    whole,
)
from costrel.promises.runs import Runs
from costrel.promises.servers import Visit

HELLO = "tests/step01_hello/test_hello.py"
MISSING = "tests/step02_missing/test_missing.py"
NAIVE = "tests/step01_hello/naive.py"

# the first step needs a naive version for its attack
CRASHING = """
from werkzeug.wrappers import Response

class App:
    def __init__(self, import_name):
        self.views = {}

    def route(self, path):
        return lambda view: self.views.setdefault(path, view)

    def __call__(self, environ, start_response):
        return Response("served by Wren 0.1")(environ, start_response)
"""

ATTACK_1 = """

@pytest.mark.attack
def test_page_tells_no_version():
    app = App(__name__)
    app.route("/")(lambda: "Hello")
    text = Client(app).get("/").text
    assert "0.1" not in text, "the attack worked: the page tells its version"
"""


def notebook(*sources, **more):
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        | more
        for number, source in enumerate(sources)
    ]
    return json.dumps(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    )


CHAPTER = """---
title: "Hello"
description: "A view that answers."
date: 2026-11-21
---

# 1. Hello

<!-- card -->
| Step 1 |
<!-- /card -->

Nothing answers yet.

```python title="framework/app.py"
app = App(__name__)
```

## A decision

> **Decision: what a view returns**
>
> Text.

![A bell that hangs over a door](assets/bell.svg)

WORDS

## A stranger

The attack fails. More in [the exercises](#exercises).

## What it costs

Little.

<!-- cost -->
A hundredth.
<!-- /cost -->

## In Flask

The same.

## Exercises

1. [Whisper](../exercises/01-hello/whisper/task.md)
2. [Shout](../exercises/01-hello/shout/task.md)

## Where we are

What is next?

<!-- map -->
A map.
<!-- /map -->

<!-- leftovers -->
Nothing.
<!-- /leftovers -->
""".replace(
    "WORDS", "\n".join(["Ten words that say nothing stand in for prose here."] * 250)
)

SOLUTION = """
from step01_hello import App

def NAME(text):
    return text.OTHER()
"""

EXERCISE = """
from exercise import App, NAME

def test_NAME():
    assert NAME("Text") == "Text".OTHER()

def test_app_is_as_before():
    assert App("x")
"""


def add_step_1(book):
    """Create all parts of the first step."""
    book.write(NAIVE, CRASHING)
    text = "import pytest\n" + (book.root / HELLO).read_text(encoding="utf-8")
    book.write(HELLO, text + ATTACK_1)
    book.write("chapters/01-hello.md", CHAPTER)
    book.write("chapters/assets/bell.svg", "<svg/>")
    book.write("notebooks/01-hello.ipynb", notebook("import step01_hello as framework"))
    for name, other in [("whisper", "lower"), ("shout", "upper")]:
        folder = f"exercises/01-hello/{name}"
        for file, code in [("solution.py", SOLUTION), (f"test_{name}.py", EXERCISE)]:
            filled = code.replace("NAME", name).replace("OTHER", other)
            book.write(f"{folder}/{file}", filled)
        book.write(f"{folder}/task.md", f"# {name}\n")


@pytest.fixture
def book(small_book):
    add_step_1(small_book)
    return small_book


def ladder(book):
    return Ladder(book.root)


def first(book):
    return ladder(book).steps[0]


def second(book):
    return ladder(book).steps[1]


def runs(book):
    return Runs(ladder(book))


def said(complaints):
    return "\n".join(complaints)


# --- the ladder is whole


def test_whole_step_has_no_complaint(book):
    assert whole.missing_parts(first(book)) == []
    assert whole.names_that_disagree(ladder(book)) == []
    assert whole.wrong_imports(second(book)) == []


@pytest.mark.parametrize(
    "part",
    [
        "steps/step01_hello/demo.py",
        "steps/step01_hello/__main__.py",
        "chapters/01-hello.md",
        "notebooks/01-hello.ipynb",
    ],
)
def test_missing_part_is_named(book, part):
    (book.root / part).unlink()

    assert whole.missing_parts(first(book)) == [f"{part}: is missing"]


@pytest.mark.parametrize("part", ["task.md", "solution.py", "test_shout.py"])
def test_missing_part_of_an_exercise_is_named(book, part):
    (book.root / "exercises/01-hello/shout" / part).unlink()

    complaints = said(whole.missing_parts(first(book)))
    assert "exercises/01-hello/shout: has no " in complaints


def test_step_without_tests_or_exercises_is_named(book):
    (book.root / MISSING).unlink()

    complaints = said(whole.missing_parts(second(book)))

    assert "tests/step02_missing: has no test_*.py" in complaints
    assert "exercises/02-missing: has 0 exercises" in complaints


def test_gap_in_the_numbers_is_named(book):
    book.add_step("step04_far", "class App: ...")

    assert "the numbers are [1, 2, 4]" in said(whole.names_that_disagree(ladder(book)))


@pytest.mark.parametrize(
    "name",
    ["chapters/01-helo.md", "tests/step03_gone/x.py", "exercises/02-mising/task.md"],
)
def test_part_that_belongs_to_no_step_is_named(book, name):
    book.write(name, "")

    complaints = said(whole.names_that_disagree(ladder(book)))
    assert f"{'/'.join(name.split('/')[:2])}: belongs to no step" in complaints


def test_step_that_the_front_page_does_not_list_is_named(book):
    listed = '[[part]]\nsteps = [{ name = "step01_hello" }]\n'
    book.write("chapters/ladder.toml", listed)

    complaints = whole.names_that_disagree(ladder(book))
    assert complaints == ["chapters/ladder.toml: does not list step02_missing"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("import costrel", "imports costrel: a step is built on"),
        ("from step01_hello import App", "inside a step, imports are relative"),
        ("import flask.json", "imports flask.json: a step is built on"),
        ("from . import demo", "imports go in a circle"),
    ],
)
def test_import_that_a_step_may_not_make_is_named(book, line, sentence):
    if "demo" in line:
        book.write("steps/step02_missing/demo.py", "from .app import App\n")
    file = book.root / "steps/step02_missing/app.py"
    book.write(
        "steps/step02_missing/app.py", line + "\n" + file.read_text(encoding="utf-8")
    )

    complaints = said(whole.wrong_imports(second(book)))

    assert sentence in complaints
    assert "steps/step02_missing" in complaints


def test_extension_may_import_what_the_framework_may_not(book):
    for name in ("extensions/store", "store"):
        book.write(f"steps/step02_missing/{name}.py", "import sqlalchemy\n")

    (complaint,) = whole.wrong_imports(second(book))

    assert complaint.startswith("steps/step02_missing/store.py:1: imports sqlalchemy")


def test_modules_of_a_part_are_told_from_those_of_the_framework(book):
    part = "steps/step02_missing/security"
    book.write(f"{part}/__init__.py", "from .app import check\n")
    book.write(f"{part}/app.py", "from ..app import App\ncheck = App\n")

    assert whole.wrong_imports(second(book)) == []


def test_circle_in_a_part_is_named(book):
    part = "steps/step02_missing/security"
    book.write(f"{part}/csrf.py", "from .forms import Form\n")
    book.write(f"{part}/forms.py", "from .csrf import token\n")

    (complaint,) = whole.wrong_imports(second(book))

    assert "imports go in a circle" in complaint
    assert "security.csrf" in complaint


def test_import_for_types_alone_makes_no_circle(book):
    book.write("steps/step02_missing/demo.py", "from .app import App\n")
    file = book.root / "steps/step02_missing/app.py"
    for_types = "if TYPE_CHECKING:\n    from .demo import app\n"
    book.write(
        "steps/step02_missing/app.py", for_types + file.read_text(encoding="utf-8")
    )

    assert whole.wrong_imports(second(book)) == []


def test_first_step_needs_the_standard_library_alone(book):
    complaints = said(whole.wrong_imports(first(book)))

    assert "steps/step01_hello/app.py:4: imports werkzeug.wrappers" in complaints


# --- what runs of the tests show


def test_small_book_keeps_its_promises(book):
    made = runs(book)

    for step in ladder(book).steps:
        assert climb.lost_on_the_way(made, step) == []
        assert climb.cannot_fail(made, step) == []
        assert climb.unreal_dangers(made, step) == []
        assert climb.wrongly_replaced(made, step) == []
    assert climb.unsolvable(made) == []
    assert climb.unlike_flask(made) == []


def test_test_that_a_later_step_breaks_is_named(book):
    book.replace("steps/step02_missing/app.py", "text = view()", 'text = "Bye"')

    (complaint,) = climb.lost_on_the_way(runs(book), second(book))

    assert complaint.startswith(f"{HELLO}::test_view_answers: fails on step02_missing")


def higher(book, *numbers):
    """Add steps that are like the second."""
    code = (book.root / "steps/step02_missing/app.py").read_text(encoding="utf-8")
    for number in numbers:
        book.add_step(f"step{number:02}_higher", code)
        folder = book.root / f"tests/step{number:02}_higher"
        folder.mkdir(parents=True)


COVERED = """
[tool.coverage.run]
source = ["steps"]
omit = ["*/__main__.py", "*/demo.py"]

[tool.coverage.report]
fail_under = 100
skip_covered = true
"""


def lost_on(book, *numbers, seed=0):
    """Let a view of some steps answer otherwise; give what is found lost on each."""
    for step in ladder(book).steps:
        if step.number in numbers:
            app = f"steps/{step.name}/app.py"
            book.replace(app, "text = view()", 'text = "Bye"')
    made = Runs(ladder(book), seed=seed)
    return {
        step.number: said(climb.lost_on_the_way(made, step))
        for step in ladder(book).steps
    }


def test_next_step_and_the_newest_keep_what_a_step_promised(book):
    higher(book, 3, 4)

    lost = lost_on(book, 2, 4)

    assert not lost[1] and not lost[3]
    assert f"{HELLO}::test_view_answers: fails on step02_missing" in lost[2]
    assert f"{HELLO}::test_view_answers: fails on step04_higher" in lost[4]


def test_step_between_is_asked_what_the_seed_draws(book):
    higher(book, 3, 4, 5)
    step = ladder(book).get(4)
    drawn = {
        seed: climb.on_way_up(ladder(book), step, seed).paths[0] for seed in range(20)
    }
    seed = next(seed for seed, path in drawn.items() if path == "tests/step01_hello")

    lost = lost_on(book, 4, seed=seed)

    assert set(drawn.values()) == {"tests/step01_hello", "tests/step02_missing"}
    assert f"{HELLO}::test_view_answers: fails on step04_higher" in lost[4]
    assert f"(with --seed {seed})" in lost[4]


def test_ascent_finds_what_is_lost_on_any_step(book, capsys):
    higher(book, 3, 4)
    book.replace("steps/step03_higher/app.py", "text = view()", 'text = "Bye"')

    found = ascent.lost(runs(book), ladder(book).steps)

    (complaint,) = [line for lines in found for line in lines]
    assert complaint.startswith(f"{HELLO}::test_view_answers: fails on step03_higher")
    assert "step03_higher: 4 tests" in capsys.readouterr().out


def test_ascent_asks_the_newest_step_and_as_many_as_it_draws(book):
    higher(book, *range(3, 32))
    drawn = [ascent.some_of(ladder(book), seed) for seed in (1, 1, 2)]

    assert drawn[0] == drawn[1] != drawn[2]
    assert {len(steps) for steps in drawn} == {ascent.DRAWN + 1}
    assert {steps[-1].number for steps in drawn} == {31}


def test_ascent_makes_the_heavy_proofs_again_on_the_newest_step(book):
    proof = """

@pytest.mark.once("it is heavy")
def test_heavy():
    app = App(__name__)
    app.route("/")(lambda: "heavy")
    assert Client(app).get("/").text == "heavy"
"""
    text = (book.root / HELLO).read_text(encoding="utf-8")
    book.write(HELLO, text + proof)
    book.replace("steps/step02_missing/app.py", "text = view()", 'text = "Hello"')

    assert climb.lost_on_the_way(runs(book), second(book)) == []
    found = ascent.lost(runs(book), ladder(book).steps)
    (complaint,) = [line for lines in found for line in lines]
    assert complaint.startswith(f"{HELLO}::test_heavy: fails on step02_missing")


def test_ascent_ends_with_what_it_found(book, monkeypatch, capsys):
    monkeypatch.setenv("COSTREL_ROOT", str(book.root))

    assert ascent.main([]) == 0

    book.replace("steps/step02_missing/app.py", "text = view()", 'text = "Bye"')
    assert ascent.main([]) == 1
    assert "test_view_answers: fails on step02_missing" in capsys.readouterr().out


def test_line_that_no_test_runs_is_named_with_its_step(book, monkeypatch, capsys):
    monkeypatch.setenv("COSTREL_ROOT", str(book.root))
    monkeypatch.setenv("COVERAGE_FILE", str(book.root / "data"))
    settings = (book.root / "pyproject.toml").read_text("utf-8")
    book.write("pyproject.toml", settings + COVERED)
    idle = "\n\ndef idle():\n    return None\n"
    app = "steps/step01_hello/app.py"
    book.write(app, (book.root / app).read_text("utf-8") + idle)

    assert ascent.main(["--coverage", "--all"]) == 1

    said = capsys.readouterr().out
    assert "steps/step01_hello/app.py" in said
    assert "steps/step02_missing/app.py" not in said


def test_test_module_that_does_not_import_is_named(book):
    book.write("tests/step02_missing/test_broken.py", "import nowhere\n")

    complaints = said(climb.cannot_fail(runs(book), second(book)))

    assert "tests/step02_missing/test_broken.py: " in complaints
    assert "No module named 'nowhere'" in complaints


def test_test_that_does_not_end_is_ended_and_shown(book, monkeypatch):
    monkeypatch.setattr("costrel.promises.runs.SECONDS", 1)
    book.write(
        "tests/step02_missing/test_endless.py",
        """
        from step02_missing import App

        def test_endless():
            while not hasattr(App, "__len__"):
                pass
        """,
    )

    complaints = said(climb.cannot_fail(runs(book), second(book)))

    assert "Timeout (0:00:01)!" in complaints
    assert "in test_endless" in complaints


def test_test_that_cannot_fail_is_named(book):
    book.write("tests/step02_missing/test_idle.py", "def test_idle(): pass\n")
    book.write("tests/step01_hello/test_idle.py", "def test_idle(): pass\n")
    made = runs(book)

    for step in ladder(book).steps:
        (complaint,) = climb.cannot_fail(made, step)
        assert f"tests/{step.name}/test_idle.py::test_idle: cannot fail" in complaint


def test_untrue_holds_before_is_named(book):
    mark = '@pytest.mark.holds_before("it is said")\ndef test_unknown'
    book.replace(MISSING, "def test_unknown", mark)

    (complaint,) = climb.cannot_fail(runs(book), second(book))

    assert "is marked holds_before, but fails on the step before" in complaint


def test_true_holds_before_is_no_complaint(book):
    book.write(
        "tests/step02_missing/test_idle.py",
        'import pytest\n@pytest.mark.holds_before("idle")\ndef test_idle(): pass\n',
    )

    assert climb.cannot_fail(runs(book), second(book)) == []


def test_untrue_until_is_named(book):
    mark = '@pytest.mark.until(2, "it is said")\ndef test_view'
    book.replace(HELLO, "def test_view", mark)

    (complaint,) = climb.wrongly_replaced(runs(book), second(book))

    assert "test_view_answers: is marked until step02_missing, but still" in complaint


def test_step_without_an_attack_is_named(book):
    book.replace(MISSING, "@pytest.mark.attack\n", "")

    (complaint,) = climb.unreal_dangers(runs(book), second(book))

    assert "tests/step02_missing: there is no attack" in complaint


def test_step_may_say_why_it_has_no_attack(book):
    book.replace(MISSING, "@pytest.mark.attack\n", "")
    step = 'name = "step02_missing", title = "Missing", no_attack = "nothing to take"'
    book.write("chapters/ladder.toml", f"[[part]]\nsteps = [{{ {step} }}]\n")

    assert climb.unreal_dangers(runs(book), second(book)) == []


def test_attack_that_does_not_work_on_its_victim_is_named(book):
    book.replace(NAIVE, "served by Wren 0.1", "served by Wren")

    (complaint,) = climb.unreal_dangers(runs(book), first(book))

    assert "test_page_tells_no_version: passed on naive.py" in complaint


def test_attack_that_fails_for_another_reason_is_named(book):
    book.replace(MISSING, "the attack worked: one address", "one address")

    (complaint,) = climb.unreal_dangers(runs(book), second(book))

    assert "failed (one address stops the server) on step01_hello" in complaint


def test_attack_that_works_on_the_step_is_named(book):
    book.replace("steps/step02_missing/app.py", "self.views.get(", "self.views.pop(")

    (complaint,) = climb.unreal_dangers(runs(book), second(book))

    assert "test_wrong_address_stops_nothing: failed (the attack worked" in complaint
    assert "on step02_missing; there it has to pass" in complaint


UNLIKE = """
import pytest
from step01_hello import App

MARK
def test_something():
    assert App.__module__.startswith("MODULE")
"""


@pytest.mark.parametrize(
    ("mark", "module", "sentence"),
    [
        ("", "step", "fails on Flask: "),
        ("@pytest.mark.differs('so')", "costrel", "Flask does the same"),
        ("@pytest.mark.flask_only('so')", "", "is marked flask_only, but holds on"),
    ],
)
def test_what_is_said_of_flask_has_to_be_true(book, mark, module, sentence):
    code = UNLIKE.replace("MARK", mark).replace("MODULE", module)
    book.write("tests/step01_hello/test_unlike.py", code)

    (complaint,) = climb.unlike_flask(runs(book))

    assert sentence in complaint
    assert "test_unlike.py::test_something" in complaint


def test_table_says_what_is_the_same_and_what_differs(book):
    mark = "@pytest.mark.differs('ours is ours')"
    code = UNLIKE.replace("MARK", mark).replace("MODULE", "step")
    book.write("tests/step02_missing/test_unlike.py", code)
    made = runs(book)

    assert comparison.comparison(ladder(book)) == []
    comparison.write(made)

    rows = {row.sentence: row for row in comparison.comparison(ladder(book))}
    assert rows["View answers"].kind == "same"
    assert rows["Something"].kind == "differs"
    assert rows["Something"].reason == "ours is ours"
    assert not rows["Something"].safer
    assert comparison.stale(made) == []


def test_table_says_where_we_are_safer(book):
    mark = "@pytest.mark.differs('Flask tells all', safer=True)"
    code = UNLIKE.replace("MARK", mark).replace("MODULE", "step")
    book.write("tests/step02_missing/test_unlike.py", code)

    comparison.write(runs(book))

    rows = {row.sentence: row.safer for row in comparison.comparison(ladder(book))}
    assert rows == {"Something": True} | dict.fromkeys(
        rows.keys() - {"Something"}, False
    )


def test_table_that_is_out_of_date_is_named(book):
    comparison.write(runs(book))
    book.replace(HELLO, "test_view_answers", "test_view_speaks")

    (complaint,) = comparison.stale(runs(book))

    assert complaint.startswith("chapters/assets/flask-table.json: is out of date")


def test_solution_that_fails_is_named(book):
    book.replace("exercises/01-hello/shout/solution.py", "upper", "lower")

    (complaint,) = climb.unsolvable(runs(book))

    assert "shout/test_shout.py::test_shout: fails on the solution" in complaint


def test_exercise_that_is_lost_on_a_later_step_is_named(book):
    folder = "exercises/01-hello/shout"
    book.write(
        f"{folder}/test_shout.py",
        "from step01_hello import App\n"
        "def test_it(): assert 'missing' not in App.__module__\n",
    )

    (complaint,) = climb.exercises_lost(runs(book), ladder(book).newest)

    assert "shout/test_shout.py::test_it: fails on step02_missing" in complaint


def test_exercise_that_is_solved_by_nothing_is_named(book):
    folder = "exercises/01-hello/shout"
    book.write(
        f"{folder}/test_shout.py", "from exercise import App\ndef test_it(): App\n"
    )

    complaints = climb.unsolvable(runs(book))

    assert complaints == [f"{folder}: its tests pass without an answer"]


# --- it is WSGI


@pytest.mark.parametrize("server", ["wsgiref", "waitress"])
def test_demo_is_visited_under_a_server(book, server):
    right = Visit(1, "GET", "/", 200, "Hello")
    later = Visit(9, "GET", "/later", 200)
    earlier = Visit(0, "GET", "/earlier", 200, until=1)
    wrong = [Visit(1, "GET", "/", 404), Visit(1, "GET", "/", 200, "Bye")]

    visits = [right, later, earlier, *wrong]
    complaints = servers.broken_visits(server, first(book), visits)

    assert complaints[:2] == [
        f"step01_hello under {server}: GET /: status 200, not 404",
        f"step01_hello under {server}: GET /: 'Bye' is not in the answer 'Hello'",
    ]


def test_demo_that_is_no_wsgi_is_named(book):
    demo = """
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return ["text"]
        """
    book.write("steps/step01_hello/demo.py", demo)

    visits = [Visit(1, "GET", "/", 200)]
    complaints = said(servers.broken_visits("wsgiref", first(book), visits))

    assert "step01_hello under wsgiref: GET /: status 500, not 200" in complaints


def test_demo_that_does_not_start_is_named(book):
    book.write("steps/step01_hello/demo.py", "1 / 0\n")

    visits = [Visit(1, "GET", "/", 200)]
    complaints = said(servers.broken_visits("wsgiref", first(book), visits))

    assert "GET /: no answer" in complaints
    assert "its log ends: ZeroDivisionError: division by zero" in complaints


# --- notebooks


def test_notebook_that_runs_and_is_clean_has_no_complaint(book):
    assert notebooks.broken_notebook(first(book)) == []
    assert notebooks.kept_outputs(first(book)) == []
    assert notebooks.fixed_package(first(book)) == []


def test_notebook_that_names_its_step_twice_cannot_be_switched(book):
    chosen = "import step01_hello as framework"
    book.write("notebooks/01-hello.ipynb", notebook(chosen, "step01_hello.App"))

    (complaint,) = notebooks.fixed_package(first(book))

    assert "'step01_hello.App' names a step" in complaint


def test_notebook_without_the_line_that_chooses_is_named(book):
    book.write("notebooks/01-hello.ipynb", notebook("from step01_hello import App"))

    (complaint,) = notebooks.fixed_package(first(book))

    assert "lacks the line 'import step01_hello as framework'" in complaint


def test_cell_that_fails_is_named(book):
    book.write("notebooks/01-hello.ipynb", notebook("a = 0", "1 / a", "b = 1"))

    (complaint,) = notebooks.broken_notebook(first(book))

    expected = "notebooks/01-hello.ipynb: cell 2: ZeroDivisionError: division by zero"
    assert complaint == expected


@pytest.mark.parametrize("kept", [{"execution_count": 3}, {"outputs": ["text"]}])
def test_output_that_was_kept_is_named(book, kept):
    book.write("notebooks/01-hello.ipynb", notebook("1", **kept))

    (complaint,) = notebooks.kept_outputs(first(book))

    assert "cell 1 keeps its output" in complaint


# --- chapters


def test_chapter_with_all_its_parts_has_no_complaint(book):
    assert chapters.missing_parts(first(book)) == []


BROKEN_CHAPTERS = {
    "description: ": ("summary: ", "the front matter has no description"),
    "# 1. Hello": ("## 1. Hello", "has 0 titles"),
    "| Step 1 |": ("", "the region <!-- card --> is missing or empty"),
    "<!-- card -->": ("Words.\n\n<!-- card -->", "the card is not right below"),
    "Nothing.\n": ("", "the region <!-- leftovers --> is missing or empty"),
    "A hundredth.": ("", "the region <!-- cost --> is missing or empty"),
    "framework/app.py": ("mine.py", "nothing is replayed"),
    "../exercises/01-hello/shout": ("..", "does not link to the exercise 'shout'"),
    "Nothing.": ("<summary>The `last`</summary>", "write <code>…</code> in a summary"),
}


@pytest.mark.parametrize("part", BROKEN_CHAPTERS)
def test_part_that_a_chapter_lacks_is_named(book, part):
    other, sentence = BROKEN_CHAPTERS[part]
    book.replace("chapters/01-hello.md", part, other)

    complaints = chapters.missing_parts(first(book))

    assert sentence in said(complaints)
    assert all(each.startswith("chapters/01-hello.md:") for each in complaints)


def test_chapter_longer_than_a_sitting_is_named(book):
    book.replace("chapters/01-hello.md", "The same.", "Word " * 7_000)

    assert "minutes, and 30 are the most" in said(chapters.missing_parts(first(book)))


def test_what_is_folded_does_not_count(book):
    folded = "<details>\n\n" + "Word " * 7_000 + "\n\n</details>\n"
    book.replace("chapters/01-hello.md", "Little.", folded)

    assert chapters.missing_parts(first(book)) == []


# --- links and pictures


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("[a](nowhere.md)", "'nowhere.md' leads to no file"),
        ("[a](../../elsewhere.md)", "leads out of the project"),
        ("[a](/chapters/01-hello.md)", "is absolute"),
        ("[a](01-hello.md#nowhere)", "names no heading of 01-hello.md"),
        ("[a](#nowhere)", "names no heading of other.md"),
        ("[a](../steps/step01_hello/app.py#L3)", "names a line"),
        ('<a href="nowhere.md">a</a>', "leads to no file"),
        ("text ![A bell that hangs](gone.svg)", "leads to no file"),
    ],
)
def test_link_that_leads_nowhere_is_named(book, link, sentence):
    book.write("chapters/other.md", f"# Other\n\nWords.\n{link}\n")

    (complaint,) = dead_links.broken_links(book.root)

    assert complaint.startswith("chapters/other.md:4: ")
    assert sentence in complaint


def test_link_in_a_notebook_is_followed(book):
    cell = notebook("[a](gone.md)", cell_type="markdown")
    book.write("notebooks/01-hello.ipynb", cell)

    assert "notebooks/01-hello.ipynb:1" in said(dead_links.broken_links(book.root))


@pytest.mark.parametrize(
    "link",
    [
        "[a](01-hello.md#what-it-costs)",
        "[a](#one-two_and-three)",
        "[a](#one-two_and-three-1)",
        "[a](#named)",
        "[a](https://wren.example/nowhere)",
        "[a](../steps/step01_hello)",
        "`[a](nowhere.md)`",
    ],
)
def test_link_that_leads_somewhere_is_no_complaint(book, link):
    headings = "# One, `two_and` three!\n\n## One two_and three\n\n## X { #named }\n"
    book.write("chapters/other.md", f"{headings}\n{link}\n")

    assert dead_links.broken_links(book.root) == []


@pytest.mark.parametrize(
    "picture",
    [
        "![](assets/bell.svg)",
        "![bell.svg](assets/bell.svg)",
        '<img src="assets/bell.svg">',
        '<p><img src="assets/bell.svg" alt="bell"></p>',
    ],
)
def test_picture_without_words_is_named(book, picture):
    book.write("chapters/other.md", f"# Other\n\n{picture}\n")

    (complaint,) = dead_links.pictures_without_words(book.root)

    assert complaint.startswith("chapters/other.md:3: the picture 'assets/bell.svg'")


@pytest.mark.parametrize("folder", ["/home" + "/ada/x", "C:" + "\\Users\\ada"])
def test_folder_of_a_machine_is_named(book, folder):
    assert dead_links.named_machines(book.root) == []
    book.write("chapters/other.md", f"# Other\n\nIt is in `{folder}`.\n")

    (complaint,) = dead_links.named_machines(book.root)

    assert complaint.startswith("chapters/other.md:3: names ")
