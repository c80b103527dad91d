"""The engine of the live step, in ordinary Python."""

import os
import py_compile
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from costrel.core.ladder import Ladder, find_root
from costrel.live.engine.engine import Engine
from costrel.live.engine.server import LARGEST

LADDER = Ladder(find_root())
Files = dict[str, Any]
Result = dict[str, Any]

HELLO = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello"]
"""


def files_of(number: int) -> Files:
    """Return the files of a step as the page has them."""
    step = LADDER.get(number)
    return {
        path.as_posix(): (step.package / path).read_text("utf-8")
        for path in step.files()
    }


class Page:
    """Talks to an engine as the page does."""

    def __init__(self, step: str, files: Files, **more: Any) -> None:
        self.engine = Engine()
        self.files = files
        data = {"step": step, "files": files, **more}
        assert self.engine.handle({"kind": "load", "data": data})["ok"]

    def run(self, **edited: Any) -> Result:
        """Run the demo; `demo=` is the text of demo.py."""
        files = {f"{name}.py": text for name, text in edited.items()}
        return self.engine.handle({"kind": "run", "files": files})

    def send(self, path: str, method: str = "GET", **more: Any) -> Result:
        request = {
            "method": method,
            "path": path,
            "headers": [],
            "follow": True,
            **more,
        }
        return self.engine.handle({"kind": "send", "request": request})

    def get(self, path: str, **more: Any) -> Result:
        """Return the response to a request that redirects nowhere."""
        answer = self.send(path, **more)
        assert answer["ok"], answer
        (hop,) = answer["hops"]
        return hop["response"]


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what an engine does to this process, and to the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        if name.startswith(("step", "small", "naive")):
            del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def page_of() -> Callable[..., Page]:
    """Return the page of a step with its demo running."""

    def make(number: int, **more: Any) -> Page:
        page = Page(LADDER.get(number).name, files_of(number), **more)
        assert page.run()["ok"]
        return page

    return make


@pytest.fixture
def small() -> Page:
    """Return the page of a package that has a demo and nothing else."""
    return Page("small", {"__init__.py": "", "demo.py": HELLO})


def since(number: int) -> pytest.MarkDecorator:
    numbers = [step.number for step in LADDER.steps if step.number >= number]
    return pytest.mark.parametrize("number", numbers)


# --- the steps


@since(1)
def test_the_front_page_of_each_step_answers(page_of, number: int) -> None:
    response = page_of(number).get("/")

    assert (response["status"], response["reason"]) == (200, "OK")
    assert "Wren" in response["text"]
    assert response["body"] == response["text"].encode()


@since(1)
def test_each_step_has_a_way_from_its_app_to_the_view(page_of, number: int) -> None:
    way = page_of(number).send("/")["way"]

    names = [(call["file"], call["symbol"]) for call in way]
    assert names[0] == ("app.py", "App.__call__")
    assert names.index(("app.py", "App.wsgi_app")) < names.index(("demo.py", "index"))
    assert {"errors.py", "wrappers.py", "app.py", "demo.py"} >= {
        file for file, _ in names
    } or number > 6


def test_the_way_of_a_request_has_its_functions_as_they_call_each_other(
    page_of,
) -> None:
    way = page_of(3).send("/songs/2")["way"]

    shown = [(call["depth"], call["file"], call["symbol"], call["own"]) for call in way]
    dispatch = (2, "app.py", "App.dispatch_request", True)
    assert shown[:2] == [
        (0, "app.py", "App.__call__", True),
        (1, "app.py", "App.wsgi_app", True),
    ]
    assert shown[shown.index(dispatch) :] == [
        dispatch,
        (3, "app.py", "App.match_request", True),
        (4, "app.py", "App.create_url_adapter", True),
        (5, "wrappers.py", "Request.host", True),
        (4, "demo.py", "SongConverter.to_python", False),
        (3, "app.py", "call", True),
        (4, "app.py", "wants", True),
        (4, "demo.py", "song", False),
        (3, "wrappers.py", "make_response", True),
        (4, "wrappers.py", "unpack", True),
        (4, "wrappers.py", "is_content", True),
    ]


def test_the_way_tells_where_a_function_is_and_how_long_it_took(small: Page) -> None:
    small.run(
        demo="""
from time import sleep


def app(environ, start_response):
    start_response("200 OK", [])
    for number in range(3):
        nap()
    return lines()


def nap():
    sleep(0.01)


def lines():
    yield b"one"
    sleep(0.01)
    yield b"two"
