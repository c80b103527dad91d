"""The exercise `blame`: one handler for all 4xx, and for nothing else."""

import pytest
from exercise import blame_client
from step04_errors import App, abort
from werkzeug.exceptions import NotFound, default_exceptions
from werkzeug.test import Client

pytestmark = pytest.mark.until(16, "an app keeps its handlers by scope")


def app_with_pages():
    app = App(__name__)

    @app.post("/guests")
    def sign_up(request):
        return request.form["email"]

    @app.route("/abort/<int:code>")
    def give_up(code):
        abort(code)

    app.route("/songs/")(lambda: "songs")
    return app


def lost(error):
    return f"Lost: {error.code}", error.code


@pytest.fixture
def client():
    app = app_with_pages()
    blame_client(app, lost)
    return Client(app)


def test_mistakes_of_the_visitor_go_to_the_handler(client):
    assert client.get("/nowhere").text == "Lost: 404"
    assert client.get("/guests").text == "Lost: 405"


@pytest.mark.until(7, "views get no request: they import the current one")
def test_missing_field_goes_to_the_handler(client):
    assert client.post("/guests").text == "Lost: 400"


@pytest.mark.parametrize("code", [code for code in default_exceptions if code < 500])
def test_every_4xx_goes_to_the_handler(client, code):
    response = client.get(f"/abort/{code}")

    assert (response.status_code, response.text) == (code, f"Lost: {code}")


@pytest.mark.parametrize("code", [code for code in default_exceptions if code >= 500])
def test_no_5xx_goes_to_the_handler(client, code):
    response = client.get(f"/abort/{code}")

    assert response.status_code == code and "Lost" not in response.text


def test_redirect_stays_a_redirect(client):
    assert client.get("/songs").status_code == 308


@pytest.mark.parametrize("key", [404, NotFound])
def test_handler_that_was_there_stays(key):
    app = app_with_pages()
    app.register_error_handler(key, lambda error: ("Was here first", 404))
    blame_client(app, lost)

    assert Client(app).get("/nowhere").text == "Was here first"
    assert Client(app).get("/guests").text == "Lost: 405"
