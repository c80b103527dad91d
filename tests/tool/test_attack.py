"""The verb `attack`: what it says, whom it attacks, and what a target may do to it."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from costrel.attacks import loopback
from costrel.attacks.framework import Framework, framework_of, serving
from costrel.attacks.loopback import Server, TargetError, server_at
from costrel.attacks.making import attack_framework, attack_running, attack_server
from costrel.cli import group
from costrel.core.attacks import Attack, attacks_of
from costrel.core.ladder import Ladder, Problem, Step, find_root
from costrel.workshop.folder import contents

LADDER = Ladder(find_root())
ATTACK = Attack(
    title="A knock",
    story="Eve knocks.",
    app="from . import App\n\napp = App()\n",
    requests=({"method": "GET", "path": "/"},),
    worked="come in",
    held="go away",
    breach="Eve is in.",
    defense="Eve is outside.",
    on_demo=True,
)
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n"
# answers what the module says
APP = """
def App():
    def app(environ, start_response):
        text = says(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]
    return app
"""


def attack(*words: str) -> Result:
    return CliRunner().invoke(group, ["attack", *words], prog_name="costrel")


# --- what it says


def test_an_attack_that_gets_in_is_told_and_the_command_fails() -> None:
    done = attack("13", "--against", "naive")

    assert done.exit_code == 1, done.output
    assert "✗ An edited cookie: it got in" in done.output
    assert "The safe is open: the server believed" in done.output
    assert "Somebody got in: 2 of 2 attacks worked." in done.output


def test_a_step_holds_its_attacks_off() -> None:
    done = attack("13")

    assert done.exit_code == 0, done.output
    assert done.output.startswith("The attacks of step 13 on step 13\n")
    assert "✓ An edited cookie: it was held off" in done.output
    assert "so she is a stranger" in done.output
    assert "Nobody got in: 0 of 2 attacks worked." in done.output


def test_another_step_may_be_attacked() -> None:
    done = attack("13", "--against", "14")

    assert done.exit_code == 0, done.output
    assert "The attacks of step 13 on step 14" in done.output


def test_a_step_that_lacks_what_the_app_imports_was_not_attacked() -> None:
    done = attack("13", "--against", "12")

    assert done.exit_code == 3, done.output
    assert "nobody can tell" in done.output
    said = " ".join(done.output.split())
    assert "On step 12, its app doesn't start. It said last: ImportError:" in said
    assert "No attack came to its end, so this says nothing." in done.output


def test_requests_and_responses_can_be_shown() -> None:
    done = attack("13", "--show")

    assert "Eve logs in and reads the cookie" in done.output
    assert "> GET /login/eve HTTP/1.1" in done.output
    assert "< HTTP/1.1 200 OK" in done.output
    assert "< Welcome, stranger." in done.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("99",), "There is no step '99': the steps are 1 to "),
        (("6",), "Step 6 has no attack by HTTP: The debugger's victim listens on"),
        (("13", "--against", "99"), "Name a step, the folder of a workshop, mine or"),
        (("9", "--against", "8", "--url", "http://[::1]"), "not both"),
        (("13", "--url", "http://127.0.0.1:1"), "none can be made on a server that"),
        (("9", "--url", "https://127.0.0.1"), "'https://127.0.0.1' is not the root"),
        (("9", "--url", "http://127.0.0.1/app"), "is not the root of a server"),
        (("9", "--url", "http://127.0.0.1:99999"), "is no URL: Port out of range"),
        (("9", "--url", "http://["), "'http://[' is no URL"),
        (("9", "--url", "http://nothing.invalid"), "The host 'nothing.invalid' has no"),
        (("9", "--url", "http://192.0.2.1:80"), "192.0.2.1 leads to 192.0.2.1, which"),
        (("9", "--url", "http://0.0.0.0:80"), "loopback addresses only"),
        (("9", "--url", "http://[2001:db8::1]"), "loopback addresses only"),
    ],
)
def test_a_wrong_call_gets_a_sentence_and_never_the_code_of_a_breach(
    words: tuple[str, ...], sentence: str
) -> None:
    done = attack(*words)

    assert done.exit_code == 2
    assert sentence in done.output
    assert done.output.count("\n") == 1


# --- the reader's framework


def workshop(step: int, folder: Path) -> Path:
    """Make a workshop whose package is done up to the step before."""
    contents.make(LADDER, LADDER.get(step), folder / "mine", "wrenwork")
    return folder / "mine"


def test_in_a_workshop_the_reader_s_own_framework_is_attacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = workshop(14, tmp_path)
    monkeypatch.chdir(mine)

    done = attack("13")

    assert done.exit_code == 0, done.output
    assert "The attacks of step 13 on your wrenwork\n" in done.output


def test_the_reader_s_mistake_lets_an_attack_in(tmp_path: Path) -> None:
    mine = workshop(14, tmp_path)
    code = mine / "wrenwork" / "sessions.py"
    code.write_text(code.read_text("utf-8") + BELIEVING, encoding="utf-8")

    done = attack("13", "--against", str(mine))

    assert done.exit_code == 1, done.output
    assert "✗ An edited cookie: it got in" in done.output


BELIEVING = """

