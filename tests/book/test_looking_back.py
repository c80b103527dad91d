"""What the page on Flask 0.1 says is so."""

from costrel.measure.figures import FIRST_FLASK
from costrel.site import flask_01


def test_page_shows_what_the_steps_are(ladder):
    text = flask_01.page_of(ladder).read_text(encoding="utf-8")

    assert flask_01.filled(text, flask_01.regions(ladder)) == text, (
        "write the page anew: costrel measure --count"
    )


def test_features_and_the_rest_are_all_of_flask_0_1():
    (first,) = FIRST_FLASK.values()
    features = sum(each.lines for each in flask_01.FEATURES)

    assert features + flask_01.REST == first["lines"]


def test_each_step_up_to_there_has_its_feature(ladder):
    last = int(flask_01.LAST)

    assert [each.step for each in flask_01.FEATURES] == [*range(1, last + 1)]
