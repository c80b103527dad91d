"""The exercise `request`: your own request, with Werkzeug as the judge."""

from io import BytesIO

import pytest
from exercise import SmallRequest
from step02_wrappers import Request
from werkzeug.test import create_environ

FORM = "application/x-www-form-urlencoded"


class Stream(BytesIO):
    """A connection: it notes what is read, and fails where a socket would wait."""

    def __init__(self, data):
        super().__init__(data)
        self.taken = 0

    def read(self, size=-1):
        self.taken += max(size, 0)
        left = len(self.getvalue()) - self.tell()
        assert 0 <= size <= left, f"read({size}) with {left} bytes left: it would hang"
        return super().read(size)


def post(body, length=None, content_type=FORM):
    environ = create_environ("/", method="POST", content_type=content_type)
    environ["wsgi.input"] = Stream(body)
    environ["CONTENT_LENGTH"] = str(len(body)) if length is None else length
    return environ


def test_nothing_but_the_standard_library_is_used():
    used = SmallRequest.__init__.__globals__.values()
    modules = {getattr(value, "__module__", "") or "" for value in used}

    assert SmallRequest(create_environ("/")).path == "/"
    assert not any(name.startswith("werkzeug") for name in modules)


@pytest.mark.parametrize("path", ["/", "/zürich", "/a%20b", "/%FF", "/100%25"])
def test_method_and_path_are_those_of_the_judge(path):
    environ = create_environ(path, method="PUT")
    mine, judge = SmallRequest(environ), Request(environ)

    assert (mine.method, mine.path) == (judge.method, judge.path)


@pytest.mark.parametrize(
    "query",
    ["", "a=1", "a=1&a=2&b=3", "a=", "a", "a=z%C3%BCrich", "a=b+c%2Bd", "a=b=c", "&&"],
)
def test_query_is_that_of_the_judge(query):
    environ = create_environ("/", query_string=query)

    assert SmallRequest(environ).args == dict(Request(environ).args.lists())


def test_bytes_that_are_no_text_are_replaced():
    environ = create_environ("/", query_string="a=%FF")

    assert SmallRequest(environ).args == {"a": ["\ufffd"]}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "language=de",
        "language=de; token=d3Jlbg==",
        "a=1; a=2",
        "  a = 1 ;b=2",
        "odd; a=1",
        r'a="de\073 Max-Age=1"; b=2',
        r'a="z\303\274rich"',
        r'a="say \"hi\""',
        "=1; b=2",
        'a=""',
    ],
)
def test_cookies_are_those_of_the_judge(header):
    environ = create_environ("/", headers={"Cookie": header})

    assert SmallRequest(environ).cookies == dict(Request(environ).cookies)


@pytest.mark.parametrize("body", [b"", b"a=1&a=2&b=", b"city=Z%C3%BCrich", b"a=b+c"])
def test_form_is_that_of_the_judge(body):
    judge = Request(post(body)).form if body else {}

    assert SmallRequest(post(body)).form == {
        name: judge.getlist(name) for name in judge
    }


def test_content_type_may_have_a_charset():
    form = SmallRequest(post(b"a=1", content_type=f"{FORM}; charset=utf-8")).form

    assert form == {"a": ["1"]}


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", ""])
def test_other_bodies_are_no_form(content_type):
    environ = post(b"a=1", content_type=content_type)

    assert (SmallRequest(environ).form, environ["wsgi.input"].taken) == ({}, 0)


def test_body_is_not_read_past_its_length():
    assert SmallRequest(post(b"a=1&b=2", length="3")).form == {"a": ["1"]}


@pytest.mark.parametrize("length", ["", "many", "-1", "1.5", "\u0663"])
def test_without_a_length_the_body_is_empty(length):
    assert SmallRequest(post(b"a=1", length=length)).form == {}


def test_missing_length_is_fine():
    environ = post(b"a=1")
    del environ["CONTENT_LENGTH"]

    assert SmallRequest(environ).form == {}


def test_body_is_left_alone_until_somebody_asks():
    environ = post(b"a=1")
    request = SmallRequest(environ)
    _ = request.method, request.path, request.args, request.cookies

    assert environ["wsgi.input"].taken == 0


def test_nothing_is_parsed_twice():
    request = SmallRequest(post(b"a=1"))

    assert request.form is request.form
    assert request.args is request.args
    assert request.cookies is request.cookies


def test_huge_body_is_refused_unread():
    environ = post(b"a=1", length="1000001")

    with pytest.raises(ValueError, match="1000001"):
        _ = SmallRequest(environ).form
    assert environ["wsgi.input"].taken == 0
