"""What step 2 promises: a request that no view could read is refused at once."""

import pytest
from step02_wrappers import App, Request, Response
from werkzeug.exceptions import BadRequest
from werkzeug.test import Client, create_environ, run_wsgi_app

UNREADABLE = "Flask lets a view find out, with an error and a status of 500"
UNBOUNDED = "Flask reads lists of any length"
HOSTS = [
    "wren.example",
    "WREN.example.",
    "wren.example:8000",
    "127.0.0.1:80",
    "[::1]:80",
    "xn--bcher-kva.example",
    "a" * 63 + ".example",
]
MALFORMED = ["a..b", ".wren", "..", "a" * 64 + ".example"]
NO_HOSTS = [
    "",
    "my_shop.example",
    "wren.example:0",
    "wren.example:99999",
    "wren.example/",
    "user@wren.example",
    "é.example",
    "[::1",
    "xn--",
    "xn--a.example",
]
LISTS = {
    "Accept": ("text/html", ",", "accept_mimetypes"),
    "Accept-Encoding": ("br", ",", "accept_encodings"),
    "Accept-Language": ("de", ",", "accept_languages"),
    "Authorization": ("a=b", ",", "authorization"),
    "Cache-Control": ("no-store", ",", "cache_control"),
    "Content-Type": ("a=b", ";", "mimetype_params"),
    "Cookie": ("a=b", ";", "cookies"),
    "If-Match": ('"a"', ",", "if_match"),
    "If-None-Match": ('"a"', ",", "if_none_match"),
    "Pragma": ("no-cache", ",", "pragma"),
    "Range": ("0-1", ",", "range"),
    "X-Forwarded-For": ("192.0.2.1", ",", "access_route"),
}


def key_of(name):
    """Return the environ's key for a header field."""
    key = name.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"


def status_of(attribute, query="", **environ):
    """Return the status of a request whose view reads one attribute."""
    app = App(__name__)

    @Request.application
    def read(request):
        return Response(repr(getattr(request, attribute)))

    @app.route("/")
    def index():
        return read

    sent = create_environ("/")
    sent.update({"QUERY_STRING": query, **environ})
    _, status, _ = run_wsgi_app(app, sent, buffered=True)
    return int(status[:3])


@pytest.mark.parametrize("host", HOSTS)
def test_host_is_a_name_or_an_address(host):
    assert status_of("host_url", HTTP_HOST=host) == 200


@pytest.mark.parametrize("host", MALFORMED)
def test_host_with_an_impossible_label_is_refused(host):
    assert status_of("host_url", HTTP_HOST=host) == 400


@pytest.mark.differs(
    "Flask has no host then, and builds URLs like http:///songs", safer=True
)
@pytest.mark.parametrize("host", NO_HOSTS)
def test_host_that_is_neither_name_nor_address_is_refused(host):
    assert status_of("host_url", HTTP_HOST=host) == 400


@pytest.mark.differs("reading a URL is an error there, and so a 500", safer=True)
@pytest.mark.parametrize("host", ["[1:2]", "[1:2]:80", "[::1::2]"])
def test_host_in_brackets_that_is_no_address_is_refused(host):
    assert status_of("url", HTTP_HOST=host) == 400


@pytest.mark.parametrize("host", ["[::1]", "[::1]:8000", "[2001:db8::7]"])
def test_host_in_brackets_may_be_an_address(host):
    assert status_of("url", HTTP_HOST=host) == 200


def test_host_that_a_request_class_does_not_trust_is_refused():
    class CarefulRequest(Request):
        trusted_hosts = ["wren.example"]

    def host_of(kind, host):
        return kind(create_environ("/") | {"HTTP_HOST": host}).host

    # what one class has found out is no news for another
    assert host_of(Request, "eve.example") == "eve.example"
    assert host_of(CarefulRequest, "wren.example") == "wren.example"
    with pytest.raises(BadRequest):
        host_of(CarefulRequest, "eve.example")


def test_query_may_have_a_thousand_fields():
    assert status_of("args", "&".join(["a=b"] * 1000)) == 200


@pytest.mark.differs(UNBOUNDED, safer=True)
def test_query_with_more_fields_is_refused():
    assert status_of("args", "&".join(["a=b"] * 1001)) == 400


def test_query_may_have_any_bytes_if_they_are_quoted():
    assert status_of("args", "a=%FF&b=%") == 200
    assert status_of("args", "a=z\xc3\xbcrich") == 200


@pytest.mark.differs(UNREADABLE, safer=True)
@pytest.mark.parametrize("attribute", ["args", "full_path", "url"])
def test_query_that_is_no_text_is_refused(attribute):
    assert status_of(attribute, "a=\xff") == 400


@pytest.mark.parametrize("name", LISTS)
def test_header_field_may_have_a_list(name):
    member, separator, attribute = LISTS[name]
    environ = {key_of(name): separator.join([member] * 200)}

    assert status_of(attribute, **environ) == 200


@pytest.mark.differs(UNBOUNDED, safer=True)
@pytest.mark.parametrize("name", LISTS)
def test_header_field_with_an_endless_list_is_refused(name):
    member, separator, attribute = LISTS[name]
    environ = {key_of(name): separator.join([member] * 5000)}

    assert status_of(attribute, **environ) == 431


@pytest.mark.differs(UNBOUNDED, safer=True)
@pytest.mark.parametrize("name", LISTS)
def test_header_field_with_an_endless_member_is_refused(name):
    _, _, attribute = LISTS[name]

    assert status_of(attribute, **{key_of(name): "a" + "\t" * 20_000 + "b"}) == 431


DATES = {
    "If-Modified-Since": "if_modified_since",
    "If-Unmodified-Since": "if_unmodified_since",
    "If-Range": "if_range",
    "Date": "date",
}


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("date", ["Sat, 21 Nov 2026 06:30:00 GMT", "yesterday"])
def test_date_or_what_is_none_is_no_reason_to_refuse(name, date):
    assert status_of(DATES[name], **{key_of(name): date}) == 200


@pytest.mark.differs(UNREADABLE, safer=True)
@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize(
    "date",
    [
        "Sat, 21 Nov 2026 06:30:00 +99999999999999",
        "Sat, 21 Nov 99999999999999 06:30:00 GMT",
    ],
    ids=["no zone", "no year"],
)
def test_date_in_no_calendar_is_refused(name, date):
    assert status_of(DATES[name], **{key_of(name): date}) == 400


@pytest.mark.differs(UNREADABLE, safer=True)
def test_credentials_that_are_no_text_are_refused():
    assert status_of("authorization", HTTP_AUTHORIZATION="Basic \xe9") == 400


@pytest.mark.differs(UNREADABLE, safer=True)
def test_refusal_is_a_page_without_a_view():
    called = []
    app = App(__name__)

    @app.route("/")
    def index():
        called.append("index")
        return "Wren"

    answer = Client(app).get("/", environ_overrides={"QUERY_STRING": "\xff"})

    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert not called
