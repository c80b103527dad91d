"""What the pytest plugin promises, shown on a small book of its own."""

import os
import signal
import subprocess
import sys

import pytest

APP_1 = "from step01_hello import App"


def test_step_is_found_by_number_and_by_name(small_book):
    for wanted in ("2", "step02_missing"):
        run = small_book.test("tests", "--against", wanted)
        assert run.report["target"] == "step02_missing"
        assert set(run.outcomes.values()) == {"passed"}


def test_without_against_each_test_meets_its_own_step(small_book):
    run = small_book.test("tests")

    assert run.code == 0
    assert run.report["target"] is None


def test_step_before_lacks_what_the_step_adds(small_book):
    run = small_book.test("tests", "--against", "1")

    assert run.outcomes == {
        "test_view_answers": "passed",
        "test_unknown_page_gives_404": "failed",
        "test_wrong_address_stops_nothing": "failed",
    }


def test_package_and_file_of_the_reader_are_tested(small_book):
    code = (small_book.root / "steps/step02_missing/app.py").read_text(encoding="utf-8")
    small_book.write("mine/__init__.py", "from .app import App\n")
    small_book.write("mine/app.py", code)
    small_book.write("alone.py", code.replace("no page", "nothing here"))

    for wanted in ("mine", "./mine", "alone.py"):
        assert small_book.test("tests", "--against", wanted).code == 0


def test_copy_of_a_step_may_keep_its_name(small_book):
    small_book.write("copy/step02_missing/__init__.py", "")

    run = small_book.test("tests", "--against", "copy/step02_missing")

    assert run.message("test_unknown_page_gives_404") == "step02_missing has no App"


def test_module_that_cannot_be_imported_before_is_only_loaded_once(small_book):
    small_book.write("mine.py", "print('loaded')\nfrom step01_hello import App\n")

    run = small_book.test("tests", "--against", "mine.py", "-s")

    assert run.output.count("loaded") == 1
    assert run.outcomes["test_view_answers"] == "passed"


def test_flask_stands_behind_the_steps_names(small_book):
    run = small_book.test("tests", "--against", "flask")

    assert run.report["target"] == "Flask"
    assert set(run.outcomes.values()) == {"passed"}


def test_flask_has_its_parts_under_the_steps_names(small_book):
    small_book.write(
        "tests/step01_hello/test_parts.py",
        """\
        import pytest
        from flask.sessions import SessionInterface as theirs
        from step01_hello.sessions import SessionInterface
        from step01_hello.nothing import nothing

        def test_part():
            assert SessionInterface is theirs

        @pytest.fixture
        def fixture():
            nothing()

        def test_missing_part(fixture):
            pass

        def test_next_part(fixture):
            pass
        """,
    )

    run = small_book.test("tests", "--against", "flask")

    assert run.outcomes["test_part"] == "passed"
    for test in ("test_missing_part", "test_next_part"):
        assert run.message(test) == "Flask has no nothing"


EXTENSION = """
from .. import App

def make():
    return App("bell")
"""
TEST_OF_EXTENSION = """
from step02_missing import App
from step02_missing.extensions.bell import make

def test_extension():
    assert type(make()) is App
"""


@pytest.mark.parametrize("against", [(), ("--against", "flask")])
def test_extension_of_a_demo_runs_on_the_step_and_on_flask(small_book, against):
    small_book.write("steps/step02_missing/extensions/__init__.py", "")
    small_book.write("steps/step02_missing/extensions/bell.py", EXTENSION)
    small_book.write("tests/step02_missing/test_bell.py", TEST_OF_EXTENSION)

    run = small_book.test("tests/step02_missing/test_bell.py", *against)

    assert run.outcomes == {"test_extension": "passed"}


