"""Running the sessions of a chapter: wildcards, servers, ports, and what is refused."""

import os
import socket
import sys
import threading
import time
from pathlib import Path
from shutil import which
from textwrap import dedent

import pytest

from costrel.core.chapter import Report, read_chapter
from costrel.core.ladder import Ladder
from costrel.core.ports import is_open, wait_until_served
from costrel.weave.transcript import scratch_folder as stages
from costrel.weave.transcript.commands import RefusedCommandError, split
from costrel.weave.transcript.scratch_folder import opened
from costrel.weave.transcript.transcripts import play
from costrel.weave.transcript.wildcards import first_mismatch, matches, rewritten

# a small machine may have no curl; where all of the book is checked it is installed
NEEDS_CURL = pytest.mark.skipif(
    which("curl") is None and not os.environ.get("CI"),
    reason="curl is not installed, and transcripts use it",
)

SERVER = """
```python title="server.py"
import sys
from wsgiref.simple_server import make_server

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"port " + environ["SERVER_PORT"].encode() + b"\\n"]

print("listening on 8642")
make_server("127.0.0.1", 8642, app).serve_forever()
```
"""


class Chapter:
    """A chapter of its own, with one step beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "chapters" / "01-one.md"
        package = root / "steps" / "step01_one"
        self.path.parent.mkdir()
        package.mkdir(parents=True)
        (package / "__init__.py").write_text('NAME = "one"\n', encoding="utf-8")
        main = 'import runpy, sys\nsys.argv = ["x"]\nprint("port 8642 by default")\n'
        (package / "__main__.py").write_text(main, encoding="utf-8")

    def play(self, text: str) -> Report:
        self.path.write_text(dedent(text), encoding="utf-8")
        self.report = play(Ladder(self.root), read_chapter(self.path), [])
        return self.report

    def messages(self, text: str) -> list[str]:
        report = self.play(text)
        found = report.differences + report.problems
        return [finding.told(self.root) for finding in found]

    def woven(self, text: str) -> str:
        report = self.play(text)
        return read_chapter(self.path).edited(report.edits)


@pytest.fixture
def chapter(tmp_path: Path) -> Chapter:
    return Chapter(tmp_path)


# --- wildcards


@pytest.mark.parametrize(
    ("recorded", "real"),
    [
        (["a"], ["a"]),
        (["a…c"], ["abbbc"]),
        (["…"], []),
        (["…"], ["a", "b"]),
        (["a", "…", "z"], ["a", "b", "c", "z"]),
        (["a", "  …", "z"], ["a", "z"]),
        (["…", "b", "…"], ["a", "b", "b", "c"]),
        (["a.c (x)"], ["a.c (x)"]),
    ],
)
def test_recorded_lines_match(recorded: list[str], real: list[str]):
    assert matches(recorded, real)


@pytest.mark.parametrize(
    ("recorded", "real"),
    [
        (["a"], ["b"]),
        (["a"], ["a", "b"]),
        (["a", "b"], ["a"]),
        (["a…c"], ["ab"]),
        (["a.c"], ["abc"]),
        (["…", "z"], ["a", "b"]),
        ([], ["a"]),
    ],
)
def test_other_lines_do_not_match(recorded: list[str], real: list[str]):
    assert not matches(recorded, real)


def test_time_that_a_check_took_stays_unrecorded():
    recorded = ["Step 1: 0 of 16 tests pass. … s"]

    assert rewritten(recorded, ["Step 1: 0 of 19 tests pass. 5.5 s"]) == [
        "Step 1: 0 of 19 tests pass. … s"
    ]


def test_lines_whose_wildcards_match_are_kept():
    recorded = ["HTTP/1.0 200 OK", "Date: …", "…", "old"]
    real = ["HTTP/1.0 200 OK", "Date: today", "Server: x", "", "new"]
    assert rewritten(recorded, real) == ["HTTP/1.0 200 OK", "Date: …", "…", "new"]


def test_what_changes_from_run_to_run_is_recorded_as_wildcard():
    real = ["Date: Sat, 21 Nov 2026 03:00:00 GMT", "<App at 0x7f0011223344>"]
    assert rewritten([], real) == ["Date: …", "<App at 0x…>"]


def test_first_mismatch_tells_both_lines():
    index, what = first_mismatch(["a", "b", "c"], ["a", "x", "c"])
    assert index == 1
    assert "'x'" in what
    assert "'b'" in what


# --- interactive sessions


def test_session_that_agrees_has_no_finding(chapter: Chapter):
    text = """
    ```pycon
    >>> from step01_one import NAME
    >>> NAME
    'one'

    >>> def twice(word):
    ...     return word * 2
    ...
    >>> twice(NAME)
    'oneone'
    ```
    """
    assert chapter.messages(text) == []


def test_changed_line_of_a_session_is_named(chapter: Chapter):
    text = "# One\n\n```pycon\n>>> 1 + 1\n3\n```\n"
    assert chapter.messages(text) == [
        "chapters/01-one.md:5: `>>> 1 + 1`: '2' is printed where the chapter has '3'"
    ]


def test_names_last_from_one_block_to_the_next(chapter: Chapter):
    text = "```pycon\n>>> a = 1\n```\n\n```pycon\n>>> a\n1\n```\n"
    assert chapter.messages(text) == []


def test_traceback_is_what_the_interpreter_prints(chapter: Chapter):
    woven = chapter.woven("```pycon\n>>> 1 / 0\n```\n")
    assert woven == (
        "```pycon\n>>> 1 / 0\nTraceback (most recent call last):\n"
        '  File "<stdin>", line 1, in <module>\nZeroDivisionError: division by zero\n'
        "```\n"
    )


def test_blank_lines_between_examples_are_kept(chapter: Chapter):
    woven = chapter.woven("```pycon\n>>> 1\n2\n\n>>> 3\n3\n```\n")
    assert woven == "```pycon\n>>> 1\n1\n\n>>> 3\n3\n```\n"


def test_session_that_ends_itself_is_a_finding(chapter: Chapter):
    (message,) = chapter.messages("```pycon\n>>> import os; os._exit(0)\n```\n")
    assert "01-one.md:2: `import os; os._exit(0)`: the session ended" in message


# --- commands


def test_command_runs_in_the_scratch_folder(chapter: Chapter):
    text = """
    ```python title="hello.py"
    print("hello")
    ```

    ```console
    $ python hello.py
    hello
    $ cat hello.py
    print("hello")
    ```
    """
    assert chapter.messages(text) == []


def test_changed_line_of_output_is_named(chapter: Chapter):
    text = '```console\n$ python -c "print(1); print(2)"\n1\n3\n```\n'
    (message,) = chapter.messages(text)
    assert message.startswith("chapters/01-one.md:4: ")
    assert "'2' is printed where the chapter has '3'" in message


def test_output_is_written_below_its_command(chapter: Chapter):
    text = '```console\n$ python -c "print(1)"\n$ python -c "print(2)"\nx\n```\n'
    assert chapter.woven(text) == (
        '```console\n$ python -c "print(1)"\n1\n$ python -c "print(2)"\n2\n```\n'
    )


def test_block_inside_a_box_keeps_its_indentation(chapter: Chapter):
    text = '!!! note\n\n    ```console\n    $ python -c "print(1)"\n    ```\n'
    assert chapter.woven(text) == text.replace(')"\n', ')"\n    1\n')


def test_command_may_go_on_in_the_next_line(chapter: Chapter):
    text = '```console\n$ python -c \\\n    "print(1)"\n1\n```\n'
    assert chapter.messages(text) == []


SHELL = """
```python title="tool.py"
import code
import sys

print(sys.argv[1:])
code.interact("hello", local={"names": ["Ada"]}, exitmsg="")
```

