"""The exercise `reports`: browsers say what a policy has stopped, and so does Eve."""

import json

import pytest
from exercise import Reports
from step21_hardening import App
from step21_hardening.security import Hardening

SCRIPT = {
    "document-uri": "https://wren.example/guests?page=2#top",
    "effective-directive": "script-src-elem",
    "blocked-uri": "https://evil.example:8443/steal.js?cookie=abc",
}
ROW = ("script-src-elem", "/guests", "https://evil.example:8443")
BROWSER = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "no-cors",
    "Sec-Fetch-Dest": "report",
}


def make_app(**options):
    app = App("wren")
    Hardening(app, content_security_policy_report_uri="/csp-reports")
    return app, Reports(app, **options)


def post(app, report=None, data=None, kind="application/csp-report", **changes):
    if data is None:
        data = json.dumps({"csp-report": {**(report or SCRIPT), **changes}})
    client = app.test_client()
    return client.post(
        "/csp-reports", data=data, content_type=kind, headers=BROWSER
    ).status_code


def seen(app, reports):
    with app.app_context():
        return reports.seen()


def test_report_is_counted():
    app, reports = make_app()

    statuses = [post(app) for _ in range(3)]

    assert statuses == [204] * 3
    assert seen(app, reports) == [(*ROW, 3)]


def test_most_frequent_report_comes_first():
    app, reports = make_app()
    inline = {"effective-directive": "style-src-attr", "blocked-uri": "inline"}
    post(app)
    for _ in range(2):
        post(app, **inline)

    assert seen(app, reports) == [("style-src-attr", "/guests", "inline", 2), (*ROW, 1)]


@pytest.mark.parametrize(
    ("blocked", "kept"),
    [
        ("inline", "inline"),
        ("eval", "eval"),
        ("data", "data"),
        ("https://ada:secret@evil.example/x", "https://evil.example"),
        ("http://evil.example", "http://evil.example"),
    ],
)
def test_what_was_blocked_is_its_origin(blocked, kept):
    app, reports = make_app()

    post(app, **{"blocked-uri": blocked})

    assert seen(app, reports) == [(*ROW[:2], kept, 1)]


def test_queries_are_not_kept():
    app, reports = make_app()

    for number in range(5):
        post(app, **{"document-uri": f"https://wren.example/reset?token={number}"})

    assert seen(app, reports) == [(ROW[0], "/reset", ROW[2], 5)]


def test_there_is_room_for_so_many_rows():
    app, reports = make_app(size=3)

    for page in "abcdef":
        post(app, **{"document-uri": f"https://wren.example/{page}"})
    post(app, **{"document-uri": "https://wren.example/b"})

    rows = seen(app, reports)
    assert [row[1] for row in rows] == ["/b", "/a", "/c"]
    assert [row[3] for row in rows] == [2, 1, 1]


def test_large_report_is_refused():
    app, reports = make_app()

    assert post(app, data=b" " * 10_001) == 413
    assert seen(app, reports) == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", ""]
)
def test_other_type_is_refused(kind):
    app, _ = make_app()

    assert post(app, kind=kind) == 415


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"csp-report": 5}',
        b'{"csp-report": {}}',
        b'{"csp-report": []}',
        b"[" * 9_000,
    ],
)
def test_what_is_no_report_is_refused(data):
    app, reports = make_app()

    assert post(app, data=data) == 400
    assert seen(app, reports) == []


@pytest.mark.parametrize("value", [5, None, [], {}, "http://[", "https://[x]/"])
@pytest.mark.parametrize("name", ["document-uri", "blocked-uri"])
def test_strange_value_is_refused(name, value):
    app, _ = make_app()

    assert post(app, **{name: value}) == 400


def test_texts_are_not_longer_than_they_should_be():
    app, reports = make_app()
    long = "x" * 3000

    post(
        app,
        **{
            "effective-directive": long,
            "document-uri": f"https://wren.example/{long}",
            "blocked-uri": f"https://{long}.example/",
        },
    )

    ((*texts, _),) = seen(app, reports)
    assert [len(text) for text in texts] == [200, 200, 200]


def test_get_is_no_report():
    app, _ = make_app()

    assert app.test_client().get("/csp-reports").status_code == 405


def test_two_apps_count_for_themselves():
    reports = Reports()
    bakery, clinic = App("bakery"), App("clinic")
    for app in (bakery, clinic):
        reports.init_app(app)

    post(bakery)

    assert seen(bakery, reports) == [(*ROW, 1)]
    assert seen(clinic, reports) == []