"""
    )

    first, second, third = small.send("/")["way"]

    assert (first["symbol"], first["line"], first["depth"]) == ("app", 5, 0)
    assert (second["symbol"], second["line"], second["depth"]) == ("nap", 12, 1)
    assert (third["symbol"], third["times"], third["depth"]) == ("lines", 1, 0)
    assert second["times"] == 3
    assert first["micros"] >= second["micros"] >= 30_000
    assert third["micros"] >= 10_000


def test_the_way_of_a_template_has_its_files(page_of) -> None:
    way = page_of(11).send("/")["way"]

    templates = [call["file"] for call in way if not call["file"].endswith(".py")]
    assert templates == [
        f"templates/{name}.html" for name in ("index", "layout", "links")
    ]


def test_the_way_has_an_end(small: Page) -> None:
    functions = "".join(f"def f{number}(): pass\n" for number in range(2000))
    calls = "".join(f"    f{number}()\n" for number in range(2000))
    small.run(
        demo=f"{functions}def app(environ, start_response):\n{calls}"
        "    start_response('200 OK', [])\n    return []\n"
    )

    assert 100 < len(small.send("/")["way"]) < 1000


@since(8)
def test_redirects_are_followed_hop_by_hop(page_of, number: int) -> None:
    answer = page_of(number).send("/language?code=de")

    first, second = answer["hops"]
    assert first["response"]["status"] == 302
    assert ["Location", "/"] in first["response"]["headers"]
    assert first["request"]["line"] == "GET /language?code=de HTTP/1.1"
    assert second["request"]["line"] == "GET / HTTP/1.1"
    assert "Grüezi" in second["response"]["text"]
    assert {call["hop"] for call in answer["way"]} == {0, 1}


def test_a_form_that_was_taken_leads_to_a_page(page_of) -> None:
    page = page_of(13)

    answer = page.send("/guests", "POST", body="email=a%40wren.example")

    lines = [hop["request"]["line"] for hop in answer["hops"]]
    assert lines == ["POST /guests HTTP/1.1", "GET /guests HTTP/1.1"]
    first, second = (hop["request"] for hop in answer["hops"])
    assert ["Content-Type", "application/x-www-form-urlencoded"] in first["headers"]
    assert first["body"] == "email=a%40wren.example"
    assert not {"Content-Type", "Content-Length"} & {
        name for name, _ in second["headers"]
    }
    assert "You are on the list." in answer["hops"][1]["response"]["text"]


def test_a_redirect_is_shown_alone_if_it_is_not_to_be_followed(page_of) -> None:
    (hop,) = page_of(13).send("/language", follow=False)["hops"]

    assert (hop["response"]["status"], hop["note"]) == (302, None)


REDIRECTS = """
from urllib.parse import unquote


def app(environ, start_response):
    target = unquote(environ["QUERY_STRING"])
    if target:
        status = environ["PATH_INFO"].strip("/") or "302"
        start_response(f"{status} Look there", [("Location", target)])
        return []
    start_response("200 OK", [])
    return [environ["REQUEST_METHOD"].encode(), environ["wsgi.input"].read()]
"""


@pytest.mark.parametrize(
    ("status", "method", "arrives"),
    [
        (301, "POST", b"GET"),
        (302, "POST", b"GET"),
        (303, "PUT", b"GET"),
        (303, "HEAD", b"HEAD"),
        (302, "PUT", b"PUTsong"),
        (307, "POST", b"POSTsong"),
        (308, "POST", b"POSTsong"),
    ],
)
def test_a_redirect_keeps_the_method_where_it_should(
    small: Page, status: int, method: str, arrives: bytes
) -> None:
    small.run(demo=REDIRECTS)
    body = "" if method == "HEAD" else "song"

    answer = small.send(f"/{status}?/there", method, body=body)

    assert answer["hops"][-1]["response"]["body"] == arrives


def test_redirects_without_end_are_stopped(small: Page) -> None:
    small.run(demo=REDIRECTS.replace("if target", "if True"))
    endless = small.send("/")["hops"]

    assert len(endless) == 11
    assert endless[-1]["note"] == "Stopped after 10 redirects."


@pytest.mark.parametrize(
    "there", ["http://other.example/", "//other.example", "ftp://x/", "http://[a"]
)
def test_a_redirect_elsewhere_is_not_followed(small: Page, there: str) -> None:
    small.run(demo=REDIRECTS)

    (hop,) = small.send(f"/?{there}")["hops"]

    assert hop["note"].endswith("and is not followed.")


# --- cookies


COOKIES = """
from urllib.parse import unquote


def app(environ, start_response):
    lines = unquote(environ["QUERY_STRING"]).split("&&")
    headers = [("Set-Cookie", line) for line in lines if line]
    start_response("200 OK", headers)
    return [environ.get("HTTP_COOKIE", "").encode()]
