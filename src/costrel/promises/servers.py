"""It is WSGI: the demos under the validator and under real servers, over HTTP."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlencode

from costrel.core.ladder import Step
from costrel.core.processes import end

from .runs import environment

PATIENCE = 20.0  # seconds until a server must answer, or have ended

# wsgiref's server, strict about warnings and about PEP 3333
VALIDATED = """
import sys
from importlib import import_module
from wsgiref.simple_server import make_server
from wsgiref.validate import validator

app = import_module(sys.argv[1] + ".demo").app
make_server("127.0.0.1", int(sys.argv[2]), validator(app)).serve_forever()
"""


@dataclass(frozen=True)
class Visit:
    """A request to a demo, and what has to come back."""

    # the first step whose demo has this page
    since: int
    method: str
    path: str
    status: int
    text: str = ""
    form: dict[str, str] = field(default_factory=dict)
    # the first step whose demo answers in another way
    until: int | None = None

    def is_for(self, step: Step) -> bool:
        ended = self.until is not None and self.until <= step.number
        return self.since <= step.number and not ended

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def command(server: str, step: Step, port: int) -> list[str]:
    """Return the command line that serves a step's demo on a port."""
    app = f"{step.name}.demo:app"
    address = f"127.0.0.1:{port}"
    arguments = {
        "wsgiref": ["-W", "error", "-c", VALIDATED, step.name, str(port)],
        "gunicorn": ["-m", "gunicorn", f"--bind={address}", "--threads=2", app],
        "waitress": ["-m", "waitress", f"--listen={address}", app],
        "development": ["-m", "costrel", "run", step.name, "--port", str(port)],
    }
    return [sys.executable, *arguments[server]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(server: str, step: Step) -> Iterator[tuple[int, Path]]:
    """Serve a step's demo; yield the port and the file of the server's log."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command(server, step, port),
                cwd=folder,
                env=environment(
                    PYTHONPATH=str(step.root / "steps"),
                    COSTREL_ROOT=str(step.root),
                    # no file of an earlier run, nor of a reader's
                    WREN_GUESTS_URL=f"sqlite:///{folder}/guests.sqlite",
                ),
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_until_open(port, process)
            yield port, log
        finally:
            end(process, PATIENCE)


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server listens, has ended, or has had its time."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)


def broken_visits(server: str, step: Step, visits: Iterable[Visit]) -> list[str]:
    """Make the visits to a step's demo under a server; find what comes back wrong."""
    with serving(server, step) as (port, log):
        wrong = [
            f"{step.name} under {server}: {visit}: {complaint}"
            for visit in visits
            if visit.is_for(step)
            for complaint in complaints(port, visit)
        ]
        said = log.read_text(encoding="utf-8", errors="replace").strip()
    last = said.splitlines()[-1:] if wrong else []
    return wrong + [
        f"{step.name} under {server}: its log ends: {line}" for line in last
    ]


def complaints(port: int, visit: Visit) -> Iterator[str]:
    try:
        status, text = ask(port, visit)
    except (OSError, HTTPException) as error:
        yield f"no answer ({type(error).__name__}: {error})"
        return
    if status != visit.status:
        yield f"status {status}, not {visit.status}"
    elif visit.text not in text:
        yield f"{visit.text!r} is not in the answer {text[:200]!r}"


def ask(port: int, visit: Visit) -> tuple[int, str]:
    """Make one request; return the status, and the body as text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(visit.form) if visit.form else None
    try:
        path = quote(visit.path, safe="/?&=%")
        connection.request(visit.method, path, body, headers if body else {})
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")
    finally:
        connection.close()
