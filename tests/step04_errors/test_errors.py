"""What step 4 promises: an answer to every error, by the nearest handler."""

import logging

import pytest
from step04_errors import App, Request, Response, abort
from werkzeug.exceptions import (
    Forbidden,
    HTTPException,
    InternalServerError,
    NotFound,
)
from werkzeug.test import Client


def app_that_raises(error):
    """Make an app whose only view raises the error."""
    app = App(__name__)

    @app.route("/")
    def index():
        raise error

    return app


def status_of(app):
    return Client(app).get("/").status_code


def errors_in(log):
    return [each for each in log.records if each.levelno >= logging.ERROR]


def test_abort_answers_with_its_code():
    app = App(__name__)

    @app.route("/")
    def index():
        abort(403, "Not for you.")

    response = Client(app).get("/")

    assert response.status_code == 403
    assert "Not for you." in response.text


def test_abort_sends_a_response():
    app = App(__name__)

    @app.route("/")
    def index():
        abort(Response("Closed.", 503, {"Retry-After": "60"}))

    response = Client(app).get("/")

    assert (response.status_code, response.text) == (503, "Closed.")
    assert response.headers["Retry-After"] == "60"


def test_raised_http_exception_is_an_answer():
    assert status_of(app_that_raises(Forbidden())) == 403


def test_missing_form_field_gives_400():
    app = App(__name__)

    @app.route("/")
    def sign_up():
        return Request.from_values(data={"name": "Ada"}).form["email"]

    assert status_of(app) == 400


def test_handler_by_code_answers():
    app = App(__name__)

    @app.errorhandler(404)
    def lost(error):
        return f"Lost: {error.code}", 404

    response = Client(app).get("/nowhere")

    assert (response.status_code, response.text) == (404, "Lost: 404")


def test_errorhandler_gives_the_function_back():
    app = App(__name__)

    def lost(error):
        return "Lost.", 404

    assert app.errorhandler(404)(lost) is lost


def test_handler_by_class_answers():
    app = app_that_raises(ZeroDivisionError("by zero"))

    @app.errorhandler(ZeroDivisionError)
    def infinite(error):
        return f"{error}", 418

    response = Client(app).get("/")

    assert (response.status_code, response.text) == (418, "by zero")


@pytest.mark.optional
@pytest.mark.until(7, "views import `request`, a proxy, instead of naming it")
def test_handler_may_name_the_request():
    app = App(__name__)

    @app.errorhandler(404)
    def lost(error, request):
        return request.path, 404

    assert Client(app).get("/nowhere").text == "/nowhere"


def test_handler_s_status_is_200_unless_told():
    app = App(__name__)
    app.register_error_handler(404, lambda error: "found it after all")

    assert Client(app).get("/nowhere").status_code == 200


def test_nearest_class_wins():
    app = app_that_raises(KeyError("k"))
    app.register_error_handler(Exception, lambda error: "any")
    app.register_error_handler(LookupError, lambda error: "lookup")
    app.register_error_handler(ValueError, lambda error: "value")

    assert Client(app).get("/").text == "lookup"


def test_code_is_nearer_than_its_ancestors():
    app = App(__name__)
    app.register_error_handler(HTTPException, lambda error: "http")
    app.register_error_handler(404, lambda error: "404")

    assert Client(app).get("/nowhere").text == "404"
    assert Client(app).post("/nowhere").text == "404"


def test_handler_for_all_http_errors():
    app = App(__name__)
    app.route("/")(lambda: "Hello")
    app.register_error_handler(HTTPException, lambda error: (error.name, error.code))
    client = Client(app)

    assert client.get("/nowhere").text == "Not Found"
    assert client.post("/").text == "Method Not Allowed"


def test_handler_for_exception_gets_http_errors_too():
    app = App(__name__)
    app.register_error_handler(Exception, lambda error: type(error).__name__)

    assert Client(app).get("/nowhere").text == "NotFound"