"""


def test_a_session_outlasts_requests_and_a_new_run(page_of) -> None:
    page = page_of(13)
    secret = files_of(13)["demo.py"].replace("or token_hex()", "or 'a secret'")
    page.run(demo=secret)

    (cookie,) = page.send("/language?code=de")["cookies"]

    assert cookie["name"] == "session" and cookie["httponly"] is True
    assert (cookie["domain"], cookie["path"]) == ("localhost", "/")
    assert cookie["expires"].endswith("GMT")
    assert "Grüezi" in page.get("/")["text"]
    page.run(demo=secret)
    assert "Grüezi" in page.get("/")["text"]


def test_reset_forgets_cookies_and_what_the_app_remembers(page_of) -> None:
    page = page_of(13)
    page.send("/guests", "POST", body="email=a%40wren.example")
    assert "On the list: 1" in page.get("/guests")["text"]

    assert page.engine.handle({"kind": "reset"})["ok"]

    answer = page.send("/guests")
    assert "On the list: 0" in answer["hops"][0]["response"]["text"]
    assert answer["cookies"] == []


def test_cookies_have_their_flags(small: Page) -> None:
    small.run(demo=COOKIES)

    answer = small.send("/a/b?a=1; Secure; HttpOnly; SameSite=Lax; Path=/&&b=2")

    assert answer["cookies"] == [
        {
            "name": "a",
            "value": "1",
            "domain": "localhost",
            "path": "/",
            "expires": None,
            "secure": True,
            "httponly": True,
            "samesite": "Lax",
        },
        {
            "name": "b",
            "value": "2",
            "domain": "localhost",
            "path": "/a",
            "expires": None,
            "secure": False,
            "httponly": False,
            "samesite": None,
        },
    ]


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("a=1", "a=1"),
        ("a=1; Path=/b", "a=1"),
        ("a=1; Path=/bells", ""),
        ("a=1; Path=/b/c/d", ""),
        ("a=1; Max-Age=60", "a=1"),
        ("a=1; Max-Age=0", ""),
        ("a=1; Max-Age=99999999999999999999", "a=1"),
        (f"a=1; Max-Age={'9' * 400}", "a=1"),
        ("a=1; Max-Age=soon", "a=1"),
        ("a=1; Expires=Thu, 01 Jan 2015 00:00:00 GMT", ""),
        ("a=1; Expires=Thu, 01 Jan 2015 00:00:00 GMT; Max-Age=60", "a=1"),
        ("a=1; Expires=someday", "a=1"),
        ("a=1; Domain=localhost", "a=1"),
        ("a=1; Domain=other.example", ""),
        ("a=1&&a=2", "a=2"),
        ("a=1&&a=; Max-Age=0", ""),
        ("a=1; Path=/&&b=2; Path=/b/c", "b=2; a=1"),
        ("a", ""),
        ("=1", ""),
        (";;;", ""),
        ("a=b=c", "a=b=c"),
        ("a=1; Secure", "a=1"),
        ("__Host-a=1; Path=/; Secure", "__Host-a=1"),
        ("__Host-a=1; Path=/", ""),
        ("__Host-a=1; Path=/b; Secure", ""),
        ("__Host-a=1; Path=/; Secure; Domain=localhost", ""),
        ("__Secure-a=1; Domain=localhost; Secure", "__Secure-a=1"),
        ("__secure-a=1", ""),
    ],
)
def test_cookies_come_back_as_from_a_browser(small: Page, line: str, sent: str) -> None:
    small.run(demo=COOKIES)
    small.send(f"/b/c?{line}")

    assert small.get("/b/c")["text"] == sent


def test_cookie_for_https_is_not_kept_without_it_nor_sent(small: Page) -> None:
    small.run(demo=COOKIES)
    sent = [
        small.get(url)["text"]
        for url in (
            "http://wren.example/?a=1; Secure",
            "https://wren.example/",
            "https://wren.example/?b=2; Secure",
            "https://wren.example/",
            "http://wren.example/",
        )
    ]

    assert sent == ["", "", "", "b=2", ""]


# --- requests


ECHO = """
def app(environ, start_response):
    names = "REQUEST_METHOD PATH_INFO QUERY_STRING HTTP_HOST wsgi.url_scheme".split()
    names += ["CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_X_BIRD"]
    start_response("200 OK", [])
    lines = [f"{name}: {environ.get(name)}" for name in names]
    body = environ["wsgi.input"].read()
    return ["\\n".join(lines).encode("latin-1"), b"\\n", body]
