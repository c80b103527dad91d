"""The dangers of step 1: a path that garbles, and a header that splits."""

from email.parser import BytesParser
from urllib.parse import parse_qs, quote

import pytest
from step01_wsgi import App
from werkzeug.test import Client, create_environ


def as_sent(app, url):
    """Write the response's head as a server puts it on the wire."""
    lines = []

    def start_response(status, headers, exc_info=None):
        lines.append(f"HTTP/1.1 {status}")
        lines.extend(f"{name}: {value}" for name, value in headers)

    try:
        app(create_environ(url), start_response)
    except ValueError:
        return b"HTTP/1.1 500 Internal Server Error\r\n\r\n"
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def as_read(head):
    """Read a response's head as a browser does."""
    return BytesParser().parsebytes(head.partition(b"\r\n")[2])


@pytest.mark.asvs("1.2.1")
@pytest.mark.attack
@pytest.mark.until(2, "a view gets no environ; Werkzeug refuses such a header")
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_query_cannot_add_a_header(end):
    app = App(__name__)

    @app.route("/language")
    def language(environ):
        code = parse_qs(environ["QUERY_STRING"])["code"][0]
        return "Noted.", 200, {"Set-Cookie": f"language={code}"}

    hostile = quote(f"de{end}Set-Cookie: session=stolen")
    headers = as_read(as_sent(app, f"/language?code={hostile}"))

    stolen = "session=stolen" in headers.get_all("Set-Cookie", [])
    assert not stolen, f"the attack worked: the visitor sent {headers.items()}"


@pytest.mark.attack
def test_path_with_an_accent_reaches_its_view():
    app = App(__name__)

    @app.route("/zürich")
    def zurich():
        return "Zürich"

    status = Client(app).get("/zürich").status_code

    assert status == 200, f"the attack worked: /zürich answers {status}"
