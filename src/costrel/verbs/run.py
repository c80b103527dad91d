"""The verb `run`: serves a step's demo, and says what keeps it from being served."""

import errno
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from traceback import extract_tb
from wsgiref.types import WSGIApplication

import click

from costrel.core import ports
from costrel.core.calls import typed
from costrel.core.ladder import Ladder, Problem, Step, find_root
from costrel.core.slow_import import patience
from costrel.core.workshop_folder import find, is_inside, is_mine

EPILOG = """\b
Examples:
  costrel run 3
  costrel run 6 --port 8001
  costrel run 6 --server gunicorn
  costrel run           the framework whose folder you are in, yours or a step
  costrel run mine      your own, in its folder or beside it
"""


@dataclass(frozen=True)
class Demo:
    """A package with a `demo` in it: a step of the book, or the reader's own."""

    name: str
    # the folder that the package is in
    folder: Path
    # what paths in errors are told from
    root: Path
    # the module that has the app
    module: str


@click.command(epilog=EPILOG)
@click.argument("number", metavar="[N|mine]", required=False)
@click.option(
    "--port",
    default=ports.DEFAULT,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Where to listen.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; 0.0.0.0 lets other machines in.",
)
@click.option(
    "--server",
    type=click.Choice(["development", "wsgiref", "gunicorn", "waitress"]),
    help="What serves it: the step's development server, or wsgiref before step 6.",
)
def command(number: str | None, port: int, host: str, server: str | None) -> None:
    """Serve the demo of step N, or of your own framework, until Ctrl-C.

    Without N it is the one whose folder you are in.
    """
    step = chosen(number) if number else around()
    app = load(step)
    serve = choose(step, app, server)
    if not is_reloaded():
        check_port(host, port)
        click.echo(f"{step.name} is at {url(host, port)} (Ctrl-C ends it)")
    try:
        serve(step, app, host, port)
    except KeyboardInterrupt:
        click.echo()
    except OSError as error:
        raise Problem(
            f"Nothing can listen at {url(host, port)}: {error.strerror}."
        ) from None


def chosen(word: str) -> Demo:
    """Find the package that a word means."""
    if is_mine(word):
        workshop = find(word)
        name, folder = workshop.package, workshop.folder
        module = f"{name}.demo" if workshop.demo_in_package else "demo"
        return Demo(name, folder, folder, module)
    return demo_of(Ladder(find_root()).get(word))


def around() -> Demo:
    """Return the demo of the workshop or the step that this folder is in."""
    here = Path.cwd()
    for step in Ladder(find_root()).steps:
        if here.is_relative_to(step.package):
            return demo_of(step)
    if is_inside(here):
        return chosen("mine")
    raise Problem(
        "This folder isn't part of a step or a workshop: pass a step's number,"
        f" such as `{typed('run', '3')}`."
    )


def demo_of(step: Step) -> Demo:
    return Demo(step.name, step.root / "steps", step.root, f"{step.name}.demo")


def is_reloaded() -> bool:
    """Return whether Werkzeug's reloader started this process on a port it holds."""
    return os.environ.get("WERKZEUG_RUN_MAIN") == "true"


def url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


# ---- the demo


def load(step: Demo) -> WSGIApplication:
    """Import the step's demo; raise `Problem` with the place if that fails."""
    sys.path.insert(0, str(step.folder))
    try:
        with patience(step.name):
            demo = import_module(step.module)
    # also what is no `Exception`: a step may end the process, or wait for Ctrl-C
    except BaseException as error:
        raise Problem(f"{step.name} does not import: {describe(error, step)}") from None
    if not hasattr(demo, "app"):
        raise Problem(f"{demo.__file__} has no `app`: call the application `app`.")
    app: WSGIApplication = demo.app
    return app


def describe(error: BaseException, step: Demo) -> str:
    """Name the place of an error, then the error in one line."""
    file, line = last_line_of(error, step)
    path = Path(file)
    if path.is_relative_to(step.root):
        file = path.relative_to(step.root).as_posix()
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    words = [f"{file}:{line}", type(error).__name__, " ".join(text.split())]
    return ": ".join(filter(None, words))


def last_line_of(error: BaseException, step: Demo) -> tuple[str, int | None]:
    """Find the last line of the book that an error passed, or else its last line."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    frames = extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(step.folder)]
    last = (ours or frames)[-1]
    return last.filename, last.lineno


# ---- the port


def check_port(host: str, port: int) -> None:
    """Raise `Problem` if the port is taken, and name one that is free."""
    if not host:
        raise Problem("The host is empty: use an address such as 127.0.0.1.")
    try:
        listen(host, port)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            # `create_server` adds the call's arguments
            why = (error.strerror or str(error)).partition(" (")[0]
            raise Problem(
                f"Nothing can listen on host {host!r}: {why}. "
                "Use an address of this machine, such as 127.0.0.1."
            ) from None
        why = "is in use" if error.errno == errno.EADDRINUSE else "is not allowed"
        raise Problem(
            f"Port {port} {why}: try --port {free_port(host, port)}"
        ) from None


def listen(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socket.create_server((host, port), family=family).close()


def free_port(host: str, taken: int) -> int:
    """Find a free port above the one that is taken, and above the privileged."""
    first = max(taken, 8000) + 1
    for port in range(first, min(first + 100, 65536)):
        try:
            listen(host, port)
        except OSError:
            continue
        return port
    return 8000


# ---- the servers

Serve = Callable[[Demo, WSGIApplication, str, int], None]


def choose(step: Demo, app: WSGIApplication, server: str | None) -> Serve:
    """Find the server that was asked for, or the step's own."""
    has_own = hasattr(app, "run")
    name = server or ("development" if has_own else "wsgiref")
    if name == "development" and not has_own:
        raise Problem(
            f"{step.name} has no development server yet: use --server wsgiref."
        )
    if name in ("gunicorn", "waitress") and find_spec(name) is None:
        raise Problem(f"{name} is not installed here: use --server {other(name)}.")
    return SERVERS[name]


def other(name: str) -> str:
    # gunicorn is the one that does not exist for Windows
    return "waitress" if name == "gunicorn" else "wsgiref"


def serve_development(step: Demo, app: WSGIApplication, host: str, port: int) -> None:
    app.run(host, port, debug=True)  # type: ignore[attr-defined]  # `choose` looked


def serve_wsgiref(step: Demo, app: WSGIApplication, host: str, port: int) -> None:
    from wsgiref.simple_server import make_server

    with make_server(host, port, app) as server:
        server.serve_forever()


def serve_gunicorn(step: Demo, app: WSGIApplication, host: str, port: int) -> None:
    """Become gunicorn, which imports the app anew in each of its workers."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    call = [sys.executable, "-m", "gunicorn", "--bind", address]
    where = ["--pythonpath", str(step.folder), f"{step.module}:app"]
    sys.stdout.flush()
    os.execv(sys.executable, [*call, *where])


def serve_waitress(step: Demo, app: WSGIApplication, host: str, port: int) -> None:
    import waitress

    waitress.serve(app, host=host, port=port)


SERVERS: dict[str, Serve] = {
    "development": serve_development,
    "wsgiref": serve_wsgiref,
    "gunicorn": serve_gunicorn,
    "waitress": serve_waitress,
}