def open_session(self, app, request):
    from base64 import urlsafe_b64decode
    from json import loads

    cookie = request.cookies.get("session", "")
    text = urlsafe_b64decode(cookie) if cookie.endswith("=") else "{}"
    return SecureCookieSession(loads(text))


SecureCookieSessionInterface.open_session = open_session
"""


def test_the_extensions_beside_a_framework_are_found(tmp_path: Path) -> None:
    done = attack("19", "--against", str(workshop(20, tmp_path)))

    assert done.exit_code == 0, done.output
    assert "Nobody got in: 0 of 2 attacks worked." in done.output


# --- what a target may do


Behavior = Callable[[socket.socket], None]


@pytest.fixture
def listening() -> Iterator[Callable[[Behavior], Server]]:
    """Let a function answer whoever connects, after it has heard the request."""
    servers = []

    def start(behavior: Behavior) -> Server:
        listener = socket.create_server(("127.0.0.1", 0))
        servers.append(listener)
        threading.Thread(target=answer, args=(listener, behavior), daemon=True).start()
        port = listener.getsockname()[1]
        return server_at(f"http://127.0.0.1:{port}")

    yield start
    for each in servers:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


def answer(listener: socket.socket, behavior: Behavior) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                behavior(connection)


def hang(connection: socket.socket) -> None:
    while connection.recv(1000):
        """Listen until the other side has had enough."""


def drip(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(RESPONSE.replace(b": 7", b": 1000000000"))
    with suppress(OSError):
        while True:
            connection.sendall(b".")


def test_a_target_that_hangs_gets_one_sentence(listening) -> None:
    server = replace(listening(hang), seconds=0.2)

    outcome = attack_running(server, ATTACK)

    assert outcome.got_in is None
    assert outcome.why == (
        f"{server.url} was asked for GET / and gave no whole response in 0.2 seconds."
    )


def trickle(connection: socket.socket) -> None:
    """Send something again and again, so that no single wait is long."""
    connection.recv(1000)
    done = threading.Event()
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not done.wait(0.02):
            connection.sendall(b"X-Wait: yes\r\n"[:1])


def test_a_target_that_sends_a_bit_at_a_time_has_no_longer(listening) -> None:
    server = replace(listening(trickle), seconds=0.5)

    assert "no whole response in 0.5 seconds" in attack_running(server, ATTACK).why


def test_a_response_without_an_end_is_cut(listening) -> None:
    outcome = attack_running(listening(drip), replace(ATTACK, worked=r"\.\.\."))

    assert outcome.got_in
    assert outcome.hops[0].answer.cut


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", "and ended the connection: "),
        (b"SSH-2.0-OpenSSH\r\n", "and sent back what isn't HTTP (BadStatusLine)."),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            "and ended the connection: IncompleteRead(4",
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "(HTTPException)."),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 99_999 + b"\r\n\r\n", "(LineTooLong)."),
        (bytes(range(256)) * 10, "and sent back what isn't HTTP (BadStatusLine)."),
    ],
)
def test_a_target_that_dies_or_speaks_no_http_gets_one_sentence(
    listening, sent: bytes, told: str
) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        with suppress(OSError):
            connection.sendall(sent)

    outcome = attack_running(listening(behave), ATTACK)

    assert outcome.got_in is None
    assert told in outcome.why
    assert "\n" not in outcome.why


def test_nobody_at_the_address_gets_one_sentence() -> None:
    done = attack("9", "--url", f"http://127.0.0.1:{closed_port()}")

    assert done.exit_code == 3
    said = " ".join(done.output.split())
    assert "start the server there, then call again." in said


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_a_response_that_says_neither_is_unclear(listening) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(RESPONSE + b"perhaps")

    outcome = attack_running(listening(behave), ATTACK)

    assert outcome.got_in is None
    assert "neither those of a breach nor those of a defense" in outcome.why


# --- only this machine


def redirecting(location: str, heard: list[bytes]) -> Behavior:
    def behave(connection: socket.socket) -> None:
        heard.append(connection.recv(10_000))
        head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
        if len(heard) > 1:
            connection.sendall(RESPONSE + b"go away")
            return
        connection.sendall(head + f"Location: {location}\r\n\r\n".encode())

    return behave


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """List where connections lead."""
    made, connect = [], socket.create_connection

    def noted(address: Any, *rest: Any) -> socket.socket:
        made.append(address)
        return connect(address, *rest)

    monkeypatch.setattr(loopback.socket, "create_connection", noted)
    return made


@pytest.mark.parametrize(
    "location",
    ["http://192.0.2.1/", "//192.0.2.1/", "http://127.0.0.1:1/", "https://[::1]/"],
)
def test_a_redirect_to_another_server_is_not_followed(
    listening, connected, location: str
) -> None:
    heard: list[bytes] = []
    server = listening(redirecting(location, heard))

    outcome = attack_running(server, ATTACK)

    assert outcome.hops[-1].note == (
        "This redirect leads to another site, and is not followed."
    )
    assert connected == [("127.0.0.1", server.port)]
    assert len(heard) == 1


def test_a_forged_host_leads_nowhere_else(listening, connected) -> None:
    heard: list[bytes] = []
    server = listening(redirecting("http://evil.example/next", heard))
    request = {"method": "GET", "path": "/", "headers": {"Host": "evil.example"}}

    outcome = attack_server(server, replace(ATTACK, requests=(request,)))

    assert outcome.got_in is False
    assert heard[1].startswith(b"GET /next HTTP/1.1\r\n")
    assert b"Host: evil.example\r\n" in heard[0]
    assert connected == [("127.0.0.1", server.port)] * 2


def test_a_name_is_resolved_once_and_each_address_is_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def getaddrinfo(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host)
        found = ["127.0.0.1", "198.51.100.7"] if host == "mixed.test" else ["127.0.0.2"]
        return [(socket.AF_INET, 1, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(loopback.socket, "getaddrinfo", getaddrinfo)

    with pytest.raises(Problem, match="which is not this machine"):
        server_at("http://mixed.test:8000")
    server = server_at("http://wren.test:8000")
    assert server.addresses == ("127.0.0.2",)
    assert server.netloc == "wren.test:8000"
    with suppress(TargetError):
        server.connect().close()
    assert [name for name in asked if name.endswith("test")] == [
        "mixed.test",
        "wren.test",
    ]


# --- a framework that is served


def framework(text: str) -> Framework:
    files = {"odd/__init__.py": (APP + text).encode()}
    return Framework("the odd one", "odd", LADDER.root, files)


def test_a_framework_is_served_for_one_attack() -> None:
    polite = framework('def says(environ):\n    return "go away"\n')

    assert attack_framework(polite, ATTACK).got_in is False


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 / 0\n", "its app doesn't start. It said last: ZeroDivisionError:"),
        ("import os\nos._exit(3)\n", "its app doesn't start."),
        ("print('hello')\nraise SystemExit('bye')\n", "It said last: bye"),
        ("def App(:\n", "It said last: SyntaxError:"),
        (
            "import os\ndef says(environ):\n    print('oh', flush=True)\n"
            "    os._exit(3)\n",
            "ended the connection",
        ),
    ],
)
def test_a_framework_that_ends_gets_one_sentence(text: str, told: str) -> None:
    outcome = attack_framework(framework(text), ATTACK)

    assert outcome.got_in is None
    assert outcome.why.startswith("On the odd one, ")
    assert told in outcome.why
    assert "\n" not in outcome.why


@pytest.mark.parametrize(
    "text",
    [
        "from threading import Event\nEvent().wait()\n",
        "from threading import Event\ndef says(environ):\n    Event().wait()\n",
    ],
    ids=["import", "view"],
)
def test_a_framework_that_hangs_gets_one_sentence(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COSTREL_PATIENCE", "0.1")

    outcome = attack_framework(framework(text), ATTACK)

    assert outcome.got_in is None
    assert re.search("doesn't start|no whole response in 2 seconds", outcome.why)


def test_a_server_ends_with_the_command(tmp_path: Path) -> None:
    polite = framework('def says(environ):\n    return "go away"\n')

    with serving(polite, ATTACK.app) as server:
        server.connect().close()

    with pytest.raises(TargetError):
        server.connect()


def test_a_server_ends_though_the_command_was_killed(tmp_path: Path) -> None:
    (tmp_path / "target.py").write_text("def app(e, s):\n    pass\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "costrel.attacks.serve", "target"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        assert int(process.stdout.readline())
        process.stdin.close()

        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


# --- the files


def write(folder: Path, text: str) -> Step:
    step = Step(folder, 1, "small")
    step.tests.mkdir(parents=True)
    (step.tests / "attack.toml").write_text(text, encoding="utf-8")
    return step


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[attacks]\n", "attack.toml is not TOML: "),
        ("", "attack.toml has nothing at its top: write each attack below a line"),
        ("title = 'A knock'\n[[requests]]\n", "has title, requests at its top: "),
        ("none = 'x'\n[[attacks]]\n", "has none, attacks at its top: "),
        ("[[attacks]]\ntitle = 'A knock'\n", "'A knock' lacks app, breach, defense, "),
        (
            "[[attacks]]\n"
            + "\n".join(f"{name} = 'x'" for name in vars(ATTACK) if name != "on_demo")
            + "\nvictim = 'naive'\n",
            "'x' doesn't know victim.",
        ),
    ],
)
def test_a_file_that_is_wrong_gets_one_sentence(
    tmp_path: Path, text: str, told: str
) -> None:
    step = write(tmp_path, text)

    with pytest.raises(Problem, match=re.escape(told)):
        attacks_of(step)


def test_a_step_is_attacked_by_its_number_and_its_files_are_copies() -> None:
    step = LADDER.get(13)

    files = framework_of(step).with_app("app = 1\n")

    assert files[f"{step.name}/target.py"] == b"app = 1\n"
    assert not (step.package / "target.py").exists()
