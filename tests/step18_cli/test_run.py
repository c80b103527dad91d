"""What step 18 promises about the command `run`."""

import os
import re
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from http.client import IncompleteRead
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from werkzeug.test import Client

PATIENCE = 120  # seconds, for a machine that has other things to do
KEYS = Path(__file__).parent

SHOP = """
from step18_cli import App

app = App(__name__)

@app.route("/")
def index():
    return "one"
"""
BROKEN = "price = (\n"


@pytest.fixture
def shop(save):
    return save("shop.py", SHOP)


@pytest.fixture
def run(shop, command, calls):
    """Return a function that calls `run`, and gets what Werkzeug's server was given."""

    def run(*arguments, **options):
        calls.clear()
        said = command("--app", "shop", "run", *arguments, **options)
        assert said.code == 0 and len(calls) == 1, said.text
        return calls[0]

    return run


def test_server_gets_the_app(run):
    call = run()

    assert Client(call["application"]).get("/").text == "one"
    assert (call["hostname"], call["port"]) == ("127.0.0.1", 5000)
    assert call["threaded"] and call["ssl_context"] is None
    assert not call["use_reloader"] and not call["use_debugger"]


def test_debug_mode_has_a_reloader_and_a_debugger(run):
    call = run("--debug")

    assert call["use_reloader"] and call["use_debugger"]
    assert call["application"].debug


@pytest.mark.parametrize("name", ["FLASK_DEBUG", "FLASK_RUN_DEBUG"])
def test_debug_mode_may_come_from_a_variable(run, name):
    call = run(env={name: "1"})

    assert call["use_reloader"] and call["application"].debug


def test_reloader_and_debugger_can_be_chosen(run):
    call = run("--debug", "--no-reload", "--no-debugger")
    assert not call["use_reloader"] and not call["use_debugger"]

    call = run("--no-debug", "--reload", "--debugger")
    assert call["use_reloader"] and call["use_debugger"]
    assert not call["application"].debug


def test_address_can_be_chosen(run):
    call = run("--host", "::1", "--port", "0")
    assert (call["hostname"], call["port"]) == ("::1", 0)

    call = run("-h", "localhost", "-p", "8000")
    assert (call["hostname"], call["port"]) == ("localhost", 8000)


def test_each_option_has_a_variable(run):
    call = run(env={"FLASK_RUN_PORT": "8000", "FLASK_RUN_HOST": "localhost"})

    assert (call["hostname"], call["port"]) == ("localhost", 8000)


def test_threads_can_be_left_out(run):
    assert not run("--without-threads")["threaded"]


def test_files_that_count_for_the_reloader_can_be_chosen(run, save):
    more = os.pathsep.join(["prices.toml", "songs.csv"])

    call = run("--extra-files", more, "--exclude-patterns", "a*")

    assert call["extra_files"] == ["prices.toml", "songs.csv"]
    assert call["exclude_patterns"] == ["a*"]


def test_debug_mode_is_told(command, calls, shop):
    assert "ebug mode" in command("--app", "shop", "run").text


@pytest.mark.differs("Flask starts its debugger on every host", safer=True)
def test_debugger_is_off_where_others_reach_it(run):
    call = run("--debug", "--host", "0.0.0.0")
    assert call["use_reloader"] and not call["use_debugger"]

    assert run("--debug", "--debugger", "--host", "0.0.0.0")["use_debugger"]


def test_port_that_is_none_is_refused(command, calls, shop):
    said = command("--app", "shop", "run", "--port", "http")

    assert said.refused and "http" in said.text and not calls


@pytest.mark.differs("Flask serves on another port")
def test_port_out_of_range_is_refused(command, calls, shop):
    said = command("--app", "shop", "run", "--port", "65536")

    assert said.refused and "65535" in said.text and not calls


def test_port_that_is_taken_is_told(command, shop):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        said = command("--app", "shop", "run", "--port", port)

    assert said.code == 1 and port in said.text and "Traceback" not in said.text


def test_app_that_is_broken_ends_it(command, calls, save):
    save("shop.py", BROKEN)

    said = command("--app", "shop", "run", "--debug")

    assert said.code == 1 and "SyntaxError" in said.text and not calls


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (BROKEN, "never closed"),
        ("price = 1 / 0\n", "division by zero"),
        ("import nobody_has_it\n", "nobody_has_it"),
    ],
)
def test_edit_that_breaks_the_app_is_shown(run, save, monkeypatch, code, told):
    save("shop.py", code)
    # set by Werkzeug's reloader, in the process that it restarts
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

    client = Client(run("--debug")["application"])

    for _ in range(2):
        with pytest.raises(Exception, match=told):
            client.get("/")


@pytest.mark.optional
def test_edit_that_takes_the_app_away_is_shown(run, save, monkeypatch):
    save("shop.py", "price = 7\n")
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

    call = run("--debug")

    with pytest.raises(Exception, match="shop"):
        Client(call["application"]).get("/")


def test_app_that_starts_itself_is_only_imported(command, save):
    save("shop.py", SHOP + "\napp.run(port=0)\nprint('imported')\n")

    said = command("--app", "shop", "routes")

    assert said.code == 0 and "imported" in said.lines
    assert "app.run()" in said.text


