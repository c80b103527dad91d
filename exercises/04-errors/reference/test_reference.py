"""The exercise `reference`: the same number on the page and in the log."""

import re

import pytest
from exercise import App
from werkzeug.test import Client

pytestmark = pytest.mark.until(7, "`handle_exception` finds the request by itself")


@pytest.fixture
def app():
    app = App(__name__)

    @app.route("/")
    def index():
        raise ConnectionError("cannot reach the guests")

    return app


def number_on(text):
    match = re.search(r"Please give us this number: ([0-9a-f]{8})\.", text)
    assert match, f"no reference number is on the page: {text!r}"
    return match[1]


def test_page_shows_a_number(app, caplog):
    response = Client(app).get("/")

    assert response.status_code == 500
    assert number_on(response.text)


def test_log_has_the_same_number_and_the_traceback(app, caplog):
    number = number_on(Client(app).get("/").text)

    [record] = caplog.records
    assert record.levelname == "ERROR" and number in record.getMessage()
    assert "GET" in record.getMessage() and record.exc_info[0] is ConnectionError


def test_path_cannot_forge_a_line_of_the_log(app, caplog):
    app.add_url_rule("/<name>", "fail", lambda name: 1 / 0)

    number = number_on(Client(app).get("/a%0AERROR:shop").text)

    [record] = caplog.records
    assert number in record.getMessage()
    assert len(record.getMessage().splitlines()) == 1


def test_each_error_has_its_own_number(app, caplog):
    numbers = {number_on(Client(app).get("/").text) for _ in range(20)}

    assert len(numbers) == 20


def test_page_tells_nothing_of_the_bug(app, caplog):
    text = Client(app).get("/").text

    assert number_on(text)
    assert not re.search("ConnectionError|guests|Traceback", text)


def test_handler_for_500_finds_number_and_bug(app, caplog):
    @app.errorhandler(500)
    def broken(error):
        return f"{error.reference} {type(error.original_exception).__name__}", 500

    number, name = Client(app).get("/").text.split()

    assert number in caplog.text and name == "ConnectionError"


def test_testing_app_lets_the_error_through(app):
    app.testing = True

    with pytest.raises(ConnectionError):
        Client(app).get("/")


def test_http_errors_have_no_number(app, caplog):
    response = Client(app).get("/nowhere")

    assert response.status_code == 404 and "number" not in response.text
    assert not caplog.records
