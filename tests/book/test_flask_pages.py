"""What the pages on Flask 3.1 say is so."""

import pytest

from costrel import documented, flask_moment
from costrel.looking_back import filled


@pytest.mark.parametrize("name", [flask_moment.PAGE, flask_moment.API])
def test_page_shows_what_the_steps_are(ladder, name):
    text = (ladder.root / "chapters" / name).read_text(encoding="utf-8")

    assert filled(text, flask_moment.regions(ladder)[name]) == text, (
        "write the page anew: costrel measure --count"
    )


def test_each_documented_name_is_ours_or_left_out_with_a_reason(ladder):
    names, ours = set(documented.documented()), set(documented.places(ladder))

    assert names - ours == documented.LEFT_OUT.keys()


def test_areas_are_all_modules_of_both(ladder):
    flask = [module for area in flask_moment.AREAS for module in area.flask]
    ours = [module for area in flask_moment.AREAS for module in area.ours]

    assert sorted(flask) == sorted(flask_moment.counted_flask())
    assert sorted(ours) == sorted(flask_moment.counted(ladder.get(documented.LAST)))
