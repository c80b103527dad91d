"""An app that tells you about a rule that can't be reached."""

import pytest
from exercise import StrictApp
from werkzeug.test import Client


def first():
    return "first"


def second():
    return "second"


def endpoints(app):
    """Return where the rules lead, without the one for static files of later steps."""
    return [r.endpoint for r in app.url_map.iter_rules() if r.endpoint != "static"]


def by_value(**values):
    return f"first {values}"


@pytest.fixture
def app():
    return StrictApp(__name__)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/about", "/about"),
        ("/<city>", "/<town>"),
        ("/<page>", "/<string:page>"),
        ("/<int:page>", "/<int:number>"),
        ("/songs/<int:a>-<b>/", "/songs/<int:x>-<y>/"),
        ("/<string(length=2):language>", "/<string(length=2):code>"),
    ],
)
def test_rule_like_another_is_refused(app, old, new):
    app.add_url_rule(old, view_func=first)

    with pytest.raises(ValueError, match="GET") as caught:
        app.add_url_rule(new, view_func=second)

    for part in (repr(new), repr(old), "'first'"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/<page>", "/<int:page>"),
        ("/<page>", "/about"),
        ("/songs", "/songs/"),
        ("/<a>/<b>", "/<a>-<b>"),
        ("/<string(length=2):language>", "/<string(length=3):language>"),
    ],
)
def test_rule_with_paths_of_its_own_is_let_in(app, old, new):
    app.add_url_rule(old, "first", by_value)
    app.add_url_rule(new, "second", by_value)

    assert sorted(endpoints(app)) == ["first", "second"]


def test_other_method_is_no_collision(app):
    app.get("/guests")(first)
    app.post("/guests")(second)

    assert Client(app).post("/guests").text == "second"


def test_only_the_taken_methods_are_named(app):
    app.post("/guests")(first)

    with pytest.raises(ValueError, match="POST") as caught:
        app.route("/guests", methods=["get", "post"])(second)

    assert "GET" not in str(caught.value)


def test_head_belongs_to_get(app):
    app.get("/guests")(first)

    with pytest.raises(ValueError, match="HEAD"):
        app.route("/guests", methods=["HEAD"])(second)


def test_methods_of_the_view_count(app):
    def views():
        return "views"

    views.methods = ["POST"]
    app.get("/guests")(first)
    app.add_url_rule("/guests", view_func=views)

    assert Client(app).post("/guests").text == "views"


def test_refused_rule_leaves_nothing_behind(app):
    app.add_url_rule("/<city>", "first", by_value)

    with pytest.raises(ValueError, match="can't be reached"):
        app.add_url_rule("/<town>", "second", by_value)

    assert endpoints(app) == ["first"]
    assert "second" not in app.view_functions


def test_same_rule_and_endpoint_again_is_harmless(app):
    app.add_url_rule("/<city>", "party", by_value)
    app.add_url_rule("/<city>", "party", by_value)

    assert Client(app).get("/oslo").text == "first {'city': 'oslo'}"
