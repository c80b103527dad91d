"""What step 1 promises: a WSGI application made of functions."""

import gc
import weakref

import pytest
from step01_wsgi import App
from werkzeug.test import Client, create_environ


def test_view_text_becomes_the_body():
    app = App(__name__)

    @app.route("/")
    def index():
        return "Hello"

    response = Client(app).get("/")

    assert response.status == "200 OK"
    assert response.data == b"Hello"


def test_text_is_sent_as_utf8_html():
    app = App(__name__)

    @app.route("/")
    def index():
        return "Grüße, 自転車"

    response = Client(app).get("/")

    assert response.mimetype == "text/html"
    assert response.mimetype_params.get("charset", "").lower() == "utf-8"
    assert response.data == "Grüße, 自転車".encode()
    assert response.headers["Content-Length"] == str(len(response.data))


def test_each_path_has_its_own_view():
    app = App(__name__)

    @app.route("/")
    def index():
        return "front"

    @app.route("/about")
    def about():
        return "about"

    client = Client(app)

    assert client.get("/").text == "front"
    assert client.get("/about").text == "about"


def test_unknown_path_gives_404():
    app = App(__name__)

    response = Client(app).get("/nowhere")

    assert response.status_code == 404


def test_route_gives_the_function_back():
    app = App(__name__)

    def index():
        return "Hello"

    assert app.route("/")(index) is index


def test_view_may_set_status_and_headers():
    app = App(__name__)

    @app.route("/")
    def index():
        return "Brewing", 418, {"X-Pot": "short", "content-type": "text/plain"}

    response = Client(app).get("/")

    assert response.status_code == 418
    assert response.headers["X-Pot"] == "short"
    assert response.headers.getlist("Content-Type") == ["text/plain"]


@pytest.mark.until(2, "a view gets Werkzeug's request instead, which has the environ")
def test_view_that_names_environ_gets_it():
    app = App(__name__)

    @app.route("/")
    def index(environ):
        return environ["QUERY_STRING"]

    assert Client(app).get("/?code=de").text == "code=de"


@pytest.mark.until(2, "a view gets Werkzeug's request instead, which has the environ")
def test_type_error_in_a_view_is_its_own():
    app = App(__name__)
    app.testing = True  # Flask lets errors through to a testing app alone
    calls = []

    @app.route("/")
    def index(environ):
        calls.append(environ["PATH_INFO"])
        return 1 + "text"

    with pytest.raises(TypeError, match="unsupported operand"):
        Client(app).get("/")

    assert calls == ["/"]


def test_parameter_of_another_name_keeps_its_default():
    app = App(__name__)

    @app.route("/")
    def index(city="Oslo"):
        return city

    assert Client(app).get("/").text == "Oslo"


class Passenger:
    """Something in an environ, whose end can be seen from outside."""


def test_app_keeps_nothing_of_a_request():
    app = App(__name__)
    app.route("/")(lambda: "Hello")
    environ = create_environ("/")
    passenger = environ["test.passenger"] = Passenger()
    gone = weakref.ref(passenger)

    body = app(environ, lambda status, headers, exc_info=None: None)
    assert b"".join(body) == b"Hello"
    del environ, passenger, body
    gc.collect()

    assert gone() is None


def test_non_ascii_path_finds_its_view():
    app = App(__name__)

    @app.route("/zürich")
    def zurich():
        return "Zürich"

    assert Client(app).get("/zürich").text == "Zürich"


@pytest.mark.optional
def test_server_may_leave_an_empty_path_out():
    app = App(__name__)
    app.route("/")(lambda: "front")
    environ = create_environ("/", "http://localhost/shop")
    # PEP 3333: a variable whose value would be empty may be missing
    del environ["PATH_INFO"]
    statuses = []

    body = app(environ, lambda status, headers, exc_info=None: statuses.append(status))

    assert (statuses, b"".join(body)) == (["200 OK"], b"front")


def test_path_that_is_no_utf8_gives_404():
    app = App(__name__)
    # where the bytes are dropped instead of replaced, this one is found
    app.route("/")(lambda: "front")
    # after the client has encoded the path: two bytes that are no UTF-8
    raw = {"PATH_INFO": "/\xff\xfe"}

    assert Client(app).get("/", environ_overrides=raw).status_code == 404


def test_view_without_return_is_named_in_the_error():
    app = App(__name__)
    app.testing = True  # from step 4 on, only a testing app lets errors through

    @app.route("/")
    def forgetful():
        "No return here."

    with pytest.raises(TypeError) as caught:
        Client(app).get("/")

    message = str(caught.value)
    for word in ("forgetful", "None", "return"):
        assert word in message


def test_middleware_wraps_wsgi_app():
    app = App(__name__)
    inner = app.wsgi_app

    def shout(environ, start_response):
        return [chunk.upper() for chunk in inner(environ, start_response)]

    @app.route("/")
    def index():
        return "quiet"

    app.wsgi_app = shout

    assert Client(app).get("/").text == "QUIET"


@pytest.mark.optional
def test_app_shows_its_name():
    assert "launch" in repr(App("launch"))
