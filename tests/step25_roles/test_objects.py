"""Whose things are whose: what has a number can be asked for by anyone."""

from dataclasses import dataclass

import pytest
from step25_roles import App
from step25_roles.security import (
    MemoryUserDatastore,
    Role,
    Security,
    add_role_to_user,
    login_user,
    own_or_404,
)


@dataclass
class Letter:
    text: str
    user_id: int | None


@pytest.fixture
def app():
    """Return an app in which everybody has a letter, and a guard may read them all."""
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"
    users = MemoryUserDatastore(app)
    Security(app, users, roles=[Role("guard", ["letters-read"])])
    with app.app_context():
        ada, bob, guard = (
            users.create_user(email=f"{name}@wren.example")
            for name in ("ada", "bob", "guard")
        )
        users.commit()
        add_role_to_user(guard, "guard")
    letters = [Letter("to ada", ada.id), Letter("to bob", bob.id), Letter("lost", None)]

    @app.get("/enter/<name>")
    def enter(name):
        login_user(users.find_user(email=f"{name}@wren.example"))
        return "welcome"

    @app.get("/letters/<int:number>")
    def letter(number):
        found = letters[number] if number < len(letters) else None
        return own_or_404(found).text

    @app.get("/guarded/<int:number>")
    def guarded(number):
        found = letters[number] if number < len(letters) else None
        return own_or_404(found, "letters-read").text

    return app


def visitor(app, name):
    client = app.test_client()
    client.get(f"/enter/{name}")
    return client


def test_own_thing_is_returned(app):
    assert visitor(app, "ada").get("/letters/0").text == "to ada"
    assert visitor(app, "bob").get("/letters/1").text == "to bob"


@pytest.mark.parametrize("number", [1, 2, 9])
def test_others_things_look_as_if_there_were_none(app, number):
    ada = visitor(app, "ada")

    answer, none = ada.get(f"/letters/{number}"), ada.get("/letters/99")

    assert answer.status_code == 404
    assert answer.text == none.text
    assert dict(answer.headers) == dict(none.headers)


@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_nobody_has_nothing(app, number):
    assert app.test_client().get(f"/letters/{number}").status_code == 404


def test_permission_opens_others_things(app):
    guard, ada = visitor(app, "guard"), visitor(app, "ada")

    assert [guard.get(f"/guarded/{n}").status_code for n in range(4)] == [200] * 3 + [
        404
    ]
    assert [ada.get(f"/guarded/{n}").status_code for n in range(4)] == [200] + [404] * 3
    assert guard.get("/letters/0").status_code == 404


def test_owner_may_have_another_name(app):
    @dataclass
    class Song:
        singer: int

    @app.get("/song")
    def song():
        return own_or_404(Song(1), owner="singer").__class__.__name__

    assert visitor(app, "ada").get("/song").text == "Song"
    assert visitor(app, "bob").get("/song").status_code == 404


def test_attribute_that_is_missing_is_an_error(app):
    app.get("/song")(lambda: own_or_404(object()))

    with pytest.raises(AttributeError, match="user_id"):
        visitor(app, "ada").get("/song")
