"""The exercise `iso`: a provider that writes dates the way everybody else does."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from uuid import UUID

import pytest
from exercise import IsoProvider
from step14_json import App


class Song(Enum):
    DAWN = "dawn"
    NIGHT = ("night", 2)


class Bells(Flag):
    BRASS = 1
    STEEL = 2


@dataclass
class Concert:
    city: str
    doors: datetime


def answer(value):
    """Return what a program reads when a view returns the value."""
    app = App(__name__)
    app.testing = True
    app.json = IsoProvider(app)
    app.add_url_rule("/", "index", lambda: {"value": value})
    return app.test_client().get("/").json["value"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2027, 3, 20), "2027-03-20"),
        (datetime(2027, 3, 20, 19, 30), "2027-03-20T19:30:00"),
        (datetime(2027, 3, 20, 19, 30, 0, 500), "2027-03-20T19:30:00.000500"),
        (time(20), "20:00:00"),
    ],
    ids=str,
)
def test_date_or_time_is_written_in_iso_8601(value, text):
    assert answer(value) == text


def test_offset_is_kept():
    zone = timezone(timedelta(hours=1))

    assert answer(datetime(2027, 3, 20, 19, 30, tzinfo=zone)).endswith("19:30:00+01:00")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5400, "PT5400S"), (0.5, "PT0.5S"), (0, "PT0S"), (10**8, "PT100000000S")],
)
def test_duration_is_in_seconds(seconds, text):
    assert answer(timedelta(seconds=seconds)) == text


def test_member_of_an_enum_is_its_value():
    assert answer(Song.DAWN) == "dawn"
    assert answer(Song.NIGHT) == ["night", 2]
    assert answer(Bells.BRASS | Bells.STEEL) == 3


def test_set_is_a_sorted_list():
    assert answer({"outdoors", "dawn", "bells"}) == ["bells", "dawn", "outdoors"]
    assert answer(frozenset({3, 1, 2})) == [1, 2, 3]


def test_types_meet_inside_each_other():
    concert = Concert("Lyon", datetime(2027, 3, 20, 19, 30))

    assert answer([{date(2027, 3, 20)}, concert]) == [
        ["2027-03-20"],
        {"city": "Lyon", "doors": "2027-03-20T19:30:00"},
    ]


def test_other_types_are_written_as_before():
    assert answer([Decimal("24.90"), UUID(int=7)]) == [
        "24.90",
        "00000000-0000-0000-0000-000000000007",
    ]


def test_what_nobody_can_write_is_refused_as_before():
    with pytest.raises(TypeError, match="can't be written as JSON"):
        answer(b"bell")


def test_dates_sort_as_texts():
    days = [date(2027, 4, 2), date(2027, 3, 20), date(2026, 12, 31)]

    assert sorted(answer(days)) == answer(sorted(days))