"""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("/songs/2", ["PATH_INFO: /songs/2", "QUERY_STRING: "]),
        ("songs?a=1&b=ü#top", ["PATH_INFO: /songs", "QUERY_STRING: a=1&b=%C3%BC"]),
        ("/zürich", ["PATH_INFO: /zürich"]),
        ("/a b%2Fc", ["PATH_INFO: /a b/c"]),
        ("/\ud800", ["PATH_INFO: /"]),
        ("//other.example/a", ["PATH_INFO: //other.example/a"]),
        ("/static/../demo.py", ["PATH_INFO: /static/../demo.py"]),
        ("", ["PATH_INFO: /", "HTTP_HOST: localhost", "wsgi.url_scheme: http"]),
        (
            "https://wren.example:99?a=1",
            ["PATH_INFO: /", "HTTP_HOST: wren.example:99", "wsgi.url_scheme: https"],
        ),
    ],
)
def test_a_path_arrives_as_from_a_browser(
    small: Page, path: str, lines: list[str]
) -> None:
    small.run(demo=ECHO)

    text = small.get(path)["text"]

    assert set(lines) <= set(text.split("\n")), text


@pytest.mark.parametrize(
    "headers", [[["X-Bird", "wren"], ["x-bird", "robin"]], {"X-Bird": "wren, robin"}]
)
def test_headers_and_body_arrive(small: Page, headers: Any) -> None:
    small.run(demo=ECHO)

    text = small.get("/", method="PURR", headers=headers, body=memoryview(b"a=1"))[
        "text"
    ]

    assert "HTTP_X_BIRD: wren, robin" in text
    assert "REQUEST_METHOD: PURR" in text
    assert "CONTENT_TYPE: application/x-www-form-urlencoded" in text
    assert "CONTENT_LENGTH: 3" in text and text.endswith("\na=1")


@pytest.mark.parametrize(
    ("request_of", "says"),
    [
        ({"method": "GET IT"}, "The method is 'GET IT'"),
        ({"path": "http://[a"}, "The URL is 'http://[a'"),
        ({"headers": [["X Bird", "wren"]]}, "'X Bird' is no name of a header"),
        ({"headers": {"X-Bird": "wren\r\nX-Other: 1"}}, "X-Bird has a line break"),
    ],
)
def test_a_request_that_is_none_is_refused(
    small: Page, request_of: dict[str, Any], says: str
) -> None:
    small.run()

    answer = small.send(**{"path": "/", **request_of})

    assert answer["ok"] is False
    assert says in answer["error"]["message"] and answer["error"]["type"] == ""


UPLOAD = (
    b'--b\r\nContent-Disposition: form-data; name="recording";'
    b' filename="w\xc3\xa4ren.ogg"\r\n'
    b"Content-Type: audio/ogg\r\n\r\nOggS\x00\xff\xfe\r\n--b--\r\n"
)


def test_a_file_that_was_taken_comes_back(page_of) -> None:
    page = page_of(15)
    headers = [["Content-Type", "multipart/form-data; boundary=b"]]

    answer = page.send("/recordings", "POST", headers=headers, body=memoryview(UPLOAD))

    first, second = answer["hops"]
    assert first["response"]["status"] == 303
    assert "OggS" in first["request"]["body"]
    assert "wären.ogg" in second["response"]["text"]
    link = second["response"]["text"].partition('href="/recordings/')[2]
    song = page.get("/recordings/" + link.partition('"')[0])
    assert song["body"] == b"OggS\x00\xff\xfe"
    assert song["text"] is None

    # a new run begins without what was uploaded
    page.run()
    assert not (page.engine.stage.package.home / "instance").exists()


# --- answers


def test_a_streamed_answer_is_counted_in_pieces(page_of) -> None:
    response = page_of(15).get("/songs.csv")

    assert response["streamed"] == 4 and response["cut"] is False
    assert response["text"].startswith("1,nightingale\n")


@pytest.mark.parametrize("piece", ["b'x' * 10_000", "b'x'", "b''"])
def test_a_stream_without_end_is_cut(small: Page, piece: str) -> None:
    small.run(
        demo=f"""
closed = []


def app(environ, start_response):
    start_response("200 OK", [])
    return lines()


def lines():
    try:
        while True:
            yield {piece}
    finally:
        print("closed")
"""
    )

    answer = small.send("/")

    response = answer["hops"][0]["response"]
    assert response["cut"] is True and len(response["body"]) <= LARGEST
    assert answer["log"] == "closed\n"


def test_who_leaves_early_reads_no_more(small: Page) -> None:
    small.run(
        demo="""
def app(environ, start_response):
    start_response("200 OK", [])
    for number in range(9):
        print(number)
        yield b"."
"""
    )

    assert small.send("/", leave=2)["log"] == "0\n1\n"


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=utf-8", "Zürich".encode(), "Zürich"),
        ("text/html; charset=latin-1", "Zürich".encode("latin-1"), "Zürich"),
        ("text/html; charset=klingon", b"Z\xfcrich", "Zürich"),
        ("application/problem+json", b"{}", "{}"),
        ("image/svg+xml", b"<svg/>", "<svg/>"),
        ("Text/HTML", b"<p>", "<p>"),
        ("text/plain", b"\xff", "\ufffd"),
        ("image/png", b"\x89PNG", None),
        ("application/octet-stream", b"text", None),
    ],
)
def test_what_is_text_is_shown_as_text(
    small: Page, content_type: str, body: bytes, text: str | None
) -> None:
    small.run(
        demo=f"""
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", {content_type!r})])
    return [{body!r}]
"""
    )

    assert small.get("/")["text"] == text


def test_a_header_with_a_line_break_becomes_two_as_on_the_wire(small: Page) -> None:
    small.run(
        demo="""
def app(environ, start_response):
    hostile = "1\\r\\nSet-Cookie: b=2\\r\\n\\r\\n<p>"
    start_response("200 OK", [("A", hostile), ("C", "3")])
    return [b"Hello"]
