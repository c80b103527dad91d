"""The exercise `collector`: one report per bug, and no object kept alive."""

import gc
import logging
import weakref
from linecache import getline

import pytest
from exercise import Collector
from step04_errors import App, abort
from werkzeug.test import Client


class Guest:
    """Something a view is working on when it fails."""


@pytest.fixture
def collector():
    return Collector()


@pytest.fixture
def app(collector):
    app = App("collected")
    # a logger outside the tree: pytest's own handlers would keep the errors
    app.logger = logging.Logger("collected")
    app.logger.addHandler(collector)

    @app.route("/zero/<int:number>")
    def zero(number):
        return f"{number / 0}"

    @app.route("/key/<name>")
    def key(name):
        return {}[name]

    return app


def visit(app, *urls):
    for url in urls:
        Client(app).get(url)


def raise_with(app, **variables):
    """Make a view fail while it has these variables."""
    app.add_url_rule("/raise", "raise", lambda: fail_with(**variables))
    Client(app).get("/raise")


def fail_with(password=None, API_Token=None, letter=None, guest=None):  # noqa: N803
    raise RuntimeError("on purpose")


def test_report_tells_what_and_where(app, collector):
    visit(app, "/zero/7")

    [report] = collector.reports()
    assert (report.kind, report.function) == ("ZeroDivisionError", "zero")
    assert report.message == "division by zero"
    assert report.file == __file__
    assert "number / 0" in getline(report.file, report.line)


def test_same_bug_is_counted(app, collector):
    visit(app, "/zero/1", "/zero/2", "/key/a", "/zero/3")

    counts = [(report.kind, report.count) for report in collector.reports()]
    assert counts == [("ZeroDivisionError", 3), ("KeyError", 1)]


def test_most_frequent_comes_first(app, collector):
    visit(app, "/zero/1", "/key/a", "/key/b")

    assert collector.reports()[0].kind == "KeyError"


def test_details_are_those_of_the_latest(app, collector):
    visit(app, "/key/a", "/key/b")

    [report] = collector.reports()
    assert report.message == "'b'"
    assert report.variables["name"] == "'b'"


def test_secrets_are_hidden(app, collector):
    raise_with(app, password="hunter2", API_Token="abc", letter="x")

    [report] = collector.reports()
    assert report.variables["password"] == "(hidden)"
    assert report.variables["API_Token"] == "(hidden)"
    assert report.variables["letter"] == "'x'"


@pytest.mark.parametrize(("length", "cut"), [(98, False), (99, True), (9999, True)])
def test_long_values_are_cut(app, collector, length, cut):
    raise_with(app, letter="x" * length)

    text = collector.reports()[0].variables["letter"]
    assert len(text) == 100 and text.endswith("…") == cut


def test_bad_repr_does_no_harm(app, collector):
    class Bad:
        def __repr__(self):
            raise ValueError

    raise_with(app, guest=Bad(), letter="x")

    variables = collector.reports()[0].variables
    assert (variables["guest"], variables["letter"]) == ("(no repr)", "'x'")


def test_nothing_of_the_app_is_kept_alive(app, collector):
    guest = Guest()
    gone = weakref.ref(guest)
    guests = [guest]
    del guest
    app.add_url_rule("/guest", "guest", lambda: fail_with(guest=guests.pop()))

    visit(app, "/guest")
    gc.collect()

    assert "Guest object" in collector.reports()[0].variables["guest"]
    assert gone() is None, "the guest of the failed view is still in memory"


def test_oldest_bug_is_forgotten(app, collector):
    collector.limit = 2
    # the app is set up before its first request
    app.add_url_rule("/raise", "raise", fail_with)
    visit(app, "/zero/1", "/key/a", "/zero/2", "/raise")

    kinds = {report.kind for report in collector.reports()}
    assert kinds == {"ZeroDivisionError", "RuntimeError"}


def test_limit_can_be_given():
    collector = Collector(limit=0)
    logger = logging.Logger("alone")
    logger.addHandler(collector)
    try:
        raise KeyError("a")
    except KeyError:
        logger.exception("a bug")

    assert collector.reports() == []


def test_records_without_an_error_are_ignored(app, collector):
    app.logger.error("The bell is out of stock.")
    app.logger.exception("There is no error, but somebody says so.")

    assert collector.reports() == []


def test_http_errors_are_no_bugs(app, collector):
    app.add_url_rule("/gone", "gone", lambda: abort(410))
    visit(app, "/nowhere", "/gone")

    assert collector.reports() == []


def test_two_collectors_know_nothing_of_each_other(app, collector):
    visit(app, "/zero/1")

    assert len(collector.reports()) == 1 and Collector().reports() == []
