"""The dangers of step 19: what one app is told another one knows; text that is SQL."""

import pytest
from step19_extensions import App, request
from step19_extensions.extensions.guests import Guest
from step19_extensions.extensions.lmdb_guests import LMDBGuests
from step19_extensions.extensions.peewee_guests import PeeweeGuests
from step19_extensions.extensions.sqlalchemy_guests import SQLAlchemyGuests

BY_SQL = [SQLAlchemyGuests, PeeweeGuests]
ALL = [*BY_SQL, LMDBGuests]
NAMES = ["sqlalchemy", "peewee", "lmdb"]


def site(guests, folder):
    """Make an app that takes guests, and lists the names of those it finds."""
    app = App("wren", instance_path=str(folder))
    guests.init_app(app)

    @app.post("/guests")
    def sign_up():
        guests.add(Guest(request.form["email"], request.form["name"]))
        guests.commit()
        return "You are on the list.", 201

    @app.get("/guests")
    def listed():
        found = guests.search(request.args.get("name", ""))
        return "\n".join(guest.name for guest in found)

    return app.test_client()


@pytest.mark.attack
@pytest.mark.parametrize("kind", ALL, ids=NAMES)
def test_one_app_never_lists_the_guests_of_another(kind, tmp_path):
    guests = kind()
    bakery, clinic = (site(guests, tmp_path / name) for name in ("bakery", "clinic"))
    bakery.post("/guests", data={"email": "ada@wren.example", "name": "Ada"})
    clinic.post("/guests", data={"email": "eve@wren.example", "name": "Eve"})

    seen = bakery.get("/guests").text

    assert "Eve" not in seen, "the attack worked: the bakery lists the clinic's patient"
    assert seen == "Ada"
    assert clinic.get("/guests").text == "Eve"


@pytest.mark.asvs("1.2.4")
@pytest.mark.attack
@pytest.mark.parametrize("kind", BY_SQL, ids=NAMES[:2])
def test_search_for_sql_finds_a_name_and_no_address(kind, tmp_path):
    visitor = site(kind(), tmp_path)
    visitor.post("/guests", data={"email": "ada@wren.example", "name": "Ada"})
    search = "' union select id, name, email from guests --"

    seen = visitor.get("/guests", query_string={"name": search})

    assert "ada@" not in seen.text, "the attack worked: the list tells addresses"
    assert (seen.status_code, seen.text) == (200, "")
    assert visitor.get("/guests?name=ad").text == "Ada"
