"""Hostile requests to the newest step: each gets an answer, and a valid one.

Hypothesis makes the requests, from what a client can choose: method, path, query,
headers, cookies, body, and lengths that lie. 200 are tried here; `COSTREL_FUZZ` asks
for another number, and `COSTREL_FUZZ_SEED` for another beginning:

    COSTREL_FUZZ=1000000 costrel test tests/book/test_fuzz.py
"""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from inspect import signature
from io import BytesIO
from pathlib import Path
from random import Random
from traceback import extract_tb
from typing import Any
from wsgiref.validate import validator

import hypothesis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costrel.core.ladder import Ladder, find_root

NEWEST = import_module(Ladder(find_root()).newest.name)
HERE = Path(__file__)
PACKAGE = Path(str(NEWEST.__file__)).parent
COUNT = int(os.environ.get("COSTREL_FUZZ", "200"))
SEED = int(os.environ.get("COSTREL_FUZZ_SEED", "0"))
# so many requests are made of the parts of one example
TOGETHER = 20
# hypothesis remembers what it tried, which gets slow: it starts anew after so many
ROUND = 20_000
Environ = dict[str, Any]
# what a view of the app answers
ANY = ("GET", "POST", "PUT")


# --- the application: everything that the newest step has


def make_app(folder: Path, **options: Any) -> Any:
    """Make an app with a view for each feature of the newest step."""
    (folder / "static").mkdir()
    (folder / "static" / "wren.txt").write_text("tic tic tic" * 500, encoding="utf-8")
    (folder / "templates").mkdir()
    page = "{{ request.path }} {{ request.args }} {{ name }}"
    (folder / "templates" / "page.html").write_text(page, encoding="utf-8")
    options["root_path"] = str(folder)
    known = signature(NEWEST.App).parameters.keys() & options.keys()
    app = NEWEST.App("hostile", **{name: options[name] for name in known})
    if hasattr(app, "config"):
        app.config.update(SECRET_KEY="no secret", MAX_CONTENT_LENGTH=50_000)
    app.logger = logging.Logger("hostile")
    app.logger.addHandler(Failures())
    for add in (add_routes, add_errors, add_hooks, add_contents, add_more, add_parts):
        add(app)
    return app


