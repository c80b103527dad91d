"""What is known about a user's logins, for how long, and what is told about them."""

import json
import logging
from datetime import timedelta
from io import StringIO
from threading import Barrier, get_ident

import pytest
from step24_login.security import (
    password_changed,
    tracking_of,
    user_logged_in,
    user_logged_out,
    user_login_confirmed,
    user_login_failed,
    user_needs_refresh,
    user_unauthorized,
)

from costrel.testing.threads import at_once, meet

DAY = 24 * 3600
PASSWORD = "a bell for every bird"
NEW = "seven bells at the harbor"


@pytest.fixture
def track(app, user):
    """Return what finds out about a user."""

    def find(name="ada"):
        with app.app_context():
            return tracking_of(user(name))

    return find


def test_logins_are_counted(track, browse):
    before = track().login_count
    for _ in range(3):
        browse().log_in()

    assert (before, track().login_count) == (0, 3)
    assert track("bob").login_count == 0


def test_this_login_and_the_one_before_are_known(track, clock, browse):
    def log_in(address):
        browser = browse()
        browser.client.environ_base["REMOTE_ADDR"] = address
        browser.log_in()

    log_in("192.0.2.1")
    clock[0] = DAY
    log_in("2001:db8::2")

    seen = track()
    assert (seen.last_login_ip, seen.current_login_ip) == ("192.0.2.1", "2001:db8::2")
    assert seen.current_login_at - seen.last_login_at == DAY


def test_first_login_has_none_before_it(track, ada):
    assert (track().last_login_at, track().last_login_ip) == (None, None)


def test_failed_logins_are_told_at_the_next_one(track, browse):
    for _ in range(3):
        browse().log_in(password="no bells at all")
    before = track().failed
    browser = browse()
    browser.log_in()

    assert (before, track().failed, track().failed_before) == (3, 0, 3)
    assert "3" in browser.get("/logins").text


def test_wrong_password_counts_wherever_it_is_asked_for(track, ada):
    ada.send("/verify", password="no bells at all")
    ada.send("/change", password="no bells at all", new_password=NEW)

    assert track().failed == 2


def test_all_failures_are_counted(users, track, browse, monkeypatch):
    browsers = [browse() for _ in range(4)]
    barrier, change, waited = Barrier(4), users.change, set()

    def all_have_read(model, *arguments, **values):
        if model is users.track_model and get_ident() not in waited:
            waited.add(get_ident())
            meet(barrier)
        return change(model, *arguments, **values)

    monkeypatch.setattr(users, "change", all_have_read)
    at_once(4, lambda number: browsers[number].log_in(password="no bells"))

    assert track().failed == 4


@pytest.mark.asvs("6.3.8")
def test_failure_costs_as_much_for_nobody(users, browse, monkeypatch):
    calls = []

    def watched(name):
        function = getattr(users, name)

        def call(*arguments, **values):
            calls.append(name)
            return function(*arguments, **values)

        monkeypatch.setattr(users, name, call)

    # the first failure makes a row
    browse().log_in("ada", "no bells at all")
    browse().log_in("nobody", "no bells at all")
    for name in ("find", "put", "commit", "change", "delete"):
        watched(name)
    found = []
    for name in ("ada", "nobody"):
        calls.clear()
        browse().log_in(name, "no bells at all")
        found.append(calls.copy())

    assert found[0] == found[1]
    assert "change" in found[0]


def test_strangers_fill_no_table(app, users, browse):
    for number in range(10):
        browse().log_in(f"nobody{number}", "no bells at all")

    with app.app_context():
        (row,) = users.find(users.track_model)
        assert row.failed == 10


def test_address_is_the_one_that_the_server_sees(track, browse):
    headers = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    email = "ada@wren.example"

    browse().send("/login", headers, email=email, password=PASSWORD)

    assert track().current_login_ip == "127.0.0.1"


def test_traces_are_forgotten(app, users, track, clock, browse):
    browse().log_in()
    clock[0] = 91 * DAY
    browse().log_in("bob")

    assert (track().current_login_ip, track().login_count) == (None, 0)
    with app.app_context():
        assert len(users.find(users.login_model)) == 1


