"""What step 6 promises of the log: nothing is lost, and nothing is written twice."""

import logging
import re
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO

import pytest
from step06_server import App

WHEN = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def app(request):
    """An app whose logger no other test has touched."""
    return App(f"wren_{request.node.name}")


@contextmanager
def logging_to(*handlers):
    """Let the root logger have these handlers alone: pytest has added its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.getLogger(), "handlers", list(handlers))
        yield


def written_to(log, level=logging.NOTSET):
    handler = logging.StreamHandler(log)
    handler.setLevel(level)
    return handler


def test_warning_has_time_and_level(app, capsys):
    with logging_to():
        app.logger.warning("Bell %d is missing", 3)

    line = capsys.readouterr().err
    assert re.search(WHEN, line) and "WARNING" in line
    assert line.endswith("Bell 3 is missing\n") and line.count("\n") == 1


def test_debug_shows_every_message(app, capsys):
    app.debug = True

    with logging_to():
        app.logger.info("Bell 3 is back")
        app.logger.debug("It weighs 4 kg")

    info, debug = capsys.readouterr().err.splitlines()
    assert "INFO" in info and "Bell 3 is back" in info
    assert "DEBUG" in debug and "It weighs 4 kg" in debug


def test_level_that_was_set_wins_over_debug(app, capsys):
    app.debug = True
    logging.getLogger(app.import_name).setLevel(logging.ERROR)

    with logging_to():
        app.logger.warning("Bell 3 is missing")
        app.logger.error("Every bell is missing")

    [line] = capsys.readouterr().err.splitlines()
    assert re.search(WHEN, line) and "Every bell is missing" in line


def test_configured_log_has_each_message_once(app, capsys):
    app.debug = True
    log = StringIO()

    with logging_to(written_to(log)):
        app.logger.info("Bell 3 is back")

    assert (log.getvalue(), capsys.readouterr().err) == ("Bell 3 is back\n", "")


def test_log_for_errors_alone_leaves_the_rest_to_stderr(app, capsys):
    log = StringIO()

    with logging_to(written_to(log, logging.ERROR)):
        app.logger.warning("Bell 3 is missing")

    assert log.getvalue() == ""
    assert "Bell 3 is missing" in capsys.readouterr().err


@pytest.mark.optional
def test_handler_that_no_message_reaches_does_not_count(app, capsys):
    log = StringIO()
    logging.getLogger(app.import_name).propagate = False

    with logging_to(written_to(log)):
        app.logger.warning("Bell 3 is missing")

    assert log.getvalue() == ""
    assert re.search(WHEN, capsys.readouterr().err)


def test_apps_of_one_name_write_once(app, capsys):
    with logging_to():
        App(app.import_name).logger.warning("Bell 3 is missing")
        app.logger.warning("Bell 4 is missing")

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and all(re.search(WHEN, line) for line in lines)


LATE = """
import logging.config

from step06_server import App

app = App("wren")
logging.config.dictConfig(
    {
        "version": 1,
        "formatters": {"short": {"format": "%(levelname)s %(message)s"}},
        "handlers": {"log": {"class": "logging.StreamHandler", "formatter": "short"}},
        "root": {"level": "INFO", "handlers": ["log"]},
    }
)
app.logger.info("Bell 3 is back")
"""


def test_logging_may_be_configured_after_the_app_is_made(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(LATE, encoding="utf-8")

    ran = subprocess.run([sys.executable, program], capture_output=True, text=True)

    assert (ran.returncode, ran.stderr) == (0, "INFO Bell 3 is back\n")