def test_extension_of_a_reader_is_beside_the_framework(small_book):
    small_book.write("tests/step02_missing/test_bell.py", TEST_OF_EXTENSION)
    small_book.write("mine/framework/__init__.py", "from .app import App\n")
    code = "class App:\n    def __init__(self, name):\n        pass\n"
    small_book.write("mine/framework/app.py", code)
    test = "tests/step02_missing/test_bell.py"

    without = small_book.test(test, "--against", "mine/framework")
    reader = EXTENSION.replace("from ..", "from framework")
    small_book.write("mine/extensions/__init__.py", "")
    small_book.write("mine/extensions/bell.py", reader)

    assert without.outcomes == {"test_extension": "failed"}
    assert small_book.test(test, "--against", "mine/framework").code == 0
    # a step without extensions has none of another step's
    assert small_book.test(test, "--against", "1").code == 1


def test_flask_hands_views_and_handlers_what_they_name(small_book):
    small_book.write(
        "tests/step01_hello/test_given.py",
        """
        from step01_hello import App

        def test_given():
            app = App(__name__)

            def ask(request):
                return request.args["a"]

            app.route("/ask")(ask)
            app.route("/question")(ask)
            app.route("/url/<request>", endpoint="word")(lambda request: request)
            app.route("/environ")(lambda environ: environ["QUERY_STRING"])
            app.errorhandler(404)(lambda error, request: (request.path, 404))
            client = app.test_client()

            assert client.get("/ask?a=1").text == "1"
            assert client.get("/question?a=2").text == "2"
            assert client.get("/url/word").text == "word"
            assert client.get("/environ?b").text == "b"
            assert client.get("/nowhere").text == "/nowhere"
        """,
    )

    assert small_book.test("tests", "--against", "flask").code == 0


USES = """
import contextlib
import pytest
from step01_hello import App, Song
from step01_hello.demo import bell
from step01_hello.tower import clock

class Child(Song):
    pass

@pytest.mark.parametrize("song", [Song("a")])
def test_parameter(song):
    song.play()

def test_call():
    Song("a")

def test_attribute():
    Song.title

def test_subclass():
    class Child(Song):
        pass

def test_raise():
    raise Song

def test_with():
    with Song:
        pass

def test_item():
    Song["title"] = "a"

def test_isinstance():
    assert isinstance(1, Song)

def test_used_in_a_view_that_catches():
    with contextlib.suppress(Exception):
        Song()

def test_part():
    assert bell == "ding"

def test_missing_module():
    clock.strike()

def test_other():
    assert App
"""


def test_missing_name_fails_each_test_that_uses_it_in_one_sentence(small_book):
    small_book.write("tests/step01_hello/test_uses.py", USES)

    run = small_book.test("tests/step01_hello/test_uses.py", "--against", "2")

    said = {name: test["message"] for name, test in run.tests.items()}
    assert run.report["errors"] == []
    assert run.outcomes.pop("test_other") == "passed"
    assert said.pop("test_other") == ""
    assert said.pop("test_part") == "step02_missing has no bell"
    assert said.pop("test_missing_module") == "step02_missing has no tower"
    assert set(said.values()) == {"step02_missing has no Song"}
    assert "Traceback" not in run.output


def test_import_by_module_name_means_the_target(small_book):
    small_book.write(
        "tests/step01_hello/test_names.py",
        """
        import step01_hello as hello
        import step01_hello.app
        from step01_hello import demo

        def test_names(monkeypatch):
            assert hello.App.__module__ == "step02_missing.app"
            assert step01_hello.app.App is hello.App
            assert demo.app.__class__ is hello.App
            monkeypatch.setattr(step01_hello.app, "Response", "replaced")
            import step02_missing.app
            assert step02_missing.app.Response == "replaced"
        """,
    )

    assert small_book.test("tests", "-k", "names", "--against", "2").code == 0


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero (mine.py, line 1)"),
        ("def", "SyntaxError: invalid syntax (mine.py, line 1)"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("raise SystemExit", "SystemExit"),
        ("raise BaseException('odd')", "BaseException: odd (mine.py, line 1)"),
    ],
)
def test_target_that_does_not_import_gets_one_sentence(small_book, code, sentence):
    small_book.write("mine.py", code)

    run = small_book.test("tests", "--against", "mine.py")

    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: mine.py does not import: {sentence}" in run.output
    assert "Traceback" not in run.output