```console
$ python tool.py shell
['shell']
hello
>>> x = 1
>>> for name in names:
...     print(name, x)
...
Ada 1
>>> exit()
```
"""


def test_lines_at_the_prompt_of_a_shell_are_typed(chapter: Chapter):
    assert chapter.messages(SHELL) == []
    (message,) = chapter.messages(SHELL.replace("Ada 1", "Bob 1"))
    assert "'Ada 1' is printed where the chapter has 'Bob 1'" in message


def test_prompt_that_another_command_prints_is_output(chapter: Chapter):
    assert chapter.messages(SHELL.replace("tool.py shell", "tool.py other")) != []
    text = "```console\n$ python -c \"print('>>> 1')\"\n>>> 1\n```\n"
    assert chapter.messages(text) == []


def test_path_of_the_scratch_folder_is_hidden(chapter: Chapter):
    text = '```console\n$ python -c "import os; print(os.path.abspath(chr(97)))"\n```\n'
    assert "\n…/a\n" in chapter.woven(text)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("rm -r x", "'rm' is not run in chapters"),
        ("costrel weave", "'costrel' is not run in chapters"),
        ("cat a | cat", r"'\|' needs a shell"),
        ("cat a > b", "'>' needs a shell"),
        ('cat "a', "split into words"),
        ("cat nothing.txt", "no file 'nothing.txt'"),
        ("kill %1", "no server runs here"),
    ],
)
def test_other_commands_are_refused(chapter: Chapter, line: str, what: str):
    with (
        opened(chapter.root, []) as stage,
        pytest.raises(RefusedCommandError, match=what),
    ):
        stage.command(line)


def test_refused_command_is_named_with_its_line(chapter: Chapter):
    (message,) = chapter.messages("# One\n\n```console\n$ git log\n```\n")
    assert message.startswith("chapters/01-one.md:4: `git log`: 'git' is not run")


def test_signs_in_quotes_need_no_shell():
    assert split("curl -d 'a=1&b=2' http://127.0.0.1:8000/?q=x") == [
        "curl",
        "-d",
        "a=1&b=2",
        "http://127.0.0.1:8000/?q=x",
    ]


def test_file_outside_the_scratch_folder_is_refused(chapter: Chapter):
    with (
        opened(chapter.root, []) as stage,
        pytest.raises(RefusedCommandError, match="outside"),
    ):
        stage.write("../escaped.py", [])


def test_command_that_never_ends_is_refused(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stages, "COMMAND_SECONDS", 0.5)
    (message,) = chapter.messages(
        '```console\n$ python -c "import time; time.sleep(60)"\n```\n'
    )
    assert "a server needs ` &` at the end" in message


def test_block_without_a_prompt_is_a_finding(chapter: Chapter):
    messages = chapter.messages("```pycon\n1\n```\n\n```console\nlog\n```\n")
    assert "does not begin with a prompt" in messages[0]
    assert "no server was started" in messages[1]


# --- servers


@NEEDS_CURL
def test_server_answers_on_the_port_of_the_chapter(chapter: Chapter):
    text = f"""{SERVER}