"""
    )

    answer = small.send("/")

    response = answer["hops"][0]["response"]
    assert response["headers"] == [["A", "1"], ["Set-Cookie", "b=2"]]
    assert response["text"] == "<p>\nC: 3Hello"
    assert [cookie["name"] for cookie in answer["cookies"]] == ["b"]


# --- errors


@since(3)
def test_an_unknown_page_is_not_found(page_of, number: int) -> None:
    answer = page_of(number).send("/nowhere")

    assert answer["hops"][0]["response"]["status"] == 404
    assert answer["error"] is None


@since(3)
def test_a_method_that_is_not_allowed_is_told(page_of, number: int) -> None:
    response = page_of(number).get("/songs/", method="POST")

    assert (response["status"], response["reason"]) == (405, "METHOD NOT ALLOWED")
    assert "GET" in dict(response["headers"])["Allow"]


@since(1)
def test_an_error_in_a_view_has_its_line(page_of, number: int) -> None:
    page = page_of(number)
    demo = files_of(number)["demo.py"]
    # from step 25 on, the demo has no view without a rule
    rule = "@public\n" if "deny_by_default" in demo else ""
    demo += f'\n\n{rule}@app.route("/broken")\ndef broken_bell():\n    return 1 / 0\n'
    page.run(demo=demo)

    answer = page.send("/broken")

    response = answer["hops"][-1]["response"]
    error = answer["error"]
    assert response["status"] == 500 and "division" not in response["text"]
    assert (error["type"], error["message"]) == (
        "ZeroDivisionError",
        "division by zero",
    )
    assert (error["file"], error["line"]) == ("demo.py", demo.count("\n"))
    assert error["traceback"][0]["file"] == "app.py"
    assert error["traceback"][-1] == {
        "file": "demo.py",
        "line": demo.count("\n"),
        "function": "broken_bell",
        "code": "return 1 / 0",
        "own": True,
    }
    assert "ZeroDivisionError: division by zero" in answer["log"]


def test_a_traceback_names_files_of_libraries_without_their_folder(page_of) -> None:
    page = page_of(11)
    page.run(demo=files_of(11)["demo.py"].replace("index.html", "missing.html"))

    error = page.send("/")["error"]

    assert error["type"] == "TemplateNotFound"
    strange = [frame["file"] for frame in error["traceback"] if not frame["own"]]
    assert strange and all(
        file.startswith(("jinja2/", "functools")) for file in strange
    )
    assert error["file"] == "templating.py"


def test_an_error_in_a_template_has_its_line(page_of) -> None:
    page = page_of(11)
    page.engine.handle(
        {"kind": "run", "files": {"templates/index.html": "<p>\n{{ 1 / 0 }}\n"}}
    )

    error = page.send("/")["error"]

    assert (error["file"], error["line"]) == ("templates/index.html", 2)


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("x = 1\ndef app(:\n    pass\n", "SyntaxError", 2),
        ("def app():\nreturn 1\n", "IndentationError", 2),
        ("x = 1\n'\n", "SyntaxError", 2),
        ("x = 1\n\nx = y\n", "NameError", 3),
        ("import nothing_there\n", "ModuleNotFoundError", 1),
        ("raise SystemExit(3)\n", "SystemExit", 1),
        ("import sys\nsys.exit()\n", "SystemExit", 2),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt", 1),
        ("x = 1\ninput()\n", "EOFError", 2),
        ("def f(): f()\nf()\n", "RecursionError", 1),
    ],
)
def test_a_demo_that_does_not_start_says_why_and_where(
    small: Page, source: str, kind: str, line: int
) -> None:
    answer = small.run(demo=source)

    error = answer["error"]
    assert answer["ok"] is False
    assert (error["type"], error["file"], error["line"]) == (kind, "demo.py", line)
    assert error["message"]
    assert len(error["traceback"]) < 60
    # and so does each request, until it starts
    assert small.send("/")["error"] == error
    assert small.run()["ok"] and small.get("/")["text"] == "Hello"


def test_a_syntax_error_has_its_column_and_its_line(small: Page) -> None:
    error = small.run(demo="app = (1,,)\n")["error"]

    assert error["column"] == 10
    assert error["traceback"][-1]["code"] == "app = (1,,)"


def test_a_syntax_error_in_the_framework_is_in_its_file(page_of) -> None:
    answer = page_of(3).run(app="class App:\n    def\n")

    assert (answer["error"]["file"], answer["error"]["line"]) == ("app.py", 2)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "demo.py has no `app`: make one, with `app = App(__name__)`."),
        ("app = 3", "`app` in demo.py is 3: a server calls it"),
    ],
)
def test_a_demo_without_an_app_is_told(small: Page, source: str, says: str) -> None:
    error = small.run(demo=source)["error"]

    assert says in error["message"]
    assert (error["type"], error["traceback"]) == ("", [])


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("app = lambda environ, start_response: None", "The app returned None"),
        ("app = lambda environ, start_response: []", "didn't call start_response"),
        ("app = lambda environ, start_response: [b'x']", "didn't call start_response"),
        (
            "def app(e, s): s('200 OK', []); return 'x'",
            "a piece of the body that is 'x'",
        ),
        ("def app(e, s): s('200 OK', []); return [1]", "a piece of the body that is 1"),
        ("def app(e, s): s(200, [])", "the status 200"),
        ("def app(e, s): s('OK', [])", "the status 'OK'"),
        ("def app(e, s): s('200 OK', {})", "the headers {}"),
        ("def app(e, s): s('200 OK', [('A', 1)])", "the headers [('A', 1)]"),
        ("def app(e, s): s('200 OK', [('A', '€')])", "in Latin-1"),
        ("def app(e, s): s('200 OK', []); s('200 OK', [])", "start_response twice"),
        ("async def app(e, s): pass", "The app returned <coroutine object"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine")
def test_an_app_that_is_no_wsgi_is_told_what_is_wrong(
    small: Page, source: str, says: str
) -> None:
    assert small.run(demo=source)["ok"]

    answer = small.send("/")

    assert answer["hops"][0]["response"]["status"] == 500
    assert says in answer["error"]["message"] and answer["error"]["type"] == ""


EXCUSED = """
import sys


def app(environ, start_response):
    start_response("200 OK", [])
    if environ["QUERY_STRING"]:
        yield b"begun"
    try:
        1 / 0
    except ZeroDivisionError:
        start_response("503 Later", [("Retry-After", "9")], sys.exc_info())
    yield b"sorry"
