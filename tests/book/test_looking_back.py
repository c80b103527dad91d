"""What the page on Flask 0.1 says is so."""

import pytest

from costrel.measure.figures import FIRST_FLASK
from costrel.site import flask_01

# of the table: imports, and the registries in its `__init__`
REST = 29


@pytest.fixture
def page(ladder):
    return flask_01.page_of(ladder).read_text(encoding="utf-8")


def test_page_shows_what_the_steps_are(ladder, page):
    assert flask_01.written(page, ladder) == page, (
        "write the page anew: costrel measure --count"
    )


def test_features_and_the_rest_are_all_of_flask_0_1(page):
    (first,) = FIRST_FLASK.values()
    features = sum(int(row[1]) for row in flask_01.FEATURE.finditer(page))

    assert f"| imports and registries | {REST} |" in page
    assert features + REST == first["lines"]


def test_each_step_up_to_there_has_its_feature(ladder, page):
    rows = [(row[2], row[3]) for row in flask_01.FEATURE.finditer(page)]
    last = ladder.get(flask_01.LAST)

    assert rows == [
        (str(step.number), f"{step.slug}.md") for step in ladder.steps[: last.number]
    ]
