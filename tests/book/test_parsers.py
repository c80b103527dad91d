"""Every parser of what clients send, asked by itself, with hostile inputs.

A parser may read its input, ignore it, or refuse it with a status of 4xx. It takes no
more than `SECONDS` of a processor for an input of `SIZE` letters, or of the size that
its target names. Each is asked 100 times here; `COSTREL_FUZZ` asks for another number
of all together, and `COSTREL_FUZZ_SEED` for another beginning:

    COSTREL_FUZZ=1000000 costrel test tests/book/test_parsers.py
"""

import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from random import Random
from time import process_time
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ
from wtforms import DecimalField, FieldList, FormField, IntegerField, StringField
from wtforms.validators import NumberRange

from costrel.core.ladder import Ladder, find_root

NAME = Ladder(find_root()).newest.name
NEWEST = import_module(NAME)
TAGGED = import_module(f"{NAME}.tagged")
SECURITY = import_module(f"{NAME}.security")
COUNT = int(os.environ.get("COSTREL_FUZZ", "0"))
SEED = int(os.environ.get("COSTREL_FUZZ_SEED", "0"))
# what one input may take, and how long it may be: some servers take 64 KB of headers
SECONDS = 1.0
SIZE = 65_536
LIMIT = 1000
# what no header field may have in it (RFC 9110, section 5.5)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Target:
    """A parser: the pieces of which its inputs are made, and what it is asked."""

    def __init__(
        self, ask: Callable[[Any, str], object], pieces: str, size: int
    ) -> None:
        self.ask = ask
        self.pieces = [*pieces.split(" "), " ", "", "\0", "\xff", "é", "\t", "9" * 400]
        self.size = size

    def make(self, random: Random) -> str:
        """Make one input: some pieces, and now and then many of one."""
        parts = random.choices(self.pieces, k=random.randrange(9))
        if random.random() < 0.3:
            parts.insert(0, "".join(map(chr, random.choices(range(256), k=6))))
        if random.random() < 0.02:
            parts = [part * random.randrange(20_000) for part in parts[:2]]
        # as a server hands it on: one line, each letter a byte (PEP 3333)
        return "".join(parts)[: self.size].replace("\r", "").replace("\n", "")


TARGETS: dict[str, Target] = {}


def target(pieces: str, size: int = SIZE) -> Callable[[Any], Any]:
    """Let the decorated function ask a parser; it fails for a wrong answer."""

    def register(ask: Callable[[Any, str], object]) -> Callable[[Any, str], object]:
        TARGETS[ask.__name__] = Target(ask, pieces, size)
        return ask

    return register


# --- what is asked


def request_of(**environ: Any) -> Any:
    return NEWEST.Request({**create_environ("/"), **environ})


def send(app: Any, path: str = "/", **environ: Any) -> tuple[int, bytes, Any]:
    """Send a request as a server does; the answer may be no failure of ours."""
    sent = {**create_environ("/"), "PATH_INFO": path, **environ}
    begun: list[Any] = []
    body = app.wsgi_app(sent, lambda *answer: begun.append(answer))
    try:
        content = b"".join(body)
    finally:
        getattr(body, "close", lambda: None)()
    [(status, headers, *_)] = begun
    assert not status.startswith("5"), status
    assert not [value for _, value in headers if CONTROL.search(value)], headers
    return int(status[:3]), content, dict(headers)


@target(
    "wren example . .. - _ : :80 :0 [::1] [ ] xn-- @ / a..b my_shop AbC " + "a" * 64
)
def host(app: Any, text: str) -> None:
    request = request_of(HTTP_HOST=text)
    with app.request_context(request.environ):
        url = NEWEST.url_for("index", _external=True)
    assert urlsplit(url).hostname, url
    assert urlsplit(request.host_url).hostname, request.host_url


@target(
    "oslo wren example . .. - _ : :80 [ ] xn-- xn--a @ / < > % wren.example " + "a" * 64
)
def subdomain(app: Any, text: str) -> None:
    if not hasattr(NEWEST, "Blueprint"):
        return
    host = f"{text}.wren.example" if len(text) % 3 else text
    status, url, _ = send(PARTED, HTTP_HOST=host)
    assert status in (200, 400, 404)
    if status == 200:
        assert (urlsplit(url.decode()).hostname or "").endswith(".wren.example"), url