@pytest.mark.differs("Flask's variable for it stays, and child processes obey it, too")
def test_app_can_be_run_after_a_command(command, shop, calls):
    from step18_cli import App

    command("--app", "shop", "routes")
    App(__name__).run()

    assert calls


# ---- HTTPS


@pytest.fixture
def pair():
    return ["--cert", str(KEYS / "cert.pem"), "--key", str(KEYS / "key.pem")]


def test_certificate_and_key_make_it_https(run, pair):
    assert run(*pair)["ssl_context"]


def test_context_for_https_can_be_imported(run, save, monkeypatch):
    save("tls.py", "import ssl\nours = ssl.create_default_context()\n")
    monkeypatch.syspath_prepend(Path.cwd())

    call = run("--cert", "tls:ours")

    assert isinstance(call["ssl_context"], ssl.SSLContext)


def test_certificate_can_be_made_up(run, monkeypatch, save):
    save("cryptography.py", "")
    monkeypatch.syspath_prepend(Path.cwd())

    assert run("--cert", "adhoc")["ssl_context"] == "adhoc"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--cert", str(KEYS / "cert.pem")], "--key"),
        (["--key", str(KEYS / "key.pem")], "--cert"),
        (["--cert", "adhoc"], "cryptography"),
        (["--cert", "adhoc", "--key", str(KEYS / "key.pem")], "cert"),
        (["--cert", "absent.pem", "--key", str(KEYS / "key.pem")], "absent.pem"),
        (["--cert", "absent.pem"], "absent.pem"),
        (["--cert", "os:path"], "os:path"),
        (["--cert", "os"], "os"),
        (["--cert", str(KEYS / "cert.pem"), "--key", "absent.pem"], "absent.pem"),
    ],
)
def test_certificate_that_cannot_be_used_is_refused(
    command, shop, calls, monkeypatch, arguments, told
):
    monkeypatch.setitem(sys.modules, "cryptography", None)

    said = command("--app", "shop", "run", *arguments)

    assert said.refused and told in said.text and not calls


@pytest.mark.differs("Flask shows a traceback when the server starts", safer=False)
def test_file_that_is_no_certificate_is_refused(command, shop, calls):
    said = command(
        *["--app", "shop", "run", "--cert", "shop.py"],
        *["--key", str(KEYS / "key.pem")],
    )

    assert said.refused and "shop.py" in said.text and not calls


# ---- real servers


class Server:
    """A server in a process of its own, and what it says."""

    def __init__(self, *arguments):
        self.said = []
        self.process = subprocess.Popen(
            [sys.executable, "-u", "manage.py", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.reader = Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.said.append(line)

    def wait_for(self, find):
        """Wait until this function finds something, and return that."""
        deadline = monotonic() + PATIENCE
        while not (found := find()):
            assert self.process.poll() is None, f"it ended: {self.said}"
            assert monotonic() < deadline, f"waited in vain: {self.said}"
            sleep(0.02)
        return found

    @property
    def url(self):
        return self.wait_for(lambda: re.search(r"http\S+:\d+", "".join(self.said)))[0]

    def get(self, context=None):
        """Return the page and its status, unless the server is just restarting."""
        try:
            return self.fetch(context)
        except (URLError, ConnectionError, IncompleteRead):
            return None

    def fetch(self, context):
        try:
            with urlopen(self.url, timeout=PATIENCE, context=context) as response:
                return response.status, response.read().decode()
        except HTTPError as error:
            # the server may end in the middle of an error page, too
            with error:
                return error.code, error.read().decode()

    def wait_for_page(self, status, text):
        """Wait until the page has this status and this text."""
        self.wait_for(
            lambda: (page := self.get()) and page[0] == status and text in page[1]
        )


# without the reloader that counts on the system's events, which may get lost
PROGRAM = """
import sys
sys.modules["watchdog.observers"] = None
from step18_cli import CommandLine
CommandLine().main()
"""


@contextmanager
def serving(*arguments):
    Path("manage.py").write_text(PROGRAM, encoding="utf-8")
    server = Server(*arguments)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(PATIENCE)
        server.reader.join(PATIENCE)
        server.process.stdout.close()


@pytest.mark.once("it starts a server")
def test_server_speaks_https(shop, pair):
    context = ssl.create_default_context(cafile=KEYS / "cert.pem")

    with serving("--app", "shop", "run", "--port", "0", *pair) as server:
        assert server.url.startswith("https:")
        page = server.wait_for(lambda: server.get(context))

    assert page == (200, "one")


@pytest.mark.once("it starts a server, and restarts it twice")
def test_server_survives_an_edit_that_breaks_the_app(shop, save):
    # seen by the reloader even if two files are saved in the same second
    def edit(text, seconds):
        moment = shop.stat().st_mtime + seconds
        save("draft.txt", text)
        os.utime("draft.txt", (moment, moment))
        Path("draft.txt").replace(shop)

    run = ["--app", "shop", "run", "--debug", "--port", "0"]
    with serving(*run, "--no-debugger") as server:
        server.wait_for_page(200, "one")
        edit(BROKEN, 10)
        server.wait_for(lambda: "SyntaxError" in "".join(server.said))
        server.wait_for_page(500, "")
        edit(SHOP.replace("one", "two"), 20)
        server.wait_for_page(200, "two")
