"""What the page on Flask 0.1 says is so."""

from costrel import looking_back
from costrel.measure.figures import FIRST_FLASK


def test_page_shows_what_the_steps_are(ladder):
    text = looking_back.page_of(ladder).read_text(encoding="utf-8")

    assert looking_back.filled(text, looking_back.regions(ladder)) == text, (
        "write the page anew: costrel measure --count"
    )


def test_features_and_the_rest_are_all_of_flask_0_1():
    (first,) = FIRST_FLASK.values()
    features = sum(each.lines for each in looking_back.FEATURES)

    assert features + looking_back.REST == first["lines"]


def test_each_step_up_to_there_has_its_feature(ladder):
    last = int(looking_back.LAST)

    assert [each.step for each in looking_back.FEATURES] == [*range(1, last + 1)]
