"""The exercise `impersonate`: to see what another user sees, and not to gain by it."""

import json
import logging

import pytest
from exercise import (
    impersonate,
    impersonation_ended,
    impersonator,
    init_app,
    stop,
    user_impersonated,
)
from step25_roles import App
from step25_roles.security import (
    MemoryUserDatastore,
    Role,
    Security,
    add_role_to_user,
    current_user,
    deactivate_user,
    fresh_login_required,
    login_user,
    remove_role_from_user,
)

ROLES = [
    Role("support", ["impersonate", "tickets-read"]),
    Role("staff", ["tickets-read"]),
    Role("admin", ["accounts-write"]),
]
PEOPLE = {"ada": "support", "bob": "staff", "carl": None, "dora": "admin"}


@pytest.fixture
def users():
    return MemoryUserDatastore()


@pytest.fixture
def app(users):
    app = App("bells")
    app.testing = True
    app.secret_key = "not a secret"
    users.init_app(app)
    Security(app, users, roles=ROLES)
    init_app(app)
    add_views(app, users)
    with app.app_context():
        for name, role in PEOPLE.items():
            user = users.create_user(email=f"{name}@wren.example")
            users.commit()
            if role:
                add_role_to_user(user, role)
    return app


def find(users, name):
    return users.find_user(email=f"{name}@wren.example")


def add_views(app, users):
    @app.get("/enter/<name>")
    def enter(name):
        login_user(find(users, name))
        return "welcome"

    @app.get("/become/<name>")
    def become(name):
        impersonate(find(users, name))
        return "done"

    @app.get("/stop")
    def end():
        stop()
        return "done"

    @app.get("/")
    def who():
        behind = impersonator()
        name = current_user.email if current_user.is_authenticated else "nobody"
        return f"{name}, behind: {behind and behind.email}"

    @app.get("/pay")
    @fresh_login_required
    def pay():
        return "paid"


@pytest.fixture
def enter(app):
    def open_browser(name):
        client = app.test_client()
        client.get(f"/enter/{name}")
        return client

    return open_browser


def test_support_sees_what_the_user_sees(enter):
    ada = enter("ada")

    assert ada.get("/become/bob").text == "done"
    assert ada.get("/").text == "bob@wren.example, behind: ada@wren.example"


def test_others_cannot(app, enter):
    for browser in (enter("bob"), enter("carl"), enter("dora"), app.test_client()):
        assert browser.get("/become/carl").status_code == 403
        assert "behind: None" in browser.get("/").text


def test_nobody_gains_a_permission(enter):
    ada = enter("ada")

    assert ada.get("/become/dora").status_code == 403
    assert ada.get("/").text == "ada@wren.example, behind: None"


def test_closed_account_stays_closed(app, users, enter):
    with app.app_context():
        deactivate_user(find(users, "carl"))

    assert enter("ada").get("/become/carl").status_code == 403


def test_nobody_impersonates_as_somebody_else(enter):
    ada = enter("ada")
    ada.get("/become/bob")

    assert ada.get("/become/carl").status_code == 403


def test_login_is_not_fresh(enter):
    ada = enter("ada")
    assert ada.get("/pay").text == "paid"

    ada.get("/become/bob")

    answer = ada.get("/pay")
    assert answer.status_code == 303 and "/verify" in answer.location


def test_end_is_a_logout(enter):
    ada = enter("ada")
    ada.get("/become/bob")

    ada.get("/stop")

    assert ada.get("/").text == "nobody, behind: None"


@pytest.mark.parametrize("change", [deactivate_user, remove_role_from_user])
def test_it_ends_when_it_is_not_allowed_anymore(app, users, enter, change):
    ada = enter("ada")
    ada.get("/become/bob")

    with app.app_context():
        more = ["support"] if change is remove_role_from_user else []
        change(find(users, "ada"), *more)

    assert ada.get("/").text == "nobody, behind: None"


def test_both_ends_are_in_the_log_with_who_it_was(app, users, enter):
    lines, heard = [], []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(json.loads(record.getMessage()))

    log, handler = app.logger.getChild("audit"), Keep()
    log.addHandler(handler)

    def hear_begin(sender, user, by, **more):
        heard.append((user.email, by))

    def hear_end(sender, user, by, **more):
        heard.append((user.email, by))

    user_impersonated.connect(hear_begin, app)
    impersonation_ended.connect(hear_end, app)
    ada = enter("ada")
    ada.get("/become/bob")
    ada.get("/stop")
    log.removeHandler(handler)

    with app.app_context():
        number, bob = str(find(users, "ada").id), str(find(users, "bob").id)
    assert heard == [("bob@wren.example", number)] * 2
    told = [(line["user"], line["by"]) for line in lines if "by" in line]
    assert told[-2:] == [(bob, number)] * 2