@pytest.mark.optional
def test_last_handler_of_a_class_wins():
    app = App(__name__)
    app.register_error_handler(404, lambda error: "first")
    app.register_error_handler(NotFound, lambda error: "second")

    assert Client(app).get("/nowhere").text == "second"


def test_redirect_is_no_error():
    app = App(__name__)
    app.route("/songs/")(lambda: "songs")
    app.register_error_handler(HTTPException, lambda error: "handled")
    app.register_error_handler(Exception, lambda error: "handled")

    assert Client(app).get("/songs").status_code == 308


def test_response_given_to_abort_is_no_error():
    app = App(__name__)
    app.register_error_handler(HTTPException, lambda error: "handled")
    app.register_error_handler(Exception, lambda error: "handled")

    @app.route("/")
    def index():
        abort(Response("Closed.", 503))

    response = Client(app).get("/")

    assert (response.status_code, response.text) == (503, "Closed.")


def test_unhandled_error_gives_500(caplog):
    with caplog.at_level(logging.ERROR):
        response = Client(app_that_raises(ZeroDivisionError())).get("/")

    assert response.status_code == 500
    assert "Internal Server Error" in response.text


def test_unhandled_error_is_logged_with_its_traceback(caplog):
    app = app_that_raises(ZeroDivisionError("by zero"))

    with caplog.at_level(logging.ERROR):
        Client(app).get("/")

    [record] = errors_in(caplog)
    assert "/" in record.getMessage() and "GET" in record.getMessage()
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.differs("Flask writes the path into its log unescaped", safer=True)
def test_path_cannot_forge_a_line_of_the_log(caplog):
    app = App(__name__)

    @app.route("/<name>")
    def view(name):
        raise ZeroDivisionError

    Client(app).get("/x%0AERROR:shop:Payment refused")

    assert "\n" not in errors_in(caplog)[0].getMessage()


def test_handler_for_500_finds_the_original(caplog):
    error = ZeroDivisionError("by zero")
    app = app_that_raises(error)
    seen = []

    @app.errorhandler(500)
    def broken(failure):
        seen.append((type(failure), failure.original_exception))
        return "Broken.", 500

    response = Client(app).get("/")

    assert (response.status_code, response.text) == (500, "Broken.")
    assert seen == [(InternalServerError, error)]


def test_handler_that_fails_gives_500(caplog):
    app = App(__name__)
    app.register_error_handler(404, lambda error: 1 / 0)

    assert Client(app).get("/nowhere").status_code == 500
    assert errors_in(caplog)[0].exc_info[0] is ZeroDivisionError


def test_handler_that_returns_nothing_gives_500(caplog):
    app = App(__name__)
    app.register_error_handler(404, lambda error: None)

    assert Client(app).get("/nowhere").status_code == 500
    assert errors_in(caplog)[0].exc_info[0] is TypeError


@pytest.mark.holds_before("a view's error leaves the app of step 3 in any case")
def test_testing_app_lets_errors_through():
    app = app_that_raises(ZeroDivisionError("by zero"))
    app.testing = True

    with pytest.raises(ZeroDivisionError, match="by zero"):
        Client(app).get("/")


def test_testing_app_still_answers_http_errors():
    app = app_that_raises(Forbidden())
    app.testing = True

    assert status_of(app) == 403


def test_testing_app_still_calls_handlers():
    app = app_that_raises(ZeroDivisionError())
    app.testing = True
    app.register_error_handler(ZeroDivisionError, lambda error: ("caught", 418))

    assert status_of(app) == 418


@pytest.mark.optional
def test_unknown_code_is_refused():
    with pytest.raises(ValueError, match="999"):
        App(__name__).errorhandler(999)(lambda error: "x")


@pytest.mark.optional
@pytest.mark.parametrize("wrong", ["404", NotFound(), object])
def test_other_keys_are_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        App(__name__).register_error_handler(wrong, lambda error: "x")


@pytest.mark.holds_before("leaving the interpreter is no error, in any step")
@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_leaving_is_no_error(signal):
    app = app_that_raises(signal())

    with pytest.raises(signal):
        Client(app).get("/")
