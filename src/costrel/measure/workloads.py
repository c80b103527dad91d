"""What `costrel measure` has every framework do, and the frameworks it asks.

A workload is a request and the application that answers it, written once for all
frameworks in the terms of `Kit`. To add one, write a function that registers its
views and list it in `WORKLOADS` with the first step that can do it.

The clock is in `worker`, the comparison in `measuring`.
"""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any, Protocol

# Flask as in an application, with a secret key: then it opens a session for each
# request. Flask without one; and Werkzeug's objects without a framework
FLASK, PLAIN_FLASK, WERKZEUG = "flask", "flask-without-key", "werkzeug"
REFERENCES = {
    WERKZEUG: "bare Werkzeug",
    PLAIN_FLASK: "Flask without a secret key",
    FLASK: "Flask",
}

View = Callable[..., Any]
Environ = dict[str, Any]
# the import name of every application: next to this package are its templates
PACKAGE = "costrel.measure.measured"
KEY = "no secret, 24 letters"


class Kit(Protocol):
    """What a workload may use of a framework."""

    app: Any
    # the module from which a view imports `session`, `jsonify` and their like
    names: Any

    def add(self, rule: str, endpoint: str, view: View) -> None:
        """Let a view answer the URLs of a rule."""


class StepKit:
    """A step of the book: `route` is there from the first step on."""

    def __init__(self, name: str) -> None:
        self.names = import_module(name)
        self.app = self.names.App(PACKAGE)
        if hasattr(self.app, "config"):
            self.app.config["SECRET_KEY"] = KEY

    def add(self, rule: str, endpoint: str, view: View) -> None:
        if hasattr(self.app, "add_url_rule"):
            self.app.add_url_rule(rule, endpoint, view)
        else:
            self.app.route(rule)(view)


class FlaskKit:
    """Real Flask."""

    def __init__(self, secret_key: str | None) -> None:
        self.names = import_module("flask")
        self.app = self.names.Flask(PACKAGE)
        self.app.secret_key = secret_key

    def add(self, rule: str, endpoint: str, view: View) -> None:
        self.app.add_url_rule(rule, endpoint, view)


class WerkzeugKit:
    """The least that does the same with Werkzeug's own objects."""

    names = None

    def __init__(self) -> None:
        from werkzeug.routing import Map

        self.map = Map()
        self.views: dict[str, View] = {}
        self.app = self.make_app()

    def add(self, rule: str, endpoint: str, view: View) -> None:
        from werkzeug.routing import Rule

        self.map.add(Rule(rule, endpoint=endpoint))
        self.views[endpoint] = view

    def make_app(self) -> Any:
        from werkzeug import Request, Response
        from werkzeug.exceptions import HTTPException

        url_map, views = self.map, self.views

        def app(environ: Environ, start_response: Any) -> Iterable[bytes]:
            request = Request(environ)
            adapter = url_map.bind_to_environ(request.environ)
            response: Response | HTTPException
            try:
                endpoint, values = adapter.match()
                response = Response(views[endpoint](**values), mimetype="text/html")
            except HTTPException as error:
                response = error
            return response(environ, start_response)

        return app


def make_kit(name: str) -> Kit:
    """Return the tools of a framework: a step's name, or one of `REFERENCES`."""
    if name == WERKZEUG:
        return WerkzeugKit()
    if name in REFERENCES:
        return FlaskKit(KEY if name == FLASK else None)
    return StepKit(name)


@dataclass(frozen=True)
class Workload:
    """One kind of request, asked of every framework."""

    name: str
    title: str
    # the first step that can do it
    since: int
    path: str
    build: Callable[[Kit], None]
    # which of those that are no steps can do it
    others: tuple[str, ...] = tuple(REFERENCES)


def hello(kit: Kit) -> None:
    kit.add("/", "index", lambda: "Hello, World!")


def routes(count: int) -> Callable[[Kit], None]:
    """Return a function that registers that many rules, each with a value."""

    def greet(name: str) -> str:
        return f"Hello, {name}!"

    def build(kit: Kit) -> None:
        for number in range(count):
            kit.add(f"/room{number}/<name>", f"room{number}", greet)

    return build


def urls(kit: Kit) -> None:
    routes(50)(kit)
    kit.add("/", "index", lambda: kit.names.url_for("room25", name="wren"))


class SoldOutError(Exception):
    """What a view raises, and an error handler turns into a page."""


def hooks(kit: Kit) -> None:
    """Register two hooks before, two after, one teardown and an error handler."""

    def nothing(error: object = None) -> None:
        """Stand for work that some other measurement is about."""

    def same(response: Any) -> Any:
        return response

    def index() -> str:
        raise SoldOutError

    for _ in range(2):
        kit.app.before_request(nothing)
        kit.app.after_request(same)
    kit.app.teardown_request(nothing)
    kit.app.errorhandler(SoldOutError)(lambda error: ("Sold out", 409))
    kit.add("/", "index", index)


def template(kit: Kit) -> None:
    rows = [{"bird": f"Wren <{number}>", "song": "tic & trill"} for number in range(20)]
    render = kit.names.render_template
    kit.add("/", "index", lambda: render("rows.html", title="Songs", rows=rows))


def session(kit: Kit) -> None:
    visits = kit.names.session

    def index() -> str:
        visits["count"] = visits.get("count", 0) + 1
        return str(visits["count"])

    kit.add("/", "index", index)


def json(kit: Kit) -> None:
    jsonify = kit.names.jsonify
    kit.add("/", "index", lambda: jsonify(bird="wren", songs=["tic", "trill"]))


def static(kit: Kit) -> None:
    """Send this file, which has some 10 kB."""
    folder, name = os.path.split(__file__)
    send = kit.names.send_from_directory
    kit.add("/", "index", lambda: send(folder, name))


FLASKS = (PLAIN_FLASK, FLASK)
WORKLOADS = (
    Workload("hello", "Hello", 1, "/", hello),
    Workload("dynamic", "Dynamic route, one of 50", 3, "/room25/wren", routes(50)),
    Workload(
        "dynamic-10000",
        "Dynamic route, one of 10,000",
        3,
        "/room5000/wren",
        routes(10_000),
    ),
    Workload("not-found", "404, beside 50 routes", 3, "/attic/wren", routes(50)),
    Workload("urls", "A URL built for one of 50 routes", 8, "/", urls, FLASKS),
    Workload("hooks", "Five hooks, an error handled", 9, "/", hooks, FLASKS),
    Workload("template", "Template with 20 rows", 11, "/", template, FLASKS),
    Workload("static", "File of 10 kB", 12, "/", static, FLASKS),
    # without a key there is none
    Workload("session", "Session read and written", 13, "/", session, (FLASK,)),
    Workload("json", "JSON", 14, "/", json, FLASKS),
)


def environ_of(workload: Workload) -> Environ:
    """Make the environ that a server would make for a browser's request."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": workload.path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8",
        "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.7,de;q=0.3",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd",
        "HTTP_CONNECTION": "keep-alive",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