```console
$ python server.py &
listening on 8642
$ curl http://127.0.0.1:8642/
port 8642
```

```console
127.0.0.1 - - […] "GET / HTTP/1.1" 200 10
```
"""
    assert chapter.messages(text) == []


@NEEDS_CURL
def test_kill_ends_the_server(chapter: Chapter):
    text = f"""{SERVER}
```console
$ python server.py &
listening on 8642
$ kill %1
$ curl http://127.0.0.1:8642/
curl: (7) Failed to connect …
```
"""
    assert chapter.messages(text) == []


@NEEDS_CURL
def test_second_terminal_serves_without_an_ampersand(chapter: Chapter):
    text = f"""{SERVER}
```console title="second terminal"
$ python server.py
listening on 8642
```
```console
$ curl http://127.0.0.1:8642/
port 8642
```
"""
    assert chapter.messages(text) == []


@NEEDS_CURL
def test_port_in_use_disturbs_no_chapter(chapter: Chapter):
    text = f"""{SERVER}
```console
$ python server.py &
listening on 8642
$ curl http://127.0.0.1:8642/
port 8642
```
"""
    with socket.create_server(("127.0.0.1", 8642)):
        assert chapter.messages(text) == []


def test_port_inside_a_step_is_exchanged_too(chapter: Chapter):
    text = """
    ```console
    $ python -m step01_one
    port 8642 by default
    $ python -c "print('http://127.0.0.1:8642/')"
    http://127.0.0.1:8642/
    ```
    """
    assert chapter.messages(text) == []


def test_server_ends_with_its_chapter(chapter: Chapter):
    with opened(chapter.root, ["http://127.0.0.1:8642/", SERVER]) as stage:
        body = SERVER.split('server.py"\n')[1].split("```")[0]
        stage.write("server.py", body.split("\n"))
        server = stage.background("python server.py &")
        port = stage.ports["8642"]
        assert is_open(port)
    assert server.process.poll() is not None
    assert not is_open(port)
    assert not stage.folder.exists()


def test_server_ends_when_something_breaks(chapter: Chapter):
    with pytest.raises(KeyboardInterrupt), opened(chapter.root, []) as stage:
        server = stage.background('python -c "import time; time.sleep(60)" &')
        raise KeyboardInterrupt
    assert server.process.poll() is not None


def test_all_servers_can_be_ended_from_outside(chapter: Chapter):
    with opened(chapter.root, []) as stage:
        server = stage.background('python -c "import time; time.sleep(60)" &')
        stages.end_all()
        assert server.process.poll() is not None


RELOADING = """
from werkzeug import Request, Response, run_simple

