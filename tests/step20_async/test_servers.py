"""What step 20 promises under real servers, with threads, greenlets and event loops."""

import http.client
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import pytest

PATIENCE = 120  # seconds, for a machine that has other things to do

# files say what has happened, because workers may be processes
PROGRAM = """
import asyncio
from pathlib import Path

from step20_async import App

app = App(__name__)
here = set()

@app.route("/")
async def index():
    await asyncio.sleep(0)
    return "Hello"

@app.route("/meet/<name>")
async def meet(name):
    here.add(name)
    while len(here) < 2:
        await asyncio.sleep(0.01)
    return "met"

@app.route("/events")
def events():
    async def ring():
        try:
            while True:
                yield "data: ring\\n\\n"
                await asyncio.sleep(0.01)
        finally:
            Path("ended").touch()
    return ring(), {"Content-Type": "text/event-stream"}
"""
# what only works where all is `def`
GREENLETS = """
from step20_async import App

app = App(__name__)

@app.route("/")
def index():
    return iter(["Hel", "lo"])
"""
ASYNC_VIEW = """
@app.route("/async")
async def wait():
    return "Hello"
"""
ASYNC_STREAM = """
@app.route("/async")
def wait():
    async def ring():
        yield "data: ring"
    return ring()
"""
ADAPTED = """
from step20_async.asgi import ASGIAdapter

asgi_app = ASGIAdapter(app)
"""


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Return a context manager that runs a server with a program."""
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def serve(program, *command):
        if find_spec(command[0]) is None:
            pytest.skip(f"{command[0]} isn't installed")
        Path("program.py").write_text(program, encoding="utf-8")
        with Path("log.txt").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], stdout=log, stderr=log
            )
        try:
            yield wait_for(address, process)
        finally:
            process.terminate()
            process.wait(PATIENCE)

    return serve


def log():
    return Path("log.txt").read_text(encoding="utf-8", errors="replace")


def wait_for(what, process=None):
    """Return a function's result as soon as it's true."""
    deadline = monotonic() + PATIENCE
    while not (found := what()):
        assert process is None or process.poll() is None, log()
        assert monotonic() < deadline, log()
        sleep(0.02)
    return found


def address():
    """Return where the server listens, if it has said so."""
    found = re.search(r"http://(127\.0\.0\.1):(\d+)", log())
    return (found[1], int(found[2])) if found else None


def get(server, path):
    """Return a page's text."""
    connection = http.client.HTTPConnection(*server, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def gunicorn(*options):
    """Return the command that serves the program with one worker of some kind."""
    if sys.platform == "win32":
        pytest.skip("gunicorn needs a Unix")
    return ["gunicorn", "--bind=127.0.0.1:0", "--no-control-socket", *options]


UVICORN = ["uvicorn", "--port=0", "program:asgi_app"]


def leave(server):
    """Read the first event of a stream, and hang up."""
    connection = http.client.HTTPConnection(*server, timeout=PATIENCE)
    connection.request("GET", "/events")
    response = connection.getresponse()
    assert response.readline() == b"data: ring\n"
    response.close()
    connection.close()


def meet(server):
    """Visit a view that waits until somebody else is there, twice at once."""
    with ThreadPoolExecutor(2) as pool:
        return [*pool.map(lambda name: get(server, f"/meet/{name}"), ["ann", "bob"])]


@pytest.mark.differs("Flask can't send what an async generator makes")
@pytest.mark.parametrize("kind", ["sync", "gthread"])
def test_gunicorn_answers_and_ends_a_stream_whose_client_leaves(serve, kind):
    with serve(PROGRAM, *gunicorn("-k", kind, "program:app")) as server:
        assert get(server, "/") == "Hello"
        leave(server)
        wait_for(Path("ended").exists)
        assert get(server, "/") == "Hello"


@pytest.mark.once("gunicorn's threads take their time to start")
def test_threads_wait_at_the_same_time(serve):
    threads = gunicorn("-k", "gthread", "--threads=2", "program:app")
    with serve(PROGRAM, *threads) as server:
        assert meet(server) == ["met", "met"]


@pytest.mark.optional
@pytest.mark.holds_before("gevent needs nothing from the app")
def test_greenlets_run_what_is_not_async(serve):
    pytest.importorskip("gevent", reason="gevent isn't installed")
    with serve(GREENLETS, *gunicorn("-k", "gevent", "program:app")) as server:
        assert get(server, "/") == "Hello"


@pytest.mark.optional
@pytest.mark.differs("Flask's async views fail there by chance", safer=True)
def test_greenlets_refuse_an_async_view_at_the_start(serve):
    pytest.importorskip("gevent", reason="gevent isn't installed")
    command = gunicorn("-k", "gevent", "program:app")
    with serve(GREENLETS + ASYNC_VIEW, *command) as server:
        # no worker starts, and so the server ends
        with suppress(OSError, http.client.HTTPException):
            get(server, "/async")
        assert "can't run under gevent: write `def`" in log()


@pytest.mark.optional
@pytest.mark.differs("Flask can't send what an async generator makes")
def test_greenlets_refuse_an_async_stream(serve):
    pytest.importorskip("gevent", reason="gevent isn't installed")
    command = gunicorn("-k", "gevent", "program:app")
    with serve(GREENLETS + ASYNC_STREAM, *command) as server:
        assert "Internal Server Error" in get(server, "/async")
        assert "can't run under gevent: write `def`" in log()


@pytest.mark.optional
@pytest.mark.differs("Flask leaves ASGI to other packages")
def test_asgi_server_answers_and_ends_a_stream_whose_client_leaves(serve):
    with serve(PROGRAM + ADAPTED, *UVICORN) as server:
        assert get(server, "/") == "Hello"
        assert meet(server) == ["met", "met"]
        leave(server)
        wait_for(Path("ended").exists)