"""


def test_an_app_may_think_better_of_its_answer_until_it_is_sent(small: Page) -> None:
    small.run(demo=EXCUSED)

    early, late = small.send("/"), small.send("/?late")

    response = early["hops"][0]["response"]
    assert (response["status"], response["text"]) == (503, "sorry")
    assert early["error"] is None
    response = late["hops"][0]["response"]
    assert (response["status"], response["text"]) == (200, "begun")
    assert late["error"]["type"] == "ZeroDivisionError"


def test_an_app_with_other_arguments_is_told(small: Page) -> None:
    small.run(demo="def app(): pass")

    error = small.send("/")["error"]

    assert error["type"] == "TypeError" and "positional arguments" in error["message"]


HOSTILE = """
class Bell(Exception):
    def __str__(self):
        raise self

    __repr__ = __str__


class Odd(Exception):
    def __str__(self):
        return type("Text", (str,), {"__len__": lambda self: 1 / 0})("odd")


def app(environ, start_response):
    start_response("200 OK", [])
    path = environ["PATH_INFO"]
    if path == "/bell":
        raise Bell
    if path == "/odd":
        raise Odd
    if path == "/exit":
        raise SystemExit
    if path == "/group":
        raise BaseExceptionGroup("several", [KeyboardInterrupt(), Bell()])
    if path == "/deep":
        app(environ, start_response)
    if path == "/stream":
        return broken()
    if path == "/close":
        return Closing()
    if path == "/repr":
        return Bell()
    if path == "/stop":
        raise StopIteration
    return [b"Hello"]


def broken():
    yield b"begun"
    raise ValueError("x" * 10_000)


class Closing(list):
    def __init__(self):
        super().__init__([b"whole"])

    def close(self):
        raise ValueError("not closed")
"""


@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("/bell", "Bell", "its message can't be shown"),
        ("/odd", "Odd", "'odd'"),
        ("/exit", "SystemExit", "The app ends Python, which would stop a server."),
        ("/group", "BaseExceptionGroup", "several"),
        ("/stop", "StopIteration", ""),
        ("/repr", "", "The app returned an object of 'Bell'"),
    ],
)
def test_a_hostile_error_is_shown_and_the_next_request_answered(
    small: Page, path: str, kind: str, says: str
) -> None:
    small.run(demo=HOSTILE)

    answer = small.send(path)

    assert answer["hops"][0]["response"]["status"] == 500
    assert answer["error"]["type"] == kind and says in answer["error"]["message"]
    assert small.get("/")["text"] == "Hello"


def test_a_recursion_is_shown_by_its_ends(small: Page) -> None:
    small.run(demo=HOSTILE.replace("start_response(", "print(", 1))

    error = small.send("/deep")["error"]

    assert error["type"] == "RecursionError" and error["file"] == "demo.py"
    assert 10 < len(error["traceback"]) < 60
    assert any("more" in frame["code"] for frame in error["traceback"])


def test_an_answer_that_breaks_off_shows_what_came(small: Page) -> None:
    small.run(demo=HOSTILE)

    answer = small.send("/stream")

    response = answer["hops"][0]["response"]
    assert (response["status"], response["text"]) == (200, "begun")
    assert response["cut"] is True
    assert answer["error"]["type"] == "ValueError"
    assert len(answer["error"]["message"]) < 3000


def test_an_answer_that_does_not_close_is_whole_with_its_error(small: Page) -> None:
    small.run(demo=HOSTILE)

    answer = small.send("/close")

    response = answer["hops"][0]["response"]
    assert (response["status"], response["text"]) == (200, "whole")
    assert response["cut"] is False
    assert answer["error"]["message"] == "not closed"


def test_an_error_that_was_only_logged_is_no_error(small: Page) -> None:
    small.run(
        demo="""
import logging


def app(environ, start_response):
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger(__name__).exception("Never mind")
    start_response("200 OK", [])
    return []
"""
    )

    answer = small.send("/")

    assert answer["error"] is None
    assert "Never mind" in answer["log"] and "ZeroDivisionError" in answer["log"]


# --- the log


def test_what_is_printed_and_logged_is_in_the_log(small: Page) -> None:
    source = """
import logging
import sys

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger(__name__)
print("started")


def app(environ, start_response):
    print("printed", environ["PATH_INFO"])
    print("mistake", file=sys.stderr)
    environ["wsgi.errors"].write("told the server\\n")
    log.info("logged")
    start_response("200 OK", [])
    return []
"""

    assert small.run(demo=source)["log"] == "started\n"
    expected = "printed /\nmistake\ntold the server\nINFO logged\n"
    assert small.send("/")["log"] == expected
    # each run sets logging up anew
    assert small.run(demo=source)["log"] == "started\n"
    assert small.send("/")["log"] == expected


def test_the_log_takes_strings_as_a_console_does(small: Page) -> None:
    writing = HELLO.replace("    start", "    sys.stdout.write({})\n    start", 1)
    small.run(demo="import sys\nassert sys.stdout.writable()\n" + writing.format("3"))

    assert "a string is written, not 'int'" in small.send("/")["error"]["message"]


def test_the_log_has_an_end(small: Page) -> None:
    small.run(
        demo=HELLO.replace(
            "    start", "    for _ in range(50): print('x' * 1_000_000)\n    start", 1
        )
    )

    log = small.send("/")["log"]

    assert len(log) < 100_000
    assert log.endswith("characters more")
    assert "49,936,050" in log


# --- what a demo does to its surroundings


def test_a_demo_leaves_its_surroundings_as_they_were(small: Page) -> None:
    before = (Path.cwd(), list(sys.path), sys.stdout, sys.stdin, sys.getprofile())
    small.run(
        demo="""
