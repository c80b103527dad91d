"""Giving roles, taking them, and closing accounts."""

import pytest
from step25_roles import App
from step25_roles.security import (
    LastUserError,
    MemoryUserDatastore,
    Role,
    Security,
    StaleUserError,
    activate_user,
    add_role_to_user,
    change_rights,
    current_user,
    deactivate_user,
    login_ended,
    login_user,
    remove_role_from_user,
    reset_user_access,
    role_added,
    role_removed,
    user_activated,
    user_deactivated,
)
from step25_roles.security.sqlalchemy_datastore import SQLAlchemyUserDatastore

from costrel.testing.databases import new_schema, postgresql
from costrel.testing.threads import at_once

ROLES = [Role("admin", needed=True), Role("owner", needed=True), Role("staff")]
STORES = {
    "memory": MemoryUserDatastore,
    "sqlite": SQLAlchemyUserDatastore,
    "postgresql": SQLAlchemyUserDatastore,
}


server = pytest.fixture(scope="module")(postgresql)


@pytest.fixture(params=STORES)
def app(request, tmp_path):
    app = App(__name__, instance_path=str(tmp_path))
    app.testing = True
    app.secret_key = "not a secret"
    if request.param == "postgresql":
        url = new_schema(request.getfixturevalue("server"))
        app.config["SECURITY_DATABASE_URL"] = url
    Security(app, STORES[request.param](app), roles=ROLES)
    yield app
    if database := app.extensions.get("sqlalchemy_users"):
        database.engine.dispose()


@pytest.fixture
def users(app):
    return app.extensions["security"].datastore


def make_user(users, name, *roles):
    user = users.create_user(email=f"{name}@wren.example")
    users.commit()
    for role in roles:
        add_role_to_user(user, role)
    return user


def again(users, user):
    """Return another copy of a user, as the next request has it."""
    return users.find_user(id=user.id)


def test_role_is_given_and_taken(app, users):
    with app.app_context():
        ada, bob = make_user(users, "ada"), make_user(users, "bob", "staff")

        assert add_role_to_user(ada, "staff") is True
        assert ada.has_role("staff") and again(users, ada).roles == {"staff"}
        assert remove_role_from_user(ada, "staff") is True
        assert not ada.has_role("staff") and again(users, ada).roles == set()
        assert again(users, bob).roles == {"staff"}


def test_role_is_given_once(app, users):
    with app.app_context():
        ada = make_user(users, "ada", "staff", "staff")

        assert add_role_to_user(ada, "staff") is False
        assert remove_role_from_user(ada, "staff") is True
        assert remove_role_from_user(ada, "staff") is False


def test_role_that_two_give_at_once_is_given_once(app, users, monkeypatch):
    with app.app_context():
        ada = make_user(users, "ada", "staff")
        # as it was when the second one looked
        monkeypatch.setattr(users, "find", lambda model, **equal: [])

        assert add_role_to_user(ada, "staff") is False

    monkeypatch.undo()
    with app.app_context():
        assert again(users, ada).roles == {"staff"}


def test_role_that_there_is_not_cannot_be_given(app, users):
    with app.app_context():
        ada = make_user(users, "ada")

        with pytest.raises(ValueError, match="no role 'Admin'; the app's roles: admin"):
            add_role_to_user(ada, "Admin")

        assert again(users, ada).roles == set()


def test_account_is_closed_and_opened(app, users):
    @app.get("/enter")
    def enter():
        return str(login_user(users.find_user(email="ada@wren.example")))

    @app.get("/me")
    def me():
        return str(current_user.is_authenticated)

    with app.app_context():
        ada, client = make_user(users, "ada"), app.test_client()
    client.get("/enter")

    with app.app_context():
        assert deactivate_user(ada) is True
        assert deactivate_user(ada) is False
    assert client.get("/me").text == client.get("/enter").text == "False"

    with app.app_context():
        assert activate_user(ada) is True
        assert activate_user(ada) is False
    # the logins that were ended don't come back
    assert client.get("/me").text == "False"
    assert client.get("/enter").text == "True"


def test_logins_of_an_account_are_ended(app, users):
    @app.get("/enter")
    def enter():
        return str(login_user(users.find_user(email="ada@wren.example")))

    @app.get("/me")
    def me():
        return str(current_user.is_authenticated)

    heard = []

    def listen(sender, user, by=None, **more):
        heard.append((user.id, by))

    login_ended.connect(listen, app)
    with app.app_context():
        ada = make_user(users, "ada")
    browsers = [app.test_client() for _ in range(2)]
    for browser in browsers:
        browser.get("/enter")

    with app.app_context():
        assert reset_user_access(ada) == 2

    assert [browser.get("/me").text for browser in browsers] == ["False"] * 2
    assert heard == [(ada.id, None)]
    assert browsers[0].get("/enter").text == "True"


def test_two_roles_of_one_name_are_one_too_many():
    with pytest.raises(ValueError, match="two roles 'staff'"):
        Security(roles=[Role("staff"), Role("staff", ["guests-read"])])


def test_permissions_are_a_list():
    with pytest.raises(TypeError, match=r"\['guests-read'\]"):
        Role("staff", "guests-read")


def test_last_one_keeps_a_role_that_is_needed(app, users):
    with app.app_context():
        ada = make_user(users, "ada", "admin", "staff")

        with pytest.raises(LastUserError, match="admin"):
            remove_role_from_user(ada, "admin")
        with pytest.raises(LastUserError, match="admin"):
            deactivate_user(ada)

        assert again(users, ada).active and again(users, ada).has_role("admin")
        assert remove_role_from_user(ada, "staff") is True