def test_step_that_ends_the_process_fails_only_its_own_tests(small_book):
    small_book.write("steps/step01_hello/app.py", "raise SystemExit('bye')")

    run = small_book.test("tests", "--continue-on-collection-errors")

    assert run.outcomes["test_unknown_page_gives_404"] == "passed"
    assert "a module ends the process: SystemExit: bye (app.py, line 1)" in run.output
    assert "INTERNALERROR" not in run.output


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("9", "There is no step '9': the steps are 1 to 2."),
        ("step02_mising", "did you mean step02_missing?"),
        ("./nowhere", "There is no package or Python file at"),
        ("tests/", "has no __init__.py: name the folder of a package"),
    ],
)
def test_target_that_is_none_gets_one_sentence(small_book, wanted, sentence):
    run = small_book.test("tests", "--against", wanted)

    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert sentence in run.output
    assert "Traceback" not in run.output


def test_processes_that_a_test_starts_meet_the_target_too(small_book):
    small_book.write("steps/step02_missing/__main__.py", "print('main of 2')\n")
    small_book.write(
        "tests/step01_hello/test_process.py",
        f"""
        import subprocess

        def run(*arguments):
            return subprocess.check_output([{sys.executable!r}, *arguments], text=True)

        def test_process():
            code = "from step01_hello import App; print(App.__module__)"
            assert run("-c", code).strip() == "step02_missing.app"
            assert run("-m", "step01_hello").strip() == "main of 2"
        """,
    )

    run = small_book.test("tests", "-k", "process", "--against", "2")

    assert run.outcomes == {"test_process": "passed"}, run.output


def test_workers_of_xdist_meet_the_target_and_so_do_their_processes(small_book):
    pytest.importorskip("xdist")
    small_book.write(
        "tests/step01_hello/test_process.py",
        f"""
        import subprocess
        from step01_hello import App

        def test_process():
            code = "from step01_hello import App; print(App.__module__)"
            words = [{sys.executable!r}, "-c", code]
            said = subprocess.check_output(words, text=True)
            assert said.strip() == App.__module__ == "step02_missing.app"
        """,
    )

    words = ["-m", "pytest", "tests", "-n", "2", "--against", "2"]
    run = subprocess.run(
        [sys.executable, *words],
        cwd=small_book.root,
        env=os.environ | {"COSTREL_ROOT": str(small_book.root)},
        capture_output=True,
        encoding="utf-8",
    )

    assert "4 passed" in run.stdout, run.stdout + run.stderr


def test_report_and_workers_exclude_each_other(small_book):
    pytest.importorskip("xdist")

    run = small_book.test("tests", "-n", "2")

    assert "--report-json wants one process: leave -n out." in run.output


MARKED = """
import pytest

@pytest.mark.until(2, "the second step is bolder")
def test_until():
    pass

@pytest.mark.once("it takes an hour")
def test_once():
    pass

@pytest.mark.flask_only("Flask knows more")
def test_flask_only():
    pass

@pytest.mark.differs(reason="ours is right")
def test_differs():
    from step01_hello import App
    assert App.__module__ != "costrel.testing.against_flask"

@pytest.mark.optional
@pytest.mark.holds_before("as ever")
def test_plain():
    "Say it in a docstring."
"""


@pytest.mark.parametrize(
    ("arguments", "outcomes"),
    [
        ([], "passed passed skipped passed passed"),
        (["--against", "1"], "passed passed skipped passed passed"),
        (["--against", "2"], "skipped skipped skipped passed passed"),
        (["--against", "flask"], "passed passed passed xfailed passed"),
        (["--against", "2", "--despite-marks"], "passed passed passed passed passed"),
    ],
)
def test_marks_choose_what_runs(small_book, arguments, outcomes):
    small_book.write("tests/step01_hello/test_marked.py", MARKED)

    run = small_book.test("tests/step01_hello/test_marked.py", *arguments)

    assert " ".join(run.outcomes.values()) == outcomes
    assert run.code == 0


