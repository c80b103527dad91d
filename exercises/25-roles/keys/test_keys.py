"""The exercise `keys`: it takes two administrators to make a third."""

import time
from threading import Barrier, Thread

import pytest
from exercise import agree, propose
from step25_roles import App
from step25_roles.security import (
    MemoryUserDatastore,
    Role,
    Security,
    add_role_to_user,
    deactivate_user,
    login_user,
    remove_role_from_user,
)

ROLES = [Role("admin", ["accounts-write"]), Role("staff")]
PEOPLE = {"ada": "admin", "bob": "admin", "carl": None, "dora": "admin", "eve": "staff"}


def make_app():
    app = App("bells")
    app.testing = True
    app.secret_key = "not a secret"
    users = MemoryUserDatastore(app)
    Security(app, users, roles=ROLES)
    add_views(app, users)
    with app.app_context():
        for name, role in PEOPLE.items():
            user = users.create_user(email=f"{name}@wren.example")
            users.commit()
            if role:
                add_role_to_user(user, role)
    return app


def find(app, name):
    users = app.extensions["security"].datastore
    return users.find_user(email=f"{name}@wren.example")


def add_views(app, users):
    @app.get("/enter/<name>")
    def enter(name):
        login_user(find(app, name))
        return "welcome"

    @app.get("/propose/<name>/<role>")
    def suggest(name, role):
        return str(propose(find(app, name), role))

    @app.get("/agree/<int:number>")
    def accept(number):
        return str(agree(number))


@pytest.fixture
def app():
    return make_app()


def browser(app, name):
    client = app.test_client()
    client.get(f"/enter/{name}")
    return client


def roles(app, name="carl"):
    with app.app_context():
        return find(app, name).roles


def test_it_takes_two(app):
    ada, bob = browser(app, "ada"), browser(app, "bob")

    number = ada.get("/propose/carl/admin").text
    before = roles(app)
    alone = ada.get(f"/agree/{number}").text
    second = bob.get(f"/agree/{number}").text

    assert (before, alone, second) == (set(), "False", "True")
    assert roles(app) == {"admin"}


def test_proposal_is_good_once(app):
    ada, bob = browser(app, "ada"), browser(app, "bob")
    number = ada.get("/propose/carl/admin").text
    bob.get(f"/agree/{number}")

    with app.app_context():
        remove_role_from_user(find(app, "carl"), "admin")

    assert bob.get(f"/agree/{number}").text == "False"
    assert roles(app) == set()


def test_number_that_there_never_was(app):
    assert browser(app, "ada").get("/agree/99").text == "False"


def test_who_gets_the_role_has_no_say(app):
    ada, dora = browser(app, "ada"), browser(app, "dora")

    number = ada.get("/propose/dora/staff").text

    assert dora.get("/propose/dora/staff").text == "None"
    assert dora.get(f"/agree/{number}").text == "False"
    assert roles(app, "dora") == {"admin"}


@pytest.mark.parametrize("name", ["carl", "eve", "nobody"])
def test_others_have_no_say(app, name):
    client = app.test_client() if name == "nobody" else browser(app, name)
    number = browser(app, "ada").get("/propose/carl/staff").text

    assert client.get("/propose/carl/admin").text == "None"
    assert client.get(f"/agree/{number}").text == "False"
    assert roles(app) == set()


def test_role_that_there_is_not(app):
    with pytest.raises(ValueError, match="owner"):
        browser(app, "ada").get("/propose/carl/owner")


def test_proposal_is_good_for_an_hour(app, monkeypatch):
    ada, bob, now = browser(app, "ada"), browser(app, "bob"), time.time()
    first = ada.get("/propose/carl/staff").text
    monkeypatch.setattr(time, "time", lambda: now + 3000)
    second = ada.get("/propose/carl/admin").text

    monkeypatch.setattr(time, "time", lambda: now + 3601)
    # their logins end as well
    bob = browser(app, "bob")

    assert bob.get(f"/agree/{first}").text == "False"
    assert bob.get(f"/agree/{second}").text == "True"
    assert roles(app) == {"admin"}


@pytest.mark.parametrize("change", [deactivate_user, remove_role_from_user])
def test_proposal_of_somebody_who_has_left_is_void(app, change):
    number = browser(app, "ada").get("/propose/carl/admin").text

    with app.app_context():
        change(find(app, "ada"), *["admin"] * (change is remove_role_from_user))

    assert browser(app, "bob").get(f"/agree/{number}").text == "False"
    assert roles(app) == set()


def test_two_who_agree_at_once_give_it_once(app):
    number = browser(app, "ada").get("/propose/carl/admin").text
    browsers = [browser(app, "bob") for _ in range(6)]
    start, said = Barrier(len(browsers)), []

    def accept(client):
        start.wait()
        said.append(client.get(f"/agree/{number}").text)

    threads = [Thread(target=accept, args=(each,)) for each in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["False"] * 5 + ["True"]


def test_apps_know_nothing_of_each_other(app):
    number = browser(app, "ada").get("/propose/carl/admin").text

    other = make_app()

    assert browser(other, "bob").get(f"/agree/{number}").text == "False"
    assert roles(other) == set()