def test_account_that_is_closed_does_not_count(app, users):
    with app.app_context():
        ada, bob = make_user(users, "ada", "admin"), make_user(users, "bob", "admin")

        assert deactivate_user(bob) is True
        with pytest.raises(LastUserError):
            remove_role_from_user(ada, "admin")
        assert remove_role_from_user(bob, "admin") is True


def test_role_that_nobody_has_is_in_nobodys_way(app, users):
    with app.app_context():
        ada = make_user(users, "ada", "staff")

        assert remove_role_from_user(ada, "admin") is False
        assert remove_role_from_user(ada, "staff") is True
        assert deactivate_user(ada) is True


def test_of_two_who_leave_at_once_one_stays(app, users):
    with app.app_context():
        names = [f"user{number}" for number in range(6)]
        admins = [make_user(users, name, "admin") for name in names]

    def leave(number):
        with app.app_context():
            try:
                if number % 2:
                    return remove_role_from_user(admins[number], "admin")
                return deactivate_user(admins[number])
            except LastUserError:
                return None

    left = at_once(len(admins), leave)

    assert sorted(map(str, left)) == ["None", *["True"] * 5]


def test_rights_are_changed_together(app, users):
    with app.app_context():
        make_user(users, "bob", "admin")
        ada = make_user(users, "ada", "admin")

        change_rights(ada, False, ["staff"])
        assert (ada.active, ada.roles) == (False, {"staff"})
        assert (again(users, ada).active, again(users, ada).roles) == (False, {"staff"})
        change_rights(ada, True, [])
        assert (again(users, ada).active, again(users, ada).roles) == (True, set())


@pytest.mark.parametrize("active", [True, False])
def test_if_one_of_two_needed_roles_must_stay_both_do(app, users, active):
    heard = []

    def listen(sender, user, **more):
        heard.append(user)

    with app.app_context():
        make_user(users, "bob", "admin")
        ada = make_user(users, "ada", "admin", "owner")
        for signal in (role_added, role_removed, user_deactivated):
            signal.connect(listen, app)

        with pytest.raises(LastUserError, match="owner"):
            change_rights(ada, active, ["staff"])

        assert again(users, ada).active
        assert again(users, ada).roles == {"admin", "owner"} and heard == []


def test_rights_that_somebody_else_has_changed_are_left_alone(app, users):
    with app.app_context():
        ada = make_user(users, "ada", "staff")
        copies = [again(users, ada) for _ in range(2)]
        assert [copy.roles for copy in copies] == [{"staff"}] * 2

        remove_role_from_user(ada, "staff")
        with pytest.raises(StaleUserError):
            change_rights(copies[0], True, ["staff", "admin"])
        add_role_to_user(ada, "staff"), deactivate_user(ada)
        with pytest.raises(StaleUserError):
            change_rights(copies[1], True, ["staff", "admin"])

        assert again(users, ada).roles == {"staff"} and not again(users, ada).active


def test_role_that_is_given_right_after_the_look_is_seen(app, users, monkeypatch):
    with app.app_context():
        ada = again(users, make_user(users, "ada"))
        assert ada.roles == set()
        add_role_to_user(ada, "staff")
        find = users.find

        def too_early(model, **where):
            return [] if {*where} == {"user"} else find(model, **where)

        monkeypatch.setattr(users, "find", too_early)
        with pytest.raises(StaleUserError):
            change_rights(ada, False, ["staff"])
        monkeypatch.undo()

        assert again(users, ada).active and again(users, ada).roles == {"staff"}


def test_rights_of_a_role_that_there_is_not_cannot_be_given(app, users):
    with app.app_context():
        ada = make_user(users, "ada")

        with pytest.raises(ValueError, match="no role 'Admin'"):
            change_rights(ada, False, ["staff", "Admin"])

        assert again(users, ada).active and again(users, ada).roles == set()


def test_of_two_who_change_the_same_rights_at_once_one_does(app, users):
    with app.app_context():
        bob = make_user(users, "bob", "staff")
        copies = [again(users, bob) for _ in range(6)]
        # all of them have seen the same page
        assert {copy.roles for copy in copies} == {frozenset({"staff"})}

    wanted = [{"admin"}, {"admin", "owner"}]

    def decide(number):
        with app.app_context():
            try:
                change_rights(copies[number], True, wanted[number % 2])
            except StaleUserError:
                return None
            return again(users, bob).roles

    decided = [roles for roles in at_once(len(copies), decide) if roles]

    with app.app_context():
        assert decided == [again(users, bob).roles]


def test_listeners_hear_what_changes_and_who_changed_it(app, users):
    heard = []
    signals = (role_added, role_removed, user_activated, user_deactivated)

    def listen(sender, user, by=None, role=None, **more):
        heard.append((user.id, role, by))

    for signal in signals:
        signal.connect(listen, app)
    with app.app_context():
        ada = make_user(users, "ada", "staff", "staff")
        add_role_to_user(ada, "staff")
        remove_role_from_user(ada, "staff")
        remove_role_from_user(ada, "staff")
        deactivate_user(ada)
        deactivate_user(ada)
        activate_user(ada)

    assert heard == [(ada.id, "staff", None)] * 2 + [(ada.id, None, None)] * 2


def test_change_names_who_made_it(app, users):
    @app.get("/promote")
    def promote():
        login_user(users.find_user(email="ada@wren.example"))
        add_role_to_user(users.find_user(email="bob@wren.example"), "staff")
        return str(current_user.id)

    with app.app_context():
        make_user(users, "ada"), make_user(users, "bob")
    heard = []

    def listen(sender, user, by=None, **more):
        heard.append(by)

    role_added.connect(listen, app)

    assert [app.test_client().get("/promote").text] == heard
