"""The first administrator, and what else is done from a terminal."""

import json
import logging

import pytest
from step25_roles import App
from step25_roles.security import (
    MemoryUserDatastore,
    Role,
    Security,
    add_role_to_user,
    login_user,
    own_or_404,
    permission_denied,
    roles_required,
)

ROLES = [Role("admin", ["users-write"], needed=True), Role("staff")]


@pytest.fixture
def app():
    app = App(__name__)
    app.secret_key = "not a secret"
    app.config["TESTING"] = True
    users = MemoryUserDatastore(app)
    Security(app, users, roles=ROLES)
    with app.app_context():
        for name in ("ada", "bob"):
            users.create_user(email=f"{name}@wren.example")
        users.commit()
    return app


def run(app, *arguments):
    """Run a command, and return its exit code and what it prints."""
    result = app.test_cli_runner().invoke(args=[*arguments])
    return result.exit_code, result.output.strip()


def roles_of(app, name):
    users = app.extensions["security"].datastore
    with app.app_context():
        return users.find_user(email=f"{name}@wren.example").roles


def test_first_administrator_is_made_by_a_command(app):
    code, said = run(app, "roles", "add", "Ada@Wren.example", "admin")

    assert (code, said) == (0, "Ada@Wren.example has the role admin.")
    assert roles_of(app, "ada") == {"admin"}
    assert run(app, "roles", "add", "ada@wren.example", "admin")[1].endswith("already.")


def test_role_is_taken_by_a_command(app):
    run(app, "roles", "add", "ada@wren.example", "staff")

    first = run(app, "roles", "remove", "ada@wren.example", "staff")
    second = run(app, "roles", "remove", "ada@wren.example", "staff")

    assert first[1] == "ada@wren.example no longer has the role staff."
    assert second[1] == "ada@wren.example doesn't have the role staff."
    assert roles_of(app, "ada") == set()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "eve@wren.example", "admin"), "Nobody has the address eve@"),
        (("add", "no address", "admin"), "Nobody has the address no address"),
        (("add", "bob@wren.example", "Admin"), "no role 'Admin'"),
        (("remove", "ada@wren.example", "admin"), "Nobody else has the role admin"),
    ],
)
def test_command_says_what_is_wrong(app, arguments, words):
    run(app, "roles", "add", "ada@wren.example", "admin")

    code, said = run(app, "roles", *arguments)

    assert code == 1 and words in said
    assert roles_of(app, "ada") == {"admin"} and roles_of(app, "bob") == set()


def test_command_lists_roles_and_how_many_have_them(app):
    run(app, "roles", "add", "ada@wren.example", "admin")

    assert run(app, "roles", "list")[1].splitlines() == [
        "admin: users-write (1)",
        "staff: nothing (0)",
    ]


def test_account_is_closed_and_opened_by_commands(app):
    users = app.extensions["security"].datastore

    def is_active():
        with app.app_context():
            return users.find_user(email="bob@wren.example").active

    assert run(app, "users", "deactivate", "bob@wren.example")[0] == 0
    assert not is_active()
    assert run(app, "users", "activate", "bob@wren.example")[0] == 0
    assert is_active()


def test_logins_are_ended_by_a_command(app):
    add_views(app)
    client = app.test_client()
    client.get("/enter")

    said = run(app, "users", "reset-access", "ada@wren.example")

    assert said == (0, "Ended 1 login(s) of ada@wren.example.")
    assert client.get("/guests").status_code == 303


# ---- the log


@pytest.fixture
def lines(app):
    """Return the lines of the audit log, as they come."""
    found = []

    class Keep(logging.Handler):
        def emit(self, record):
            found.append(json.loads(record.getMessage()))

    log, handler = app.logger.getChild("audit"), Keep()
    log.addHandler(handler)
    yield found
    log.removeHandler(handler)


def add_views(app):
    users = app.extensions["security"].datastore

    @app.get("/enter")
    def enter():
        login_user(users.find_user(email="ada@wren.example"))
        return "welcome"

    @app.get("/guests")
    @roles_required("staff")
    def guests():
        return "list"

    @app.get("/letters/<name>")
    def letter(name):
        return own_or_404(None)


@pytest.mark.asvs("16.3.2")
def test_refusal_is_logged_with_who_and_what(app, lines):
    add_views(app)
    heard, client = [], app.test_client()
    client.get("/enter")

    def listen(sender, user, **facts):
        heard.append((user.id, facts["reason"]))

    permission_denied.connect(listen, app)
    client.get("/guests?secret=1")

    line = lines[-1]
    assert line["event"] == "permission-denied"
    assert (line["user"], line["reason"]) == ("1", "roles_required('staff')")
    assert (line["endpoint"], line["method"]) == ("guests", "GET")
    assert line["path"] == "/guests"
    assert heard == [(1, "roles_required('staff')")]


def test_numbers_that_somebody_tries_are_logged(app, lines):
    add_views(app)

    app.test_client().get("/letters/2%0A%1B[2J" + 5000 * "x")

    assert lines[-1]["user"] is None
    assert lines[-1]["reason"] == "own_or_404"
    assert lines[-1]["path"].startswith("/letters/2\n\x1b[2Jxxx")
    assert len(lines[-1]["path"]) == 200


def test_change_by_a_command_is_logged(app, lines):
    with app.app_context():
        users = app.extensions["security"].datastore
        add_role_to_user(users.find_user(email="ada@wren.example"), "staff")

    line = lines[-1]
    assert (line["event"], line["user"], line["by"]) == ("role-added", "1", None)
    assert line["role"] == "staff"
