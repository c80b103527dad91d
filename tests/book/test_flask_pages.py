"""What the pages on Flask 3.1 say is so."""

import pytest

from costrel.site import flask_31, flask_api
from costrel.site.flask_01 import filled


@pytest.mark.parametrize("name", [flask_31.PAGE, flask_31.API])
def test_page_shows_what_the_steps_are(ladder, name):
    text = (ladder.root / "chapters" / name).read_text(encoding="utf-8")

    assert filled(text, flask_31.regions(ladder)[name]) == text, (
        "write the page anew: costrel measure --count"
    )


def test_each_documented_name_is_ours_or_left_out_with_a_reason(ladder):
    names, ours = set(flask_api.documented()), set(flask_api.places(ladder))

    assert names - ours == flask_api.LEFT_OUT.keys()


def test_areas_are_all_modules_of_both(ladder):
    flask = [module for area in flask_31.AREAS for module in area.flask]
    ours = [module for area in flask_31.AREAS for module in area.ours]

    assert sorted(flask) == sorted(flask_31.counted_flask())
    assert sorted(ours) == sorted(flask_31.counted(ladder.get(flask_api.LAST)))