class Failures(logging.Handler):
    """Keeps what went wrong in the app, to tell of it when a test fails."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.found.append(record.exc_info[1])


def add_routes(app: Any) -> None:
    """Add a rule for each converter, for a slash at the end and for methods."""
    rules = {
        "/int/<int:x>", "/float/<float:x>", "/path/<path:x>", "/uuid/<uuid:x>",
        "/text/<x>", "/long/<string(minlength=3):x>", "/any/<any(tic, trill):x>",
        "/signed/<int(signed=True):x>/", "/twice/<x>/<path:y>",
    }  # fmt: skip
    for rule in sorted(rules):
        app.add_url_rule(rule, rule, lambda **values: f"{values}", methods=ANY)
    app.add_url_rule("/", "index", about, methods=ANY)
    app.add_url_rule("/slash/", "slash", lambda: "with a slash")
    app.add_url_rule("/lines", "lines", lambda: iter(["tic\n", "trill\n"]))


def about() -> str:
    """Look at everything that a request tells."""
    request = NEWEST.request
    told = [
        request.method, request.path, request.full_path, request.url, request.host,
        request.root_url, request.args, request.cookies, request.headers,
        request.authorization, request.range, request.if_modified_since,
        request.accept_languages.best, request.accept_mimetypes.best,
        request.user_agent.string, request.content_length, request.mimetype_params,
        request.access_route, request.if_none_match, request.cache_control,
    ]  # fmt: skip
    return "\n".join(map(repr, told))


def add_errors(app: Any) -> None:
    """Add a view that fails, and handlers for what fails."""

    def fail() -> str:
        raise ZeroDivisionError("this one is meant")

    app.add_url_rule("/fail", "fail", fail)
    app.add_url_rule("/abort", "abort", lambda: NEWEST.abort(410, "gone"))
    app.errorhandler(404)(lambda error: (f"none: {NEWEST.request.path}", 404))


def add_hooks(app: Any) -> None:
    if not hasattr(app, "before_request"):
        return
    app.before_request(lambda: None if NEWEST.request.method != "BREW" else "I'm a pot")
    app.after_request(lambda response: response)
    app.teardown_request(lambda error: None)
    app.url_value_preprocessor(lambda endpoint, values: None)


def add_contents(app: Any) -> None:
    """Add views that read the body: as a form, as it is, and as JSON."""

    def form() -> str:
        files = [
            (f.filename, f.mimetype, len(f.read())) for f in request.files.values()
        ]
        return repr([request.form, files, request.values])

    def streamed() -> str:
        return str(len(request.stream.read()))

    request = NEWEST.request
    app.add_url_rule("/form", "form", form, methods=ANY)
    app.add_url_rule("/data", "data", lambda: request.get_data(), methods=ANY)
    app.add_url_rule("/stream", "stream", streamed, methods=ANY)
    if hasattr(NEWEST, "jsonify"):
        app.add_url_rule("/json", "json", as_json, methods=ANY)


def as_json() -> Any:
    return NEWEST.jsonify(NEWEST.request.get_json())


def add_more(app: Any) -> None:
    """Add URLs, templates and sessions, as far as the newest step has them."""
    request = NEWEST.request

    def go() -> Any:
        url = NEWEST.url_for("twice", x=request.args.get("x", "-"), y="y", z="é")
        return NEWEST.redirect(url)

    def page() -> str:
        return str(NEWEST.render_template("page.html", name=request.args.get("x")))

    def remember() -> str:
        NEWEST.session.update(request.args.items())
        NEWEST.flash(request.args.get("x", "nothing"))
        return repr(NEWEST.session)

    views = {"url_for": go, "render_template": page, "session": remember}
    for name, view in views.items():
        if hasattr(NEWEST, name):
            app.add_url_rule(f"/{name}", name, view, methods=ANY)
    if hasattr(NEWEST, "MethodView"):
        app.add_url_rule("/resource", view_func=make_resource().as_view("resource"))
    if hasattr(app, "async_to_sync"):
        app.add_url_rule("/waits", "waits", waits, methods=ANY)
        app.add_url_rule("/events", "events", events, methods=ANY)
    app.add_url_rule("/twice", "twice", lambda: "not this one")


async def waits() -> str:
    return about()


async def events() -> AsyncIterator[str]:
    yield "data: tic\n\n"


def make_resource() -> Any:
    """Make a class with methods of its own; PUT and DELETE want an If-Match."""

    class Resource(NEWEST.MethodView):
        methods = ["GET", "PUT", "PATCH", "DELETE", "BREW"]

        def get(self) -> Any:
            response = NEWEST.make_response(f"{NEWEST.request.prefers_json}")
            response.add_etag()
            return response.make_conditional(NEWEST.request)

        def put(self) -> str:
            NEWEST.check_if_match("a")
            return f"{NEWEST.request.get_json()}"

        delete = put

    return Resource


def add_parts(app: Any) -> None:
    """Add a part in a part, with hooks and handlers, and one for each subdomain."""
    if not hasattr(NEWEST, "Blueprint"):
        return
    outer, inner, where = (
        NEWEST.Blueprint(name, "hostile", url_prefix=f"/{name}", subdomain=subdomain)
        for name, subdomain in [("outer", None), ("inner", None), ("where", "<where>")]
    )
    for part in (outer, inner, where):
        add_hooks(part)
        add_errors(part)
        part.add_url_rule("/<x>", "text", lambda **values: NEWEST.url_for(".text"))
        part.url_defaults(lambda endpoint, values: values.update(x="x", where="de"))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.register_blueprint(where)


# --- the requests

PATHS = [
    "/", "/int/", "/int/7", "/float/1.5", "/path/a/b", "/uuid/", "/text/x", "/long/",
    "/long/abc", "/any/tic", "/any/trill", "/signed/-1/", "/twice/a/b", "/text/",
    "/signed/", "/twice/", "/slash", "/slash/", "/lines", "/fail", "/abort", "/form",
    "/data", "/stream", "/json", "/resource", "/url_for", "/render_template",
    "/session", "/waits", "/events",
    "/static/", "/static/wren.txt", "/static/../", "", "*", "http://other.example/",
    "/outer/x", "/outer/inner/", "/outer/inner/fail", "/outer/abort", "/where/x",
]  # fmt: skip
# as a server hands them on: each letter stands for a byte (PEP 3333)
LETTERS = st.characters(max_codepoint=255, exclude_characters="\r\n\0")
TEXT = st.text(LETTERS, max_size=20)
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
PIECES = st.sampled_from(
    ["..", ".", "/", "//", "\\", "%00", "%2e%2e", "\0", "\r\n", "é", "Ã©", "\xff", "-1",
     "0", "9" * 400, "1.5", "nan", "1e999", "C:", "?", "#", "{{7*7}}", "a" * 3000,
     "00000000-0000-0000-0000-000000000000", "tic", "wren.txt", "con", " ", "🐦"]
)  # fmt: skip


def as_bytes_in_text(text: str) -> str:
    """Write text as a server hands it on, each byte as a letter."""
    return text.encode("utf-8").decode("latin-1")


PATH = st.builds(
    lambda start, rest: start + as_bytes_in_text("".join(rest)),
    st.sampled_from(PATHS),
    st.lists(PIECES | TEXT, max_size=3),
)
QUERY = st.one_of(
    st.just(""),
    TEXT,
    st.sampled_from(["x=1", "x=%ff&x=%", "x=" + "a" * 5000, "&&==", "x=1;y=2", "%00"]),
    st.lists(st.tuples(ASCII, TEXT), max_size=4).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    ),
)
METHODS = [
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "BREW",
    "get",
    "",
]
METHOD = st.sampled_from(METHODS) | st.text("ABCDEF-!", min_size=1, max_size=8)
HOST = st.one_of(
    st.sampled_from(
        ["wren.example", "wren.example:80", "", ":", "[::1]", "[::1", "a:b:c", "..",
         "de.wren.example", "..wren.example", "ç.wren.example", "<a>.wren.example",
         "wren.example:99999", "wren.example:-1", "xn--", "é.example", "a b", "a/b",
         "user@wren.example", "wren.example\\", "a" * 300, "127.0.0.1:x", "%", "<"]
    ),
    TEXT,
)  # fmt: skip
VALUES: dict[str, list[str]] = {
    "HTTP_COOKIE": ["session=", "session=e30.x.y", "session=.e", "a=b; a=c; ;=;", "="],
    "HTTP_RANGE": [
        "bytes=0-",
        "bytes=-1",
        "bytes=9-3",
        "bytes=0-1,5-9",
        "lines=1",
        "=",
    ],
    "HTTP_IF_RANGE": ['"x"', "yesterday", "Sat, 21 Nov 2026 00:00:00 GMT"],
    "HTTP_IF_NONE_MATCH": ["*", '"a", W/"b"', '"', ","],
    "HTTP_IF_MODIFIED_SINCE": ["Sat, 21 Nov 2026 00:00:00 GMT", "Sat, 99 Foo 0", "0"],
    "HTTP_IF_MATCH": ["*", '"a"', 'W/"a"', '"', "a", ", ,", '"b", "a"', '"' * 900],
    "HTTP_ACCEPT": ["*/*", "application/json", "text/html;q=x", ";;;", "a/b;q=1e999"],
    "HTTP_ACCEPT_LANGUAGE": ["de", "de;q=-1", "*-*;q=", "a" * 500],
    "HTTP_AUTHORIZATION": ["Basic", "Basic !!!", "Basic Og==", "Digest a=b,", "Bearer"],
    "HTTP_X_FORWARDED_FOR": ["1.2.3.4, é", ","],
    "HTTP_CACHE_CONTROL": ["max-age=x", "no-cache", "max-age=-1"],
    "HTTP_CONTENT_ENCODING": ["gzip"],
    "HTTP_TRANSFER_ENCODING": ["chunked", "gzip, chunked", "identity"],
    "HTTP_X_REQUESTED_WITH": ["XMLHttpRequest"],
    "HTTP_X_HTTP_METHOD_OVERRIDE": ["DELETE"],
    "HTTP_ORIGIN": ["null"],
}
HEADER = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(VALUES[name]) | TEXT)
)
TYPES = [
    "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b",
    "multipart/form-data", "multipart/form-data; boundary=" + "b" * 300,
    "application/json", "application/json; charset=utf-7", "application/vnd.a+json",
    "text/plain; charset=none", "a/b;c;=;", "multipart/mixed; boundary=b", "/", ";",
]  # fmt: skip
PART = st.builds(
    lambda name, more, body: (
        f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{body}\r\n'
    ),
    TEXT,
    st.sampled_from(
        ["", '; filename="a.txt"', '; filename="../é"', "; filename*=utf-8''%ff",
         '"\r\nContent-Type: text/plain; charset=x', "\r\nContent-Length: -1"]
    ),
    TEXT,
)  # fmt: skip
BODY = st.one_of(
    st.just(b""),
    st.binary(max_size=60),
    st.sampled_from(
        [b"a=b&c=%ff", b"{", b"null", b'{"a": NaN}', b'"\\ud800"', b"[" * 5000,
         b"1" * 5000, b"\xff\xfe", b"--b--\r\n", b"--b\r\n\r\n", b"a" * 60_000,
         b"&" * 3000]
    ),
    st.lists(PART, max_size=3).map(
        lambda parts: ("".join(parts) + "--b--\r\n").encode("latin-1")
    ),
)  # fmt: skip
# the parts that are what the client sent, or nothing if that is empty
GIVEN = {
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_HOST",
    "CONTENT_TYPE", "wsgi.url_scheme",
}  # fmt: skip
# what the client says of the length: the truth, nothing, or a lie
LENGTH = st.sampled_from(
    [None, "true", "true", "true", "", "0", "1", "10", "99999999999", "-1", "x", "1.5"]
)


class Body(BytesIO):
    """A body that shows itself when a test fails."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.getvalue()!r})"


