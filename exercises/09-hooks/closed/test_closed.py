"""The exercise `closed`: a site that is shut, except for some."""

import pytest
from exercise import close
from step09_hooks import App

pytestmark = pytest.mark.until(16, "an app keeps its hooks by scope")


@pytest.fixture
def called():
    return []


@pytest.fixture
def app(called):
    app = App("closed")
    app.before_request(lambda: called.append("before"))
    app.route("/")(lambda: "open")
    app.add_url_rule("/health", "health", lambda: "fine")
    return app


@pytest.mark.parametrize("path", ["/", "/nowhere", "/health"])
def test_closed_site_says_so_everywhere(app, path):
    close(app, 60, "paint")

    response = app.test_client().get(path)

    assert (response.status_code, response.text) == (503, "Closed for today.")
    assert response.mimetype == "text/plain"


@pytest.mark.parametrize(("minutes", "seconds"), [(60, "3600"), (0.5, "30")])
def test_closed_site_says_when_to_come_back(app, minutes, seconds):
    close(app, minutes, "paint")

    assert app.test_client().get("/").headers["Retry-After"] == seconds


def test_key_opens(app):
    close(app, 60, "paint")
    client = app.test_client()
    client.set_cookie("key", "paint")

    assert client.get("/").text == "open"


@pytest.mark.parametrize("key", ["", "pain", "paints", "Paint", "päint"])
def test_wrong_key_does_not_open(app, key):
    close(app, 60, "paint")
    client = app.test_client()
    client.set_cookie("key", key)

    assert client.get("/").status_code == 503


def test_some_endpoints_stay_open(app):
    close(app, 60, "paint", open_to=["health"])
    client = app.test_client()

    assert client.get("/health").text == "fine"
    assert client.get("/").status_code == 503


def test_unknown_url_is_no_open_endpoint(app):
    close(app, 60, "paint", open_to=["health"])

    assert app.test_client().get("/nowhere").status_code == 503


def test_functions_that_were_there_before_do_not_run(app, called):
    close(app, 60, "paint")

    app.test_client().get("/")

    assert called == []


def test_they_run_for_those_inside(app, called):
    close(app, 60, "paint", open_to=["health"])

    app.test_client().get("/health")

    assert called == ["before"]


def test_after_request_sees_the_answer(app):
    close(app, 60, "paint")
    seen = []

    @app.after_request
    def look(response):
        seen.append(response.status_code)
        return response

    app.test_client().get("/")

    assert seen == [503]


def test_site_opens_again(app):
    reopen = close(app, 60, "paint")

    reopen()
    reopen()

    assert app.test_client().get("/").text == "open"


def test_opening_opens_no_other_door(app):
    first = close(app, 60, "paint")
    close(app, 5, "glue")

    first()

    assert app.test_client().get("/").headers["Retry-After"] == "300"
