"""The exercise `pony`: a store on another ORM keeps the promises of the others."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from exercise import PonyGuests
from step19_extensions import App, abort
from step19_extensions.extensions.guests import DuplicateGuestError, Guest

ADA = Guest("ada@wren.example", "Ada")
BOB = Guest("bob@wren.example", "Bob")


@pytest.fixture
def guests():
    return PonyGuests()


@pytest.fixture
def app(guests, tmp_path):
    return app_at(guests, tmp_path / "instance")


def app_at(guests, folder):
    app = App("wren", instance_path=str(folder))
    guests.init_app(app)
    return app


def sign_up(app, guests, *new):
    with app.app_context():
        for guest in new:
            guests.add(guest)
        guests.commit()


def listed(app, guests, part=""):
    with app.app_context():
        return guests.search(part)


def test_guests_are_listed_as_they_came(app, guests):
    sign_up(app, guests, BOB, ADA)

    assert listed(app, guests) == [BOB, ADA]
    with app.app_context():
        assert guests.count() == 2


def test_guests_outlast_the_app(guests, tmp_path):
    sign_up(app_at(guests, tmp_path), guests, ADA)

    assert listed(app_at(guests, tmp_path), guests) == [ADA]


def test_setting_up_an_app_opens_nothing(app, tmp_path):
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [lambda: 1 / 0, lambda: abort(400)])
def test_guest_of_a_view_that_fails_is_taken_back(app, guests, wrong):
    @app.post("/guests")
    def view():
        guests.add(ADA)
        wrong()

    assert app.test_client().post("/guests").status_code >= 400
    assert listed(app, guests) == []


def test_address_is_on_the_list_once(app, guests):
    sign_up(app, guests, ADA)

    with app.app_context():
        with pytest.raises(DuplicateGuestError):
            guests.add(BOB)
            guests.add(ADA)
            guests.commit()
        guests.commit()

    assert listed(app, guests) == [ADA]


def test_of_many_who_use_an_address_at_once_one_is_on_the_list(app, guests):
    def visit(number):
        try:
            sign_up(app, guests, Guest(ADA.email, str(number)))
        except DuplicateGuestError:
            return 409
        return 201

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(visit, range(16)))

    assert sorted(answers) == [201, *[409] * 15]
    assert len(listed(app, guests)) == 1


def test_one_store_keeps_the_guests_of_two_apps_apart(guests, tmp_path):
    bakery, clinic = (app_at(guests, tmp_path / name) for name in ("one", "other"))

    sign_up(bakery, guests, ADA)
    sign_up(clinic, guests, BOB)

    assert (listed(bakery, guests), listed(clinic, guests)) == ([ADA], [BOB])


def test_connection_is_closed_with_its_context(app, guests, monkeypatch):
    opened = []
    connect = sqlite3.connect

    def note(*arguments, **options):
        opened.append(connect(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", note)
    for _ in range(3):
        with app.app_context():
            guests.search()
            guests.count()

    # what makes the table may need one more
    assert len(opened) in (3, 4), "one connection for each context"
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("select 1")


@pytest.mark.parametrize("part", ["ada", "O'B", "%", "_", "\\", "' or '1'='1"])
def test_search_takes_each_character_for_what_it_is(app, guests, part):
    names = ["O'Brien", "100 % Ada", "under_score", "back\\slash"]
    new = [Guest(f"{n}@wren.example", name) for n, name in enumerate(names)]
    sign_up(app, guests, *new)

    found = [guest.name for guest in listed(app, guests, part)]

    assert found == [name for name in names if part.lower() in name.lower()]


def test_what_guests_told_is_for_the_app_alone(app, guests, tmp_path):
    sign_up(app, guests, ADA)

    files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert files and not any(Path(file).stat().st_mode & 0o077 for file in files)