class Broken(Body):
    """A body whose client has gone away."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError("the client has gone")

    readline = read  # type: ignore[assignment]


# for each part of a request, what the requests of one example may choose from
CHOICES = {
    "REQUEST_METHOD": st.sampled_from(["GET", "POST"]) | METHOD,
    "SCRIPT_NAME": st.sampled_from(["", "", "/shop", "/Ã©"]),
    "PATH_INFO": st.sampled_from(PATHS) | PATH,
    "QUERY_STRING": QUERY,
    "HTTP_HOST": st.just("wren.example") | HOST,
    "CONTENT_TYPE": st.sampled_from(TYPES) | TEXT,
    "CONTENT_LENGTH": LENGTH,
    "wsgi.url_scheme": st.sampled_from(["http", "https"]),
    "body": BODY,
    "input": st.sampled_from([Body, Body, Body, Broken]),
    "headers": st.lists(HEADER, max_size=4),
    "terminated": st.sampled_from([False, False, False, True]),
}


@st.composite
def environs(draw: st.DrawFn) -> list[Environ]:
    """Make the environs of some hostile requests, all of the same few parts.

    A part of its own for each request would be slower to make than to answer.
    """
    parts = {
        name: draw(st.lists(choice, min_size=1, max_size=5))
        for name, choice in CHOICES.items()
    }
    random = Random(draw(st.integers(0, 2**32)))
    return [
        environ_of({name: random.choice(listed) for name, listed in parts.items()})
        for _ in range(TOGETHER)
    ]


def environ_of(chosen: Environ) -> Environ:
    """Make an environ as a server does, of chosen parts."""
    body, kind, length = chosen["body"], chosen["input"], chosen["CONTENT_LENGTH"]
    environ: Environ = {
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.input": kind(body),
        "wsgi.errors": Errors(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{name: value for name, value in chosen.items() if name in GIVEN},
        **dict(chosen["headers"]),
    }
    if length is not None:
        environ["CONTENT_LENGTH"] = str(len(body)) if length == "true" else length
    if chosen["terminated"]:
        environ["wsgi.input_terminated"] = True
    return environ


class Errors:
    """A server's log that nobody reads."""

    def write(self, text: str) -> None: ...

    def writelines(self, lines: list[str]) -> None: ...

    def flush(self) -> None: ...


