"""The exercise `head`: the whole answer except its body."""

import pytest
from exercise import App
from werkzeug.test import Client, create_environ


@pytest.fixture
def client():
    app = App(__name__)

    @app.route("/")
    def index():
        return "<h1>Wren</h1>", 203, {"X-Bell": "brass"}

    return Client(app)


def test_head_has_no_body(client):
    # Werkzeug's client would drop the body itself, so we look at the iterable
    environ = create_environ("/", method="HEAD")
    pieces = client.application(environ, lambda status, headers, exc_info=None: None)

    assert b"".join(pieces) == b""


def test_head_has_the_status_and_headers_of_get(client):
    get, head = client.get("/"), client.head("/")

    assert head.status == get.status
    assert head.status_code == 203
    assert list(head.headers) == list(get.headers)
    assert head.headers["Content-Length"] == "13"


def test_get_has_its_body(client):
    assert client.get("/").text == "<h1>Wren</h1>"


def test_unknown_page_has_no_body_either(client):
    response = client.head("/nowhere")

    assert (response.status_code, response.data) == (404, b"")