import os
import sys

sys.path.append("/nowhere")
os.chdir("/")
os.environ["WREN"] = "sings"
sys.stdout = None
"""
        + HELLO.replace("    start", "    sys.setprofile(None)\n    start", 1)
    )
    small.send("/")

    assert (
        Path.cwd(),
        list(sys.path),
        sys.stdout,
        sys.stdin,
        sys.getprofile(),
    ) == before
    small.run()
    assert "WREN" not in os.environ


def test_each_run_begins_anew(small: Page) -> None:
    counting = """
from pathlib import Path

file = Path("visits.txt")
visits = []


def app(environ, start_response):
    visits.append(1)
    file.write_text(str(len(visits)), "utf-8")
    Path(__file__).write_text("broken", "utf-8")
    (Path(__file__).parent / "more.py").write_text("", "utf-8")
    start_response("200 OK", [])
    return [str(len(visits)).encode()]
"""
    small.run(demo=counting)
    assert [small.get("/")["text"] for _ in range(2)] == ["1", "2"]
    stage = small.engine.stage
    assert (stage.package.home / "visits.txt").exists()

    assert small.run(demo=counting)["ok"]

    assert not (stage.package.home / "visits.txt").exists()
    assert not (stage.package.folder / "more.py").exists()
    assert small.get("/")["text"] == "1"


def test_an_edit_counts_at_once_even_of_the_same_length(small: Page) -> None:
    texts = []
    for letter in "abcd":
        small.run(demo=HELLO.replace("Hello", letter))
        texts.append(small.get("/")["text"])

    assert texts == ["a", "b", "c", "d"]


def test_a_file_can_be_added_and_taken_away(small: Page) -> None:
    small.files["bell.py"] = "SOUND = b'ding'"
    demo = HELLO.replace("[b", "[SOUND, b").replace(
        "\ndef", "\nfrom .bell import SOUND\ndef", 1
    )
    assert small.run(demo=demo)["ok"]
    assert small.get("/")["text"] == "dingHello"

    answer = small.engine.handle(
        {"kind": "run", "files": {"demo.py": demo, "bell.py": None}}
    )

    assert answer["error"]["type"] == "ModuleNotFoundError"


@pytest.mark.parametrize(
    "name",
    [
        "../demo.py",
        "/etc/passwd",
        "a/../../b",
        "a//b",
        "",
        ".",
        "a\\b",
        "a\0b",
        "x" * 999,
    ],
)
def test_a_name_that_leaves_the_folder_is_refused(small: Page, name: str) -> None:
    home = small.engine.home
    before = set(home.parent.iterdir())

    answer = small.engine.handle({"kind": "run", "files": {name: "text"}})

    assert answer["ok"] is False
    assert "a path inside the package" in answer["error"]["message"]
    assert set(home.parent.iterdir()) == before


def test_a_file_that_can_not_be_written_is_told(small: Page) -> None:
    files = {"a": "text", "a/b": "text"}

    answer = small.engine.handle({"kind": "run", "files": files})

    assert answer["error"]["message"].startswith("a/b can't be written: ")


@pytest.mark.parametrize(
    ("content", "text"), [({"base64": "/w=="}, b"\xff"), ("\ud800ü", "?ü".encode())]
)
def test_files_are_text_or_base64(small: Page, content: Any, text: bytes) -> None:
    small.engine.handle({"kind": "run", "files": {"data": content}})

    assert (small.engine.stage.package.folder / "data").read_bytes() == text


@pytest.mark.parametrize("content", [{"base64": "!"}, {}, 3])
def test_other_content_is_refused(small: Page, content: Any) -> None:
    answer = small.engine.handle({"kind": "run", "files": {"data": content}})

    assert answer["error"]["message"] == "What is in data is neither text nor Base64."


def test_bytecode_of_the_installed_step_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "small" / "demo.py"
    installed.parent.mkdir()
    (installed.parent / "__init__.py").touch()
    installed.write_text(HELLO.replace("Hello", "from bytecode"), "utf-8")
    compiled = Path(py_compile.compile(str(installed), doraise=True))
    # as if it were the bytecode of the page's text
    flags = (1).to_bytes(4, "little") + bytes(8)
    compiled.write_bytes(compiled.read_bytes()[:4] + flags + compiled.read_bytes()[16:])
    monkeypatch.syspath_prepend(tmp_path)

    page = Page("small", {"__init__.py": "", "demo.py": HELLO})
    page.run()

    assert page.get("/")["text"] == "from bytecode"
    (call,) = page.send("/")["way"]
    assert (call["file"], call["line"]) == ("demo.py", 2)


# --- attacks


NAIVE = """
class App:
    def __call__(self, environ, start_response):
        start_response("200 OK", [("Greeting", environ["QUERY_STRING"])])
        return [b"the password is hunter2"]