def test_app_says_how_long_traces_are_kept(app, track, clock, browse):
    app.config["SECURITY_TRACKING_RETENTION"] = timedelta(days=2)
    browse().log_in()
    clock[0] = 2 * DAY + 1
    browse().log_in("bob")

    assert track().current_login_ip is None


def test_command_forgets_traces(app, users, clock, browse):
    browse().log_in()
    browse().log_in("bob", "no bells at all")
    clock[0] = 91 * DAY

    told = app.test_cli_runner().invoke(args=["users", "forget-logins"])

    assert told.exit_code == 0, told.output
    with app.app_context():
        assert users.find(users.login_model) == users.find(users.track_model) == []


# --- signals


def test_each_event_is_told(app, clock, ada, browse):
    told = []
    events = [user_logged_in, user_logged_out, user_login_confirmed, user_login_failed]
    events += [password_changed, user_unauthorized, user_needs_refresh]

    def note(sender, **facts):
        told.append((sender, {**facts, "user": str(facts.get("user"))}))

    for event in events:
        event.connect(note, app)
    app.config["SECURITY_FRESHNESS"] = timedelta(minutes=5)
    clock[0] = 600
    for answer in (
        browse().get("/me"),
        ada.get("/safe"),
        ada.send("/verify", password="no bells at all"),
        ada.send("/verify", password=PASSWORD),
        ada.send("/change", password=PASSWORD, new_password=NEW),
        ada.log_out(),
        ada.log_in(password=NEW, remember="y"),
        browse().log_in("nobody", "x"),
    ):
        assert answer.status_code in (303, 400)

    assert {sender for sender, _ in told} == {app}
    assert len(told) == 8
    assert told[6][1]["remember"] is True
    assert told[7][1]["user"] == "None"


def test_async_listener_is_waited_for(app, browse):
    told = []

    async def note(sender, user, remember):
        told.append(user.email)

    with user_logged_in.connected_to(note, app):
        browse().log_in()

    assert told == ["ada@wren.example"]


# --- the audit log


@pytest.fixture
def lines(caplog):
    """Return what reads the lines of the audit log."""
    caplog.set_level(logging.INFO)

    def read():
        records = (each for each in caplog.records if each.name.endswith(".audit"))
        return [json.loads(each.getMessage()) for each in records]

    return read


@pytest.mark.asvs("16.3.1")
def test_each_event_is_a_line_of_json(lines, browse):
    browser = browse()
    browser.log_in(password="no bells at all")
    browser.log_in()
    browser.log_out()

    found = lines()

    assert [line["event"] for line in found] == [
        "user-login-failed",
        "user-logged-in",
        "user-logged-out",
    ]
    assert {line["user"] for line in found} == {"1"}
    assert {line["address"] for line in found} == {"127.0.0.1"}
    assert all(line["time"].endswith("+00:00") for line in found)


def test_log_is_written_without_being_configured(app, browse, monkeypatch):
    # pytest writes down what is logged, too
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    app.config["WTF_CSRF_ENABLED"] = False
    data, errors = {"email": "ada@wren.example", "password": PASSWORD}, StringIO()

    environ = {"wsgi.errors": errors}
    browse().client.post("/login", data=data, environ_overrides=environ)

    assert errors.getvalue().count('"event": "user-logged-in"') == 1


@pytest.mark.asvs("16.2.5")
def test_log_has_no_secrets(app, caplog, browse):
    caplog.set_level(logging.INFO)
    browser = browse()
    # people type a password where the address goes
    browser.send("/login", email="my secret bell", password="x")
    browser.log_in(password="no bells at all")
    browser.log_in(remember="y")
    browser.forget_session()
    browser.get("/")

    secrets = ["my secret bell", "no bells at all", PASSWORD, *browser.cookies.values()]
    assert not [each for each in secrets if each in caplog.text]


@pytest.mark.parametrize("users", ["memory"], indirect=True)
@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\x1b[2J", "\x7f", '"'])
def test_line_is_json_whatever_a_visitor_sends(caplog, browse, end):
    caplog.set_level(logging.INFO)
    forged = f'{end}{{"event": "user-logged-in", "user": "1"}}'

    browse().fail(f"x{forged}@wren.example", forged.encode().decode("latin-1"))

    (line,) = (each.getMessage() for each in caplog.records)
    assert line.isascii() and line.isprintable()
    assert json.loads(line)["event"] == "user-login-failed"