@target(
    "wren example . .. : :80 :0 [::1] xn-- @ / # , evil localhost 127.0.0.1"
    " evil.example wren.example evilwren.example wren.example.evil.example"
)
def trusted_host(app: Any, text: str) -> None:
    if HARDENED is None:
        return
    scheme = "https" if len(text) % 2 else "http"
    fields = {"HTTP_SEC_FETCH_SITE": text, "HTTP_ACCEPT": text, "HTTP_COOKIE": text}
    environ = {"HTTP_HOST": text, "wsgi.url_scheme": scheme, **fields}
    status, body, headers = send(HARDENED, **environ)
    assert status in (200, 302, 400, 403, 431)
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    for url in (body.decode() if status == 200 else "", headers.get("Location", "")):
        assert re.fullmatch(r"(https?://(\w+[.])*wren[.]example(:\d+)?/)?", url), url


@target("Sat, 21 Nov 2026 06:30:00 GMT +9999 -0000 99999999999 31 Feb 0 : 1e5 EST nov")
def dates(app: Any, text: str) -> None:
    names = ("IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "IF_RANGE", "DATE")
    name = f"HTTP_{names[len(text) % 4]}"
    request = request_of(**{name: text})
    repr((request.if_modified_since, request.if_unmodified_since, request.date))
    repr(request.if_range.date)
    send(app, "/file", **{name: text, "HTTP_RANGE": "bytes=0-3"})
    send(app, "/file", **{name: text})


@target("bytes = 0 - 1 5 0-1 , 0-1,2-3 -5 5- 99999999999999999999 items -1 ;")
def ranges(app: Any, text: str) -> None:
    repr(request_of(HTTP_RANGE=text).range)
    status, body, _ = send(app, "/file", HTTP_RANGE=text)
    assert status in (200, 206, 400, 416, 431)
    assert len(body) <= 3000


@target(
    'text/html application/json */* ; q=0 q= 1.5 -1 nan , json +json " \\ a=b de-CH'
)
def accept_lists(app: Any, text: str) -> None:
    names = ("ACCEPT", "ACCEPT_LANGUAGE", "ACCEPT_ENCODING", "ACCEPT_CHARSET")
    request = request_of(**{f"HTTP_{name}": text for name in names})
    request.accept_mimetypes.best_match(["text/html", "application/json"])
    request.accept_languages.best_match(["de", "en", "fr"])
    repr((request.accept_encodings, request.accept_charsets, request.prefers_json))
    send(app, "/nowhere", HTTP_ACCEPT=text)


@target('"a" W/ "b" , * W/"c" \\ max-age = no-cache 10 -1 a=" public')
def entity_tags_and_directives(app: Any, text: str) -> None:
    names = ("IF_MATCH", "IF_NONE_MATCH", "CACHE_CONTROL", "PRAGMA", "X_FORWARDED_FOR")
    request = request_of(**{f"HTTP_{name}": text for name in names})
    repr(
        (request.if_match, request.if_none_match, request.pragma, request.access_route)
    )
    repr((request.cache_control.max_age, request.cache_control.no_cache))
    send(app, "/file", HTTP_IF_NONE_MATCH=text)


@target('"a" W/"a" W/ "b" , * " \\ a "a ""')
def preconditions(app: Any, text: str) -> None:
    put = {"REQUEST_METHOD": "PUT", "HTTP_IF_MATCH": text}
    status, _, _ = send(app, "/resource", **put)
    assert status in (200, 400, 412, 431)
    # a change is made for one who names its version, and for nobody else
    assert status != 200 or "a" in text or text == "*"


@target('Basic Bearer Digest realm= " , Og== YTpi ==== !!! a=b : \\ nonce="x"')
def credentials(app: Any, text: str) -> None:
    repr(request_of(HTTP_AUTHORIZATION=text).authorization)


@target("text/html multipart/form-data ; charset= boundary= \" \\ * a*0= a*=utf-8''%ff")
def content_types(app: Any, text: str) -> None:
    request = request_of(CONTENT_TYPE=text, REQUEST_METHOD="POST")
    repr((request.mimetype, request.mimetype_params, request.is_json, request.form))


@target('session = ; a=b "x" \\073 \\ e30 . , $Path __Host- %41 = ==')
def cookies(app: Any, text: str) -> None:
    repr(request_of(HTTP_COOKIE=text).cookies)
    send(app, "/session", HTTP_COOKIE=text)
    send(app, "/session", HTTP_COOKIE=f"session={text}")


@target(
    '{ } [ ] " : , null 1 {"a":1} " t" {"\xa0u":"x"} " d" " b" " m" " di" NaN 1e999'
)
def session_payloads(app: Any, text: str) -> None:
    signer = app.session_interface.get_signing_serializer(app)
    payload = text.replace("\xa0", " ").encode()
    raw = urlsafe_b64encode(payload).rstrip(b"=")
    cookie = signer.make_signer().sign(raw).decode()
    request = request_of(HTTP_COOKIE=f"session={cookie}")
    session = app.session_interface.open_session(app, request)
    assert isinstance(dict(session), dict)


@target(
    "int float uuid any path text / // . .. 1 -1 1.5 tic %2F \\ \xc3\xa9 \xd9\xa3 :"
)
def paths(app: Any, text: str) -> None:
    for start in ("/", "/int/", "/float/", "/uuid/", "/any/", "/path/", "/text/"):
        _, _, headers = send(app, start + text)
        if "Location" in headers:
            there = urlsplit(urljoin("http://localhost/", headers["Location"]))
            assert there.hostname == "localhost", headers["Location"]


@target(".. . / \\ %2e secret.txt wren.txt static con C: ~ // \xc0\xae nul.")
def static_names(app: Any, text: str) -> None:
    _, body, _ = send(app, f"/static/{text}")
    assert b"treasure" not in body


@target(
    "/ // \\ http: https:// evil.example @ [ ] ? # %2f javascript: . : \xe2\x80\xae"
)
def redirect_targets(app: Any, text: str) -> None:
    _, _, headers = send(app, "/redirect", HTTP_X_TARGET=text)
    assert "\n" not in headers.get("Location", "")
    if NEWEST.is_local_url(text):
        assert (
            urlsplit(urljoin("http://wren.example/a", text)).hostname == "wren.example"
        )


@target("a=b & = %ff % %00 + ; a[]=1 \xc3\xa9 a=" + "&" * 50)
def queries(app: Any, text: str) -> None:
    request = request_of(QUERY_STRING=text)
    repr((request.args, request.full_path, request.url))
    send(app, "/slash", QUERY_STRING=text)


@target(
    '{ } [ ] "a" : , null true 1 -1 1e999 NaN "\\ud83d" \\u0000 " {"a": [[[ ]]] \xef'
)
def json_texts(app: Any, text: str) -> None:
    body = text.encode("latin-1")
    post = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body))}
    for path in ("/json", "/keep"):
        sent = {**post, "CONTENT_TYPE": "application/json", "wsgi.input": BytesIO(body)}
        assert send(app, path, **sent)[0] in (200, 400, 413)


