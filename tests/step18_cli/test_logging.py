"""What step 18 promises about the log of an app."""

import io
import logging
import logging.config
import sys
from itertools import count

import pytest
from step18_cli import App, default_handler, wsgi_errors_stream

# no test sees what another has configured
NAMES = (f"wren_log_{number}" for number in count())


@pytest.fixture
def root():
    """Return the root logger, and put back what a test changes about it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def make_app(root):
    """Make an app in a process where nobody has configured logging."""
    # pytest's handlers are put there after the fixtures, before the test
    root.handlers[:] = []
    return App(next(NAMES))


def configure(stream):
    """Configure logging for the whole process, with a handler for a stream."""
    handler = {"class": "logging.StreamHandler", "stream": stream}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"all": handler},
            "root": {"level": "INFO", "handlers": ["all"]},
        }
    )


def test_log_goes_to_stderr(root, capsys):
    app = make_app(root)
    app.logger.warning("too hot")

    assert capsys.readouterr().err.count("too hot") == 1
    assert app.logger.handlers == [default_handler]


def test_log_of_a_request_goes_to_the_server_s_stream(root, capsys):
    app = make_app(root)
    stream = io.StringIO()

    @app.route("/")
    def index():
        app.logger.warning("too hot")
        return ""

    app.test_client().get("/", errors_stream=stream)

    assert stream.getvalue().count("too hot") == 1
    assert "too hot" not in capsys.readouterr().err


def test_handler_of_one_s_own_can_write_there(root, capsys):
    app = make_app(root)
    stream = io.StringIO()

    wsgi_errors_stream.write("outside ")
    handler = logging.StreamHandler(wsgi_errors_stream)
    with app.test_request_context(errors_stream=stream):
        handler.stream.write("inside")

    assert stream.getvalue() == "inside" and capsys.readouterr().err == "outside "


@pytest.mark.holds_before("the handler wrote to stderr then")
def test_stream_is_what_stderr_is_by_then(root, monkeypatch):
    app = make_app(root)
    app.logger.warning("before")
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)

    app.logger.warning("after")

    assert "after" in stream.getvalue() and "before" not in stream.getvalue()


@pytest.mark.holds_before("the logger asks for handlers since step 15")
def test_log_that_is_configured_before_has_each_line_once(root, capsys):
    app = make_app(root)
    stream = io.StringIO()
    configure(stream)

    app.logger.info("too hot")

    assert stream.getvalue() == "too hot\n" and not app.logger.handlers
    assert capsys.readouterr().err == ""


@pytest.mark.differs("Flask writes each line twice from then on")
def test_log_that_is_configured_later_has_each_line_once(root, capsys):
    app = make_app(root)
    app.logger.warning("too hot")
    capsys.readouterr()
    stream = io.StringIO()

    configure(stream)
    app.logger.info("too cold")

    assert stream.getvalue() == "too cold\n"
    assert capsys.readouterr().err == ""


@pytest.mark.holds_before("the handler wrote to stderr then")
def test_handler_for_errors_alone_leaves_the_default_one(root, capsys):
    app = make_app(root)
    app.logger.warning("first")
    handler = logging.StreamHandler(io.StringIO())
    handler.setLevel(logging.ERROR)
    root.addHandler(handler)

    app.logger.warning("too hot")
    app.logger.error("on fire")

    told = capsys.readouterr().err
    assert "too hot" in told and "on fire" in told
    assert handler.stream.getvalue() == "on fire\n"


@pytest.mark.holds_before("the handler wrote to stderr then")
def test_another_handler_of_the_app_leaves_the_default_one(root, capsys):
    app = make_app(root)
    stream = io.StringIO()
    app.logger.addHandler(logging.StreamHandler(stream))

    app.logger.warning("too hot")

    assert stream.getvalue() == "too hot\n"
    assert "too hot" in capsys.readouterr().err


@pytest.mark.holds_before("the handler wrote to stderr then")
def test_logger_that_does_not_propagate_keeps_the_default_handler(root, capsys):
    app = make_app(root)
    app.logger.propagate = False
    configure(io.StringIO())

    app.logger.warning("too hot")

    assert "too hot" in capsys.readouterr().err


def test_default_handler_can_be_given_to_other_loggers(root, capsys):
    make_app(root)
    assert default_handler.level == logging.NOTSET
    root.addHandler(default_handler)

    root.getChild(next(NAMES)).warning("too hot")

    assert capsys.readouterr().err.count("too hot") == 1


def test_default_handler_can_be_removed(root, capsys):
    app = make_app(root)
    app.logger.removeHandler(default_handler)
    app.logger.propagate = False
    app.logger.addHandler(logging.NullHandler())

    app.logger.warning("too hot")

    assert capsys.readouterr().err == ""


def test_default_handler_can_have_a_filter(root, capsys):
    app = make_app(root)

    def calm(record):
        return "fire" not in record.getMessage()

    default_handler.addFilter(calm)
    try:
        app.logger.warning("too hot")
        app.logger.warning("on fire")
    finally:
        default_handler.removeFilter(calm)

    told = capsys.readouterr().err
    assert "too hot" in told and "on fire" not in told


def test_filter_of_the_default_handler_may_return_another_record(root, monkeypatch):
    old, new = (logging.makeLogRecord({"msg": text}) for text in ("old", "new"))
    # as filters do since Python 3.12
    monkeypatch.setattr(logging.StreamHandler, "filter", lambda handler, record: new)

    assert default_handler.filter(old) is new