def test_report_says_why(small_book):
    small_book.write("tests/step01_hello/test_marked.py", MARKED)

    run = small_book.test("tests/step01_hello/test_marked.py", "--against", "2")

    assert run.message("test_until") == "replaced by step 2: the second step is bolder"
    assert run.message("test_once") == "proved once, on step 1: it takes an hour"
    assert run.message("test_flask_only") == "Flask does more: Flask knows more"
    plain = run.tests["test_plain"]
    assert plain["marks"] == {"holds_before": {"reason": "as ever"}, "optional": {}}
    assert (plain["sentence"], plain["step"]) == ("Plain", 1)
    assert plain["doc"] == "Say it in a docstring."


def test_difference_that_is_none_fails_on_flask(small_book):
    marked = MARKED.replace(
        'assert App.__module__ != "costrel.testing.against_flask"', "App"
    )
    small_book.write("tests/step01_hello/test_marked.py", marked)

    run = small_book.test("tests/step01_hello", "--against", "flask")

    assert run.outcomes["test_differs"] == "failed"


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        ("differs", "the mark differs needs reason"),
        ('holds_before("")', "the mark holds_before needs reason"),
        ("once", "the mark once needs reason"),
        ("until(7)", "the mark until needs step and reason"),
        ('until(1, "late")', "until('1') has to name a later step"),
        ('differs("so", saver=True)', "the mark differs has no saver"),
        ('unheard("of")', "'unheard' not found in `markers`"),
    ],
)
def test_mark_without_what_it_needs_is_an_error(small_book, mark, sentence):
    small_book.write(
        "tests/step01_hello/test_marked.py",
        f"import pytest\n@pytest.mark.{mark}\ndef test_it(): pass\n",
    )

    run = small_book.test("tests")

    assert run.code != 0
    assert sentence in run.output


BODIES = {
    "a string": ("[('Content-Type', 'text/plain')]", "'text'"),
    "no content type": ("[]", "[b'text']"),
    "text in the body": ("[('Content-Type', 'text/plain')]", "['text']"),
    "bytearray in the body": ("[('Content-Type', 'text/plain')]", "[bytearray()]"),
}


@pytest.mark.parametrize("mistake", BODIES)
def test_application_that_is_no_wsgi_fails_its_test(small_book, mistake):
    headers, body = BODIES[mistake]
    small_book.write(
        "tests/step01_hello/test_wsgi.py",
        f"""
        import pytest
        from werkzeug.test import Client, create_environ, run_wsgi_app

        def app(environ, start_response):
            start_response("200 OK", {headers})
            return {body}

        def test_wsgi():
            Client(app).get("/")

        @pytest.mark.attack
        def test_attack_meets_no_validator():
            run_wsgi_app(app, create_environ("/"))
        """,
    )

    run = small_book.test("tests", "-k", "wsgi or attack_meets")

    assert run.outcomes == {
        "test_wsgi": "failed",
        "test_attack_meets_no_validator": "passed",
    }


def test_validator_lets_pass_what_is_allowed(small_book):
    small_book.write(
        "tests/step01_hello/test_wsgi.py",
        """
        from werkzeug.test import Client
        from werkzeug.wrappers import Response

        def test_empty_answer_with_its_type():
            assert Client(Response(status=204)).get("/").status_code == 204

        def test_method_of_ones_own():
            assert Client(Response("sung")).open("/", method="SING").text == "sung"

        def test_body_left_unread():
            client = Client(Response(iter(["a", "b"])))
            assert client.get("/").status_code == 200
        """,
    )

    assert small_book.test("tests", "-k", "empty or own or unread").code == 0