@Request.application
def app(request):
    try:
        from song import name
    except ImportError:
        name = "no song yet"
    return Response(name)

run_simple("127.0.0.1", 8642, app, use_reloader=True, reloader_type="stat")
"""


def start_reloading(stage: stages.ScratchFolder) -> stages.BackgroundCommand:
    stage.write("server.py", RELOADING.splitlines())
    return stage.background("python server.py &")


@NEEDS_CURL
def test_file_changed_as_soon_as_it_is_made_reaches_the_server(chapter: Chapter):
    with opened(chapter.root, [RELOADING, "http://127.0.0.1:8642/"]) as stage:
        start_reloading(stage)
        # its first look is over, its second is to come
        time.sleep(0.5)
        for name in ("dawn", "dusk"):
            stage.write("song.py", [f'name = "{name}"'])
            assert stage.command("curl http://127.0.0.1:8642/") == [name]


def test_server_that_does_not_start_again_is_told(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stages, "RELOAD_SECONDS", 0.1)

    with opened(chapter.root, []) as stage:
        stage.write("page.py", ["one"])
        server = stage.background('python -c "import time; time.sleep(60)" &')
        server.log.write_text(" * Restarting with stat\n")
        with pytest.raises(RefusedCommandError, match="start again"):
            stage.write("page.py", ["two"])


@pytest.mark.parametrize("name", ["page.py", "page.html"])
def test_only_changed_code_is_worth_waiting_for_reloaders(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch, name: str
):
    waits: list[str] = []
    monkeypatch.setattr(
        stages.ScratchFolder,
        "let_reload",
        lambda stage, server, before, path: waits.append(path.name),
    )

    with opened(chapter.root, []) as stage:
        server = stage.background('python -c "import time; time.sleep(60)" &')
        server.log.write_text(" * Restarting with stat\n")
        stage.write(name, ["one"])
        assert not waits
        stage.write(name, ["two"])

    assert waits == (["page.py"] if name == "page.py" else [])


def test_server_that_only_logs_a_request_has_not_reloaded(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch
):
    restarted = " * Restarting with stat"
    # what the server logs, a line each time that somebody waits
    logged = ["GET / 500", "Traceback", "SyntaxError", restarted]

    def sleep(seconds: float) -> None:
        if logged:
            with server.log.open("a") as log:
                log.write(logged.pop(0) + "\n")

    with opened(chapter.root, []) as stage:
        stage.write("page.py", ["one"])
        server = stage.background('python -c "import time; time.sleep(60)" &')
        server.log.write_text(restarted + "\n")
        monkeypatch.setattr(stages.time, "sleep", sleep)
        stage.write("page.py", ["two"])
        monkeypatch.undo()

    assert logged == []


def test_output_is_not_taken_away(chapter: Chapter):
    (message,) = chapter.messages("""
