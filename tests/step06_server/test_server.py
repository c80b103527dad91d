"""What step 6 promises: a server for the developer, and only for the developer."""

import inspect
import logging
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from http.client import IncompleteRead
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
import werkzeug.serving
from step06_server import App
from werkzeug.test import Client

PATIENCE = 15  # seconds

SIGNATURE = inspect.signature(werkzeug.serving.run_simple)
CALLS = []


def record(*arguments, **options):
    """Record how Werkzeug's server is called, instead of starting it."""
    call = SIGNATURE.bind(*arguments, **options)
    call.apply_defaults()
    CALLS.append(call.arguments)


@pytest.fixture
def calls(monkeypatch):
    """Put the recorder in the server's place, wherever a module has imported it."""
    CALLS.clear()
    run_simple = werkzeug.serving.run_simple
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is run_simple:
                monkeypatch.setattr(module, name, record)
    return CALLS


def warnings_in(log):
    return [each for each in log.records if each.levelno >= logging.WARNING]


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def running(folder, code):
    """Run a program with an app in it; yield a function that gets its pages."""
    port = free_port()
    program = folder / "program.py"
    program.write_text(code.replace("PORT", str(port)), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(program)], cwd=folder)

    def get(path):
        deadline = monotonic() + PATIENCE
        while True:
            try:
                return fetch(f"http://127.0.0.1:{port}{path}")
            # not up yet, or ended by the reloader in the middle of an answer
            except (URLError, ConnectionError, IncompleteRead):
                assert process.poll() is None, "the program ended"
                assert monotonic() < deadline, "the server does not answer"
                sleep(0.05)

    try:
        yield get
    finally:
        process.terminate()
        process.wait(PATIENCE)


def fetch(url):
    """Return a page's status and text."""
    try:
        with urlopen(url, timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_run_serves_this_machine_alone(calls):
    app = App(__name__)
    app.route("/")(lambda: "Hello")

    app.run()

    assert Client(calls[0]["application"]).get("/").text == "Hello"
    assert (calls[0]["hostname"], calls[0]["port"]) == ("127.0.0.1", 5000)


def test_run_is_quiet_about_errors_unless_told(calls):
    app = App(__name__)

    app.run()

    assert not calls[0]["use_reloader"] and not calls[0]["use_debugger"]
    assert not app.debug


def test_debug_reloads_and_debugs(calls):
    app = App(__name__)

    app.run(debug=True)

    assert calls[0]["use_reloader"] and calls[0]["use_debugger"]
    assert app.debug


def test_debug_may_be_set_before(calls):
    app = App(__name__)
    app.debug = True

    app.run()

    assert calls[0]["use_debugger"]


def test_argument_wins_over_the_attribute(calls):
    app = App(__name__)
    app.debug = True

    app.run(debug=False)

    assert not calls[0]["use_debugger"] and not app.debug


def test_options_reach_the_server(calls):
    App(__name__).run("::1", 8080, debug=True, use_reloader=False, threaded=False)

    call = calls[0]
    assert (call["hostname"], call["port"]) == ("::1", 8080)
    assert (call["use_reloader"], call["threaded"]) == (False, False)


def test_each_request_has_a_thread(calls):
    App(__name__).run()

    assert calls[0]["threaded"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_debugger_is_on_where_only_this_machine_reaches_it(calls, host):
    App(__name__).run(host=host, debug=True)

    assert calls[0]["use_debugger"]


@pytest.mark.differs("Flask starts its debugger on every host", safer=True)
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "wren.example"])
def test_debugger_is_off_where_others_reach_it(calls, host, caplog):
    App(__name__).run(host=host, debug=True)

    assert not calls[0]["use_debugger"] and calls[0]["use_reloader"]
    assert host in " ".join(each.getMessage() for each in warnings_in(caplog))


@pytest.mark.optional
@pytest.mark.differs("Flask starts its debugger on every host", safer=True)
def test_reloaded_server_does_not_say_it_again(calls, caplog, monkeypatch):
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")

    App(__name__).run(host="0.0.0.0", debug=True)

    assert not calls[0]["use_debugger"] and not warnings_in(caplog)


@pytest.mark.optional
def test_debugger_may_be_asked_for_by_name(calls, caplog):
    App(__name__).run(host="0.0.0.0", debug=True, use_debugger=True)

    assert calls[0]["use_debugger"] and not warnings_in(caplog)


def test_debugging_app_lets_errors_through():
    app = App(__name__)
    app.debug = True
    app.route("/")(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/")


HELLO = """
from step06_server import App

app = App(__name__)

@app.route("/")
def index():
    return "one"

@app.route("/broken")
def broken():
    return 1 / 0

if __name__ == "__main__":
    app.run(port=PORT, debug=DEBUG, reloader_type="stat")
"""


def test_server_answers_over_http(tmp_path):
    with running(tmp_path, HELLO.replace("DEBUG", "False")) as get:
        assert get("/") == (200, "one")


def test_error_opens_the_debugger(tmp_path):
    with running(tmp_path, HELLO.replace("DEBUG", "True")) as get:
        status, page = get("/broken")

    assert status == 500
    assert "ZeroDivisionError" in page and re.search('SECRET = "[^"]+"', page)


def test_saved_change_is_served(tmp_path):
    with running(tmp_path, HELLO.replace("DEBUG", "True")) as get:
        assert get("/") == (200, "one")
        program = tmp_path / "program.py"
        changed = program.read_text(encoding="utf-8").replace('"one"', '"two"')
        program.write_text(changed, encoding="utf-8")
        deadline = monotonic() + PATIENCE
        while get("/") != (200, "two"):
            assert monotonic() < deadline, "the server did not reload"
            sleep(0.1)