@target(
    '--b \xa7 -- Content-Disposition: form-data; name= filename="x" "a" ; : filename*='
)
def forms(app: Any, text: str) -> None:
    body = text.replace("\xa7", "\r\n").encode("latin-1")
    kinds = ("multipart/form-data; boundary=b", "application/x-www-form-urlencoded")
    for kind in kinds:
        sent = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body))}
        sent |= {"REQUEST_METHOD": "POST", "wsgi.input": BytesIO(body)}  # type: ignore
        assert send(app, "/form", **sent)[0] in (200, 400, 413)


@target("a aaaa " + "a" * 333 + " " + "b" * 334, 3 * LIMIT)
def chunked_bodies(app: Any, text: str) -> None:
    body = text.encode("latin-1")
    sent = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True}
    sent |= {"REQUEST_METHOD": "POST", "HTTP_TRANSFER_ENCODING": "chunked"}
    for path in ("/data", "/pieces"):
        sent["wsgi.input"] = BytesIO(body)
        status, content, _ = send(app, path, **sent)
        assert status == (413 if len(body) > LIMIT else 200)
        assert status == 413 or content == body


@target("song .ogg / \\ .. \" ' ; \xe2\x80\xae = % CON \ud83d\udd14 ü", 5000)
def download_names(app: Any, text: str) -> None:
    with app.test_request_context():
        response = NEWEST.send_upload("kept", "file", download_name=text)
        response.close()
    field = response.headers["Content-Disposition"]
    assert field.startswith("attachment") and len(field) < 4096
    assert field.isascii() and field.isprintable()


@target("de oslo / // ? # % .. é \\ : @ &", 5000)
def built_urls(app: Any, text: str) -> None:
    with app.test_request_context():
        url = NEWEST.url_for("text", x=text or "-", y=text)
    assert NEWEST.is_local_url(url), url