def is_valid(environ: Environ) -> bool:
    """Return whether the standard library's validator accepts the environ itself."""
    length = environ.get("CONTENT_LENGTH")
    return (
        environ["PATH_INFO"].startswith("/")
        and environ["REQUEST_METHOD"] != ""
        and (not length or (length.isascii() and length.isdigit()))
        # it reads the body for itself, and wants it to be there
        and not isinstance(environ["wsgi.input"], Broken)
    )


# --- the answers


class Answer:
    """What a server gets of an app for one request, to the end."""

    def __init__(self, app: Callable[..., Any], environ: Environ) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        parts = app(environ, self.start)
        try:
            self.body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return lambda part: None


def complaints(environ: Environ, answer: Answer, failures: Failures) -> Iterator[str]:
    """Say what is wrong with an answer."""
    if not re.fullmatch(r"[2-5]\d\d [ -~]*", answer.status):
        yield f"the status {answer.status!r}"
    for name, value in answer.headers:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or re.search(
            r"[\r\n\0]", value
        ):
            yield f"the header {name!r}: {value!r}"
    if environ["REQUEST_METHOD"] == "HEAD" and answer.body:
        yield "a body for HEAD"
    said = dict(answer.headers).get("Content-Length")
    bodiless = environ["REQUEST_METHOD"] == "HEAD" or answer.status[:3] in (
        "204",
        "304",
    )
    if said is not None and not bodiless and int(said) != len(answer.body):
        yield f"Content-Length {said} for {len(answer.body)} bytes"
    errors = [error for error in failures.found if not is_excused(error)]
    if errors or (answer.status[:3] == "500" and not failures.found):
        yield f"an answer {answer.status} because of {errors!r}"
    if NEWEST.has_app_context() or NEWEST.has_request_context():
        yield "a context that did not end"


