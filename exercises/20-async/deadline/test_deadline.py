"""The exercise `deadline`: a view that waits too long is canceled."""

import asyncio

import pytest
from exercise import deadline
from step20_async import App, request


@pytest.fixture
def app():
    app = App("wren")
    app.testing = True
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def test_view_in_time_answers(app, client):
    @app.get("/<bird>")
    @deadline(60)
    async def song(bird):
        await asyncio.sleep(0)
        return f"{bird} {request.path}", 201

    response = client.get("/wren")

    assert (response.text, response.status_code) == ("wren /wren", 201)


def test_view_keeps_its_name():
    @deadline(60)
    async def stock():
        """Ask all workshops."""

    assert (stock.__name__, stock.__doc__) == ("stock", "Ask all workshops.")


@pytest.mark.parametrize(("seconds", "value"), [(0, "1"), (0.01, "1")])
def test_late_view_is_canceled(app, client, seconds, value):
    ended = []

    @app.get("/")
    @deadline(seconds)
    async def wait():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("wait")

    response = client.get("/")

    assert (response.status_code, response.headers["Retry-After"]) == (503, value)
    assert ended == ["wait"]


def test_error_of_the_view_is_its_own(app, client):
    @app.get("/")
    @deadline(60)
    async def fail():
        raise LookupError("no bell")

    app.errorhandler(LookupError)(lambda error: (str(error.args[0]), 409))

    assert client.get("/").text == "no bell"


def test_timeout_of_the_view_is_its_own(app, client):
    @app.get("/")
    @deadline(60)
    async def fail():
        raise TimeoutError("the database")

    app.errorhandler(TimeoutError)(lambda error: (str(error), 504))

    assert client.get("/").status_code == 504


def test_plain_view_is_refused_at_once():
    with pytest.raises(TypeError):

        @deadline(60)
        def stock():
            return "never canceled"
