"""The exercise `who`: a log that says who asked."""

import logging

import pytest
from exercise import add_request
from step07_contexts import App
from werkzeug.test import create_environ

logger = logging.getLogger("wren.songs")


@pytest.fixture
def written():
    """Log into a list, in the format that the task shows."""
    lines = []

    class ListHandler(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = ListHandler()
    handler.addFilter(add_request)
    handler.setFormatter(logging.Formatter("%(asked_by)s %(message)s"))
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


@pytest.fixture
def app():
    app = App(__name__)
    app.testing = True

    @app.route("/<path:song>", methods=["GET", "POST"])
    def play(song):
        logger.warning("song server is away")
        return "silence"

    @app.errorhandler(404)
    def lost(error):
        logger.warning("no such page")
        return "lost", 404

    return app


def test_record_says_who_asked(app, written):
    app.test_client().get("/songs/3", environ_base={"REMOTE_ADDR": "203.0.113.7"})

    assert written == ["203.0.113.7 GET '/songs/3' song server is away"]


def test_method_is_the_request_s(app, written):
    app.test_client().post("/songs/3")

    assert written == ["127.0.0.1 POST '/songs/3' song server is away"]


def test_path_stays_in_one_line(app, written):
    app.test_client().get("/a%0Afake")

    assert written == ["127.0.0.1 GET '/a\\nfake' no such page"]


def test_missing_address_is_a_dash(app, written):
    b"".join(app(create_environ("/songs/3"), lambda status, headers: None))

    assert written == ["- GET '/songs/3' song server is away"]


def test_record_outside_of_a_request_is_written(written):
    logger.warning("starting")

    assert written == ["- starting"]


def test_app_context_is_no_request(app, written):
    with app.app_context():
        logger.warning("filling the database")

    assert written == ["- filling the database"]