@target("a = == . - _ AAAA " + "A" * 43 + " " + "b" * 86 + " \ud83d\udd14 \xff")
def csrf_tokens(app: Any, text: str) -> None:
    with app.test_request_context():
        SECURITY.generate_csrf()
        with pytest.raises(ValueError):
            SECURITY.validate_csrf(text)


@target("songs - 0 1 9 \xb2 \xd9\xa3 title beats = & %C2%B2 %D9%A3 sNaN NaN 1e999 on x")
def form_fields(app: Any, text: str) -> None:
    body = f"{text}&beats={text}&songs-{text}&songs-0-{text}".encode("latin-1")
    sent = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    sent |= {"CONTENT_LENGTH": str(len(body)), "REQUEST_METHOD": "POST"}
    environ = {**create_environ("/"), **sent, "wsgi.input": BytesIO(body)}
    with app.request_context(environ):
        form = make_form(SECURITY.Form)
        form.validate()
        assert all(str(field()) for field in form if field.name != "songs")


def make_form(form_class: Any) -> Any:
    """Return a form with a list of forms, filled in by the request."""
    numbers = IntegerField(validators=[NumberRange(1, 300)])
    prices = DecimalField(validators=[NumberRange(1, 300)])
    fields = {"title": StringField(), "beats": numbers, "price": prices}
    song = FormField(type("Song", (form_class,), fields))
    return type("Choir", (form_class,), {**fields, "songs": FieldList(song)})()


@target('a ada @ wren .example ü \u0301 \ufdfa \u3164 \u212a ß + . xn-- " <', SIZE)
def email_address(app: Any, text: str) -> None:
    for read in (SECURITY.normalize_email, SECURITY.email_key):
        with suppress(ValueError):
            # half of a surrogate pair could be in no database
            assert read(text).encode()


@target("a password wren 1 2 7 | ! { [ < ( @ $ + % ü \u0301 \ud800 qwerty 2011 -", SIZE)
def new_password(app: Any, text: str) -> None:
    with ACCOUNTS.app_context():
        SECURITY.check_password(text, "ada@wren.example")
        with suppress(ValueError):
            assert SECURITY.verify_password(text, SECURITY.hash_password(text))


@target('x . abc = ; remember_token __Host- " \\ é None', SIZE)
def remember_cookie(app: Any, text: str) -> None:
    name = "__Host-remember_token"
    environ = {"HTTP_COOKIE": f"{name}={text}"}
    with ACCOUNTS.test_request_context(environ_overrides=environ):
        assert not SECURITY.current_user.is_authenticated


@target("/ // \\ https: evil.example @ # ? % %2f %5c . .. \n \t é : javascript:", SIZE)
def target_of_a_login(app: Any, text: str) -> None:
    client = ACCOUNTS.test_client()
    data = {"email": "ada@wren.example", "password": "a bell for every bird"}
    answer = client.post("/login", data=data, query_string={"next": text})
    base = "https://wren.example/login"
    assert answer.status_code == 303, answer.status
    assert urlsplit(urljoin(base, answer.location)).netloc == "wren.example"


@target("", 0)
def tagged_values(app: Any, text: str) -> None:
    random = Random(process_time())
    value = value_of(random, 5)
    assert TAGGED.loads(TAGGED.dumps(value)) == value


def value_of(random: Random, depth: int) -> Any:
    """Make a value that a session may hold."""
    plain: list[Any] = [None, True, 7, 1.5, "é", b"\xff", "", (), [], {}]
    if depth == 0 or random.random() < 0.3:
        return random.choice(plain)
    inside = [value_of(random, depth - 1) for _ in range(random.randrange(3))]
    keys = [" t", " di", " t__", "a", "", " b", "__"]
    kinds: list[Callable[[], Any]] = [
        lambda: inside,
        lambda: tuple(inside),
        lambda: {random.choice(keys): each for each in inside},
    ]
    return random.choice(kinds)()


# --- the application