"""
SAFE = NAIVE.replace("the password is hunter2", "nothing to see")
ATTACK = {
    "title": "A password",
    "story": "It is told to everyone.",
    "app": "from . import App\n\napp = App()\n",
    "requests": [{"path": "/"}, {"path": "/?again", "visitor": "eve"}],
    "worked": "^Greeting: again$.*hunter2",
}


def attacked(attack: dict[str, Any], **edited: Any) -> Result:
    files = {"__init__.py": SAFE, "demo.py": HELLO}
    page = Page("small", files, attacks=[attack], naive=NAIVE)
    assert page.run()["ok"]
    files = {f"{name}.py": text for name, text in edited.items()}
    answer = page.engine.handle({"kind": "attack", "files": files})
    assert page.get("/")["text"] == "Hello"
    return answer


def test_an_attack_is_made_on_both_sides() -> None:
    answer = attacked(ATTACK)

    assert answer["ok"]
    assert (answer["naive"]["worked"], answer["step"]["worked"]) == (True, False)
    lines = [hop["request"]["line"] for hop in answer["step"]["hops"]]
    assert lines == ["GET / HTTP/1.1", "GET /?again HTTP/1.1"]


def test_an_attack_works_if_the_reader_opens_the_door() -> None:
    assert attacked(ATTACK, __init__=NAIVE)["step"]["worked"] is True


def test_a_side_that_does_not_start_was_not_attacked() -> None:
    side = attacked(ATTACK, __init__="class App(:")["step"]

    assert side["ok"] is False and side["worked"] is False
    assert (side["error"]["file"], side["error"]["line"]) == ("__init__.py", 1)


def test_an_attack_sees_what_its_visitors_see_and_no_log() -> None:
    app = ATTACK["app"] + "\n\ndef app(e, s):\n    print('there')\n    1 / 0\n"

    found = [
        attacked({**ATTACK, "app": app, "worked": pattern})["step"]
        for pattern in ("^HTTP/1.1 500", "ZeroDivisionError", "^there$")
    ]

    assert [side["worked"] for side in found] == [True, False, False]
    assert "there" in found[0]["log"] and "ZeroDivisionError" in found[0]["log"]


def test_the_attack_with_the_number_is_made() -> None:
    others = [ATTACK, {**ATTACK, "requests": [{"path": "/second"}]}]
    files = {"__init__.py": SAFE, "demo.py": HELLO}
    page = Page("small", files, attacks=others, naive=NAIVE)

    hops = page.engine.handle({"kind": "attack", "number": 1})["step"]["hops"]

    assert [hop["request"]["line"] for hop in hops] == ["GET /second HTTP/1.1"]


def test_visitors_of_an_attack_have_cookies_of_their_own() -> None:
    requests = [{"path": "/?a=1"}, {"path": "/", "visitor": "eve"}, {"path": "/"}]
    attack = {**ATTACK, "app": COOKIES, "requests": requests, "worked": "."}

    hops = attacked(attack)["step"]["hops"]

    assert [hop["response"]["text"] for hop in hops] == ["", "", "a=1"]


def test_a_naive_version_may_build_on_an_earlier_step(page_of) -> None:
    naive = (LADDER.get(8).tests / "naive.py").read_text("utf-8")
    app = (
        "from . import App, request\n\napp = App(__name__)\n\n\n"
        "@app.route('/')\ndef index():\n    return request.path\n"
    )
    attack = {**ATTACK, "app": app, "requests": [{"path": "/"}], "worked": "^/$"}
    page = page_of(8, attacks=[attack], naive=naive)

    answer = page.engine.handle({"kind": "attack"})

    assert [answer[side]["worked"] for side in ("naive", "step")] == [True, True]


def test_a_step_without_an_attack_says_so(small: Page) -> None:
    answer = small.engine.handle({"kind": "attack", "files": {}})

    assert answer["error"]["message"] == "This step has no such attack."


# --- messages


@pytest.mark.parametrize("kind", ["run", "send", "reset"])
def test_a_message_before_a_step_is_loaded_is_told(kind: str) -> None:
    answer = Engine().handle({"kind": kind})

    assert answer["ok"] is False
    assert answer["error"]["message"] == "No step was loaded."


@pytest.mark.parametrize(
    ("error", "dead"), [("MemoryError", True), ("ValueError", False)]
)
def test_python_is_dead_when_its_memory_is_used_up(
    small: Page, error: str, dead: bool
) -> None:
    assert small.run(demo=f"raise {error}")["dead"] is dead

    small.run(demo=f"def app(environ, start_response):\n    raise {error}")
    answer = small.send("/")

    assert answer["dead"] is dead and answer["ok"] is True


def test_memory_that_ends_within_the_engine_is_told(
    small: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, files: object) -> None:
        raise MemoryError

    small.run()
    monkeypatch.setattr(Engine, "run", fail)

    answer = small.run()

    assert (answer["ok"], answer["dead"]) == (False, True)
    assert answer["error"]["message"] == "Python has no memory left."


def test_an_unknown_message_is_told() -> None:
    assert "no message 'sing'" in Engine().handle({"kind": "sing"})["error"]["message"]