```console
$ python -c "pass"
a line that was printed once
```
""")
    assert "prints nothing now" in message
    assert chapter.report.edits == []


@NEEDS_CURL
def test_later_server_takes_the_port_of_the_first(chapter: Chapter):
    second = SERVER.replace("server.py", "second.py").replace('b"port', 'b"second')
    text = f"""{SERVER}{second}
```console
$ python server.py &
listening on 8642
$ python second.py &
listening on 8642
$ curl http://127.0.0.1:8642/
second 8642
```
"""
    assert chapter.messages(text) == []


def test_server_that_never_listens_is_told_with_what_it_said(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stages, "SERVER_SECONDS", 4)
    text = """
    ```console
    $ python -c "import time; print('busy', flush=True); time.sleep(60)" &
    $ curl http://127.0.0.1:8642/
    ```
    """
    messages = chapter.messages(text)
    refused = next(message for message in messages if "is not open" in message)
    assert "port 8642 is not open after 4 seconds; the server printed 'busy'" in refused


def test_server_that_fails_at_once_shows_its_error(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch
):
    text = """
    ```console
    $ python -c "raise SystemExit('no')" &
    no
    $ cat x
    http://127.0.0.1:8642/
    ```
    """
    monkeypatch.setattr(stages, "SERVER_SECONDS", 600)
    started = time.monotonic()
    messages = chapter.messages(text)
    assert time.monotonic() - started < 300
    assert all("`cat x`" in message for message in messages)


def test_two_stages_never_share_a_port(chapter: Chapter):
    texts = ["curl http://127.0.0.1:8642/"]
    with opened(chapter.root, texts) as one, opened(chapter.root, texts) as other:
        assert one.ports["8642"] != other.ports["8642"]
        assert len(one.ports["8642"]) == 4


def test_settings_of_the_author_do_not_reach_the_commands(
    chapter: Chapter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    with opened(chapter.root, []) as stage:
        (line,) = stage.command(
            "python -c \"import os; e = os.environ; print(e.get('FLASK_DEBUG'),"
            " e.get('CI'), e['COLUMNS'], 'elsewhere' in e['PYTHONPATH'])\""
        )
    assert line == "None None 80 False"


def test_sets_print_in_one_order(chapter: Chapter):
    with opened(chapter.root, []) as stage:
        command = "python -c \"print(set('abcdefgh'))\""
        assert len({tuple(stage.command(command)) for _ in range(3)}) == 1


def test_commands_use_this_python(chapter: Chapter):
    with opened(chapter.root, []) as stage:
        (line,) = stage.command('python -c "import sys; print(sys.version_info[:2])"')
    assert line == str(sys.version_info[:2])


def test_command_may_be_given_an_environment_of_its_own(chapter: Chapter):
    show = "python -c \"import os; print(os.environ.get('WREN_SONG'))\""
    with opened(chapter.root, []) as stage:
        lines = [
            *stage.command(f"WREN_SONG=dawn WREN_SIZE=3 {show}"),
            *stage.command(f"WREN_SONG='at dusk' {show}"),
            *stage.command(show),
        ]
    assert lines == ["dawn", "at dusk", "None"]


def test_server_may_be_given_an_environment_of_its_own(chapter: Chapter):
    listening, sings = '"listening on 8642"', '__import__("os").environ["SONG"]'
    text = f"""{SERVER.replace(listening, sings)}
```console
$ SONG=dawn python server.py &
dawn
```
"""
    assert chapter.messages(text) == []


def test_environment_without_a_command_is_refused(chapter: Chapter):
    (message,) = chapter.messages("```console\n$ SONG=dawn\n```\n")
    assert "'SONG=dawn' is not run in chapters" in message


def test_port_is_served_when_its_program_has_read_from_it():
    served = []

    def wait(port: int) -> None:
        wait_until_served(str(port), 10)
        served.append(port)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        waiting = threading.Thread(target=wait, args=[port])
        waiting.start()
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b""
            assert not served
        waiting.join(10)

    assert served == [port]


def test_nobody_waits_for_a_port_that_is_closed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    began = time.monotonic()
    wait_until_served(str(port), 10)

    assert time.monotonic() - began < 5