def make_app(folder: Path) -> Any:
    """Make an app whose views hand what was sent to each parser."""
    for name in ("static", "kept"):
        (folder / name).mkdir()
    (folder / "static" / "wren.txt").write_text("tic " * 500, encoding="utf-8")
    (folder / "kept" / "file").write_text("tic", encoding="utf-8")
    (folder / "secret.txt").write_text("treasure", encoding="utf-8")
    app = NEWEST.App("parsers", root_path=str(folder), instance_path=str(folder))
    app.config.update(SECRET_KEY="a key that is only for tests")
    app.logger.disabled = True
    for rule in ("int", "float", "uuid", "path"):
        app.add_url_rule(f"/{rule}/<{rule}:x>", rule, lambda x: f"{x}")
    app.add_url_rule("/any/<any(tic, trill):x>/", "any", lambda x: x)
    app.add_url_rule("/text/<x>", "text", lambda x: x)
    app.add_url_rule("/slash/", "slash", lambda: "")
    app.add_url_rule("/", "index", lambda: "")
    app.add_url_rule("/file", "file", lambda: NEWEST.send_file("static/wren.txt"))
    add_views(app, NEWEST.request)
    return app


def add_views(app: Any, request: Any) -> None:
    def keep() -> str:
        NEWEST.session["value"] = request.get_json()
        return "kept"

    def limited(read: Callable[[], bytes]) -> Callable[[], bytes]:
        def view() -> bytes:
            request.max_content_length = LIMIT
            return read()

        return view

    def pieces() -> bytes:
        return b"".join(iter(lambda: request.stream.read(300), b""))

    views: dict[str, Callable[[], Any]] = {
        "session": lambda: repr(dict(NEWEST.session)),
        "redirect": lambda: NEWEST.redirect(request.headers.get("X-Target", "")),
        "json": lambda: NEWEST.jsonify(request.get_json()),
        "keep": keep,
        "form": lambda: repr((request.form, list(request.files.items()))),
        "data": limited(lambda: request.get_data()),
        "pieces": limited(pieces),
    }
    for name, view in views.items():
        app.add_url_rule(f"/{name}", name, view, methods=["GET", "POST"])
    app.put("/resource")(change)


def change() -> str:
    NEWEST.check_if_match("a")
    return "changed"


def make_parted_app() -> Any:
    """Make an app with a view for each subdomain."""
    app = NEWEST.App("hostile", subdomain_matching=True)
    app.config["SERVER_NAME"] = "wren.example"

    def index(where: str) -> Any:
        return NEWEST.url_for("index", where=where, _external=True)

    app.add_url_rule("/", "index", index, subdomain="<where>")
    return app


PARTED = make_parted_app() if hasattr(NEWEST, "Blueprint") else None


def make_hardened_app() -> Any:
    """Make an app that answers for one host and its subdomains, with its own URL."""
    app = NEWEST.App("hardened")
    app.config["TRUSTED_HOSTS"] = [".wren.example"]
    app.add_url_rule("/", "index", lambda: NEWEST.url_for("index", _external=True))
    import_module(f"{NAME}.security").Hardening(app)
    return app


HARDENED = make_hardened_app() if find_spec(f"{NAME}.security") else None


def make_app_with_accounts() -> Any:
    """Make an app whose hashes are quick."""
    app = NEWEST.App("accounts")
    options = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}
    app.config["SECURITY_PASSWORD_HASH_OPTIONS"] = options
    app.config.update(WTF_CSRF_ENABLED=False, SECRET_KEY="not a secret")
    app.testing = True
    users = SECURITY.MemoryUserDatastore(app)
    SECURITY.Security(app, users)
    with app.app_context():
        password = SECURITY.hash_password("a bell for every bird")
        users.create_user(email="ada@wren.example", password=password)
        users.commit()
    return app


ACCOUNTS = make_app_with_accounts()


@contextmanager
def refusals() -> Iterator[None]:
    """Let a parser refuse its input with a status of 4xx."""
    try:
        yield
    except HTTPException as error:
        assert 400 <= (error.code or 500) < 500, error


@pytest.mark.parametrize("name", TARGETS)
def test_parser_reads_ignores_or_refuses(name: str, tmp_path: Path) -> None:
    app, parser = make_app(tmp_path), TARGETS[name]
    for number in range(COUNT // len(TARGETS) or 100):
        seed = f"{name} {SEED + number}"
        text = parser.make(Random(seed))
        began = process_time()
        try:
            with refusals():
                parser.ask(app, text)
        except Exception as error:
            pytest.fail(f"seed {seed!r}: {error!r} for {text[:300]!r}", pytrace=False)
        taken = process_time() - began
        assert taken < SECONDS, f"seed {seed!r}: {taken:.1f} seconds for {text[:300]!r}"