def is_excused(error: BaseException) -> bool:
    """Return whether a view failed on purpose, or because of Werkzeug alone.

    `request.args` and `request.url` raise where query or host are no text; a view
    that reads them answers 500, in Flask too. The framework may not fail on that.
    """
    if "this one is meant" in str(error):
        return True
    frames = [Path(frame.filename) for frame in extract_tb(error.__traceback__)]
    ours = [path for path in frames if path == HERE or path.is_relative_to(PACKAGE)]
    return isinstance(error, UnicodeError) and ours[-1] == HERE


def rounds() -> Iterator[tuple[int, int]]:
    """Return the seed and the number of requests of each round."""
    for number, start in enumerate(range(0, COUNT, ROUND)):
        yield SEED + number, min(ROUND, COUNT - start)


@pytest.mark.parametrize("subdomains", [False, True])
def test_no_hostile_request_breaks_the_newest_step(
    tmp_path: Path, subdomains: bool
) -> None:
    app = make_app(tmp_path, subdomain_matching=subdomains)
    if subdomains and hasattr(app, "config"):
        app.config["SERVER_NAME"] = "wren.example"
    failures = app.logger.handlers[0]
    checked = validator(app)
    tried = 0

    def send(environ: Environ) -> None:
        nonlocal tried
        tried += 1
        failures.found.clear()
        sent = f"{environ!r}"
        server = checked if is_valid(environ) else app
        found = list(complaints(environ, Answer(server, environ), failures))
        if found:
            pytest.fail(f"{'; '.join(found)} after {sent}", pytrace=False)

    def send_all(environs: list[Environ]) -> None:
        for environ in environs:
            send(environ)

    for seed, count in rounds():
        limits = settings(
            max_examples=max(count // TOGETHER, 1),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        hypothesis.seed(seed)(limits(given(environs())(send_all)))()
    assert tried >= COUNT


# --- the same for servers that speak ASGI

# what a server lets through: a target without spaces, names in small letters
TARGET = st.builds(
    lambda start, rest: start.encode() + rest,
    st.sampled_from([path for path in PATHS if path != "/fail"]),
    st.binary(max_size=20),
)
NAMES = ["cookie", "host", "range", "if-match", "accept", "x_y", "content-length"]
FIELD = st.tuples(
    st.sampled_from([name.encode() for name in NAMES]),
    st.binary(max_size=20).filter(lambda value: not set(value) & set(b"\r\n\0")),
)
SCOPE = st.fixed_dictionaries(
    {
        "type": st.just("http"),
        "http_version": st.sampled_from(["1.0", "1.1", "2"]),
        "method": METHOD,
        "raw_path": TARGET,
        "query_string": st.binary(max_size=20),
        "root_path": st.sampled_from(["", "/shop", "/é"]),
        "headers": st.lists(FIELD, max_size=4),
        "server": st.sampled_from([None, ("127.0.0.1", 8000), ("/run/sock", None)]),
        "client": st.sampled_from([None, ("127.0.0.1", 50000)]),
    }
)


async def status_of(adapter: Any, scope: Any, body: bytes) -> int:
    """Return the status of one answer, which has to be whole."""
    sent: list[Any] = []
    messages = iter([{"type": "http.request", "body": body}])
    scope["path"] = scope["raw_path"].decode("utf-8", "replace")

    async def receive() -> Any:
        message = next(messages, None)
        return message or await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    await adapter(scope, receive, send)
    assert [each["type"] for each in sent[:2]] == [
        "http.response.start",
        "http.response.body",
    ]
    assert not sent[-1]["more_body"]
    return int(sent[0]["status"])


def test_no_hostile_scope_breaks_the_adapter(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    failures = app.logger.handlers[0]
    adapter = import_module(f"{NEWEST.__name__}.asgi").ASGIAdapter(app, threads=1)

    def send(scope: Any, body: bytes) -> None:
        failures.found.clear()
        status = asyncio.run(status_of(adapter, scope, body))
        errors = [error for error in failures.found if not is_excused(error)]
        assert status < 500 or (failures.found and not errors), errors

    for seed, count in rounds():
        limits = settings(
            max_examples=count,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        hypothesis.seed(seed)(limits(given(SCOPE, BODY)(send)))()


@pytest.mark.parametrize(
    "answer",
    [
        'start("200 OK", [("X-A", "b\\r\\nc: d")])',
        'start("two hundred", [])',
        'start("200 OK", [("Content-Length", "7")])',
        'start("500 INTERNAL SERVER ERROR", [])',
    ],
)
def test_a_wrong_answer_is_seen(answer: str) -> None:
    def app(environ: Environ, start: Callable[..., Any]) -> list[bytes]:
        exec(answer)
        return [b"text"]

    environ = {"REQUEST_METHOD": "GET"}

    assert list(complaints(environ, Answer(app, environ), Failures()))


def test_a_context_that_did_not_end_is_seen() -> None:
    context = NEWEST.App("leaky").app_context()
    environ = {"REQUEST_METHOD": "GET"}

    def app(environ: Environ, start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [])
        return []

    answer = Answer(app, environ)

    assert not list(complaints(environ, answer, Failures()))
    with context:
        assert list(complaints(environ, answer, Failures()))


def test_an_error_of_the_framework_is_not_excused() -> None:
    app = NEWEST.App("broken")
    app.logger = logging.Logger("broken")
    app.logger.addHandler(failures := Failures())
    app.add_url_rule("/", "index", lambda: object())
    environ = environ_of(
        dict.fromkeys(("REQUEST_METHOD",), "GET")
        | dict.fromkeys(("SCRIPT_NAME", "QUERY_STRING", "CONTENT_TYPE"), "")
        | {"PATH_INFO": "/", "HTTP_HOST": "wren.example", "wsgi.url_scheme": "http"}
        | {"body": b"", "input": Body, "headers": [], "CONTENT_LENGTH": None}
        | {"terminated": False}
    )

    (complaint,) = complaints(environ, Answer(app, environ), failures)

    assert "500 INTERNAL SERVER ERROR because of [TypeError" in complaint