EXERCISE = """
from exercise import App, whisper


def test_whisper():
    assert whisper("LOUD") == "loud"


def test_app():
    assert App.__module__ == "step01_hello.app"
"""


@pytest.fixture
def exercise(small_book):
    folder = "exercises/01-hello/whisper"
    small_book.write(f"{folder}/test_whisper.py", EXERCISE)
    solution = "from step01_hello import App\n\ndef whisper(t): return t.lower()\n"
    small_book.write(f"{folder}/solution.py", solution)
    other = EXERCISE.replace("whisper(", "shout(").replace("whisper", "shout")
    small_book.write("exercises/01-hello/shout/test_shout.py", other)
    solution = solution.replace("whisper", "shout")
    small_book.write("exercises/01-hello/shout/solution.py", solution)
    return folder


def test_exercise_means_the_solution_of_each_exercise(small_book, exercise):
    run = small_book.test("exercises", "--exercise", "solution.py")

    assert len(run.report["tests"]) == 4
    assert run.code == 0, run.output


def test_exercise_means_the_readers_answer(small_book, exercise):
    answer = "from step01_hello import App\n\ndef whisper(text): return text\n"
    small_book.write(f"{exercise}/answer.py", answer)

    run = small_book.test(exercise)

    assert run.outcomes == {"test_whisper": "failed", "test_app": "passed"}


def test_exercise_without_an_answer_says_where_to_write_it(small_book, exercise):
    run = small_book.test(exercise)

    assert run.code != 0
    assert "answer.py: write your answer there" in run.output
    assert "Traceback" not in run.output


def test_exercise_means_the_plain_step(small_book, exercise):
    run = small_book.test(exercise, "--exercise", "step")

    assert run.outcomes == {"test_whisper": "failed", "test_app": "passed"}
    assert run.message("test_whisper") == "step01_hello has no whisper"


# --- the surroundings of a run

CTRL_C = """
import os, signal, subprocess, sys

CHILD = "import signal; print(signal.getsignal(signal.SIGINT).__name__)"


def test_this_process_survives_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def test_child_does_not():
    command = [sys.executable, "-c", CHILD]
    assert subprocess.check_output(command) == b"default_int_handler\\n"
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to ignore")
def test_what_tests_start_hears_ctrl_c_though_the_run_ignores_it(small_book):
    small_book.write("tests/test_ctrl_c.py", CTRL_C)

    # as a script does for what it starts in the background
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run = small_book.test("tests/test_ctrl_c.py")
    finally:
        signal.signal(signal.SIGINT, former)

    assert list(run.outcomes.values()) == ["passed", "passed"]


# --- what is left to chance

DRAWN = """
import pytest


@pytest.mark.parametrize("number", range(20))
def test_number(number): pass


def test_seed(pytestconfig):
    assert pytestconfig.getoption("seed") == SEED
"""


def order(run):
    return [line.split("::")[1] for line in run.output.splitlines() if "::" in line]


def test_order_is_drawn_by_a_seed_that_the_run_names(small_book):
    small_book.write("tests/test_drawn.py", DRAWN.replace("SEED", "7"))
    call = ("tests/test_drawn.py", "--shuffle", "-v", "--seed")

    first, again, other = (small_book.test(*call, seed) for seed in "778")

    assert first.code == 0
    assert order(first) == order(again) != order(other)
    assert "seed: 7 (--seed 7 draws the same again)" in first.output


def test_processes_of_one_run_have_one_seed(small_book):
    small_book.write("tests/test_drawn.py", DRAWN.partition("\n\n\ndef test_seed")[0])

    # the order has to be the same in both
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/test_drawn.py", "--shuffle", "-n2"],
        cwd=small_book.root,
        env=os.environ | {"COSTREL_ROOT": str(small_book.root)},
        capture_output=True,
        encoding="utf-8",
    )

    assert "20 passed" in process.stdout
