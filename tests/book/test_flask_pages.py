"""What the pages on Flask 3.1 say is so."""

from itertools import chain

import pytest

from costrel.core.chapter import filled
from costrel.site import flask_31, flask_api


@pytest.mark.parametrize("name", [flask_31.PAGE, flask_31.API])
def test_page_shows_what_the_steps_are(ladder, name):
    text = (ladder.root / "chapters" / name).read_text(encoding="utf-8")

    assert filled(text, flask_31.regions(ladder)[name]) == text, (
        "write the page anew: costrel measure --count"
    )


def test_each_documented_name_is_ours_or_left_out_with_a_reason(ladder):
    names, ours = set(flask_api.documented(ladder)), set(flask_api.places(ladder))

    left_out = flask_api.Listed(ladder).left_out
    assert sorted(names - ours) == sorted(chain(*left_out.values()))


def test_areas_are_all_modules_of_both(ladder):
    areas = flask_api.Listed(ladder).areas
    flask = [module for area in areas for module in area.flask]
    ours = [module for area in areas for module in area.ours]

    assert sorted(flask) == sorted(flask_31.counted_flask())
    assert sorted(ours) == sorted(flask_31.counted(ladder.get(flask_api.LAST)))
