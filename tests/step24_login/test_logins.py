"""Logins: each has a token that only its browser knows, and ends on the server."""

import re
from datetime import timedelta

import pytest
from step24_login.security import (
    MemoryUserDatastore,
    change_user_password,
    confirm_login,
    current_login,
    current_user,
    end_logins,
    login_fresh,
    login_user,
    logins_of,
)

HOUR = 3600
NEW = "seven bells at the harbor"
OTHER = {"User-Agent": "Another/1.0"}


def find_all(app, users):
    """Return all logins."""
    with app.app_context():
        return users.find(users.login_model)


def rows(app, users):
    """Return the values of all logins."""
    return [vars(each) for each in find_all(app, users)]


@pytest.mark.asvs("7.2.2", "7.2.3")
def test_token_is_random(app, browse):
    tokens = set()
    for _ in range(20):
        browser = browse()
        browser.log_in()
        with browser.client.session_transaction() as cookie:
            tokens |= {*cookie.values()}

    # 128 bits in Base64 are 22 characters
    assert len(tokens) == 20
    assert all(len(each) >= 22 for each in tokens)


def test_token_can_not_be_read_on_the_server(app, users, browse):
    browser = browse()
    browser.log_in(remember="y")
    with browser.client.session_transaction() as cookie:
        secrets = {*cookie.values()}
    secrets |= {value.partition(".")[2] for value in browser.cookies.values()}

    kept = str(rows(app, users))

    assert secrets and not [each for each in secrets if each in kept]


@pytest.mark.asvs("7.2.4")
def test_login_begins_a_new_session(app, browse):
    browser = browse()
    browser.log_in()
    old = browser.copy(app)
    browser.log_in()

    assert (browser.who, old.who) == ("ada", "nobody")


def test_login_keeps_nothing_of_the_session_before(app, browse):
    app.config["SECURITY_SESSION_KEEPS"] = ["language"]
    browser = browse()
    with browser.client.session_transaction() as cookie:
        cookie.update(language="de", guest="eve@wren.example")
        cookie.permanent = True

    browser.log_in()

    with browser.client.session_transaction() as cookie:
        assert cookie["language"] == "de"
        assert "guest" not in cookie and not cookie.permanent


def test_login_can_not_be_planted(app, browse):
    # Eve's cookie in Ada's browser: Ada's login gets another token than that
    eve, ada = browse(), browse()
    eve.log_in("bob")
    for name, value in eve.cookies.items():
        ada.client.set_cookie(name, value)
    ada.log_in()

    assert ada.who == "ada"
    assert eve.who == "nobody"


def test_logout_keeps_nothing_either(app, ada):
    app.config["SECURITY_SESSION_KEEPS"] = ["language"]
    with ada.client.session_transaction() as cookie:
        cookie.update(language="de", guest="ada@wren.example")

    ada.log_out()

    with ada.client.session_transaction() as cookie:
        assert dict(cookie) == {"language": "de"}


@pytest.mark.asvs("7.3.1")
def test_login_ends_when_it_is_not_used(app, clock, ada):
    clock[0] = HOUR - 1
    assert ada.who == "ada"

    clock[0] += HOUR
    assert ada.who == "nobody"


def test_login_goes_on_while_it_is_used(clock, ada):
    for _ in range(23):
        clock[0] += HOUR - 60
        assert ada.who == "ada"


@pytest.mark.asvs("7.3.2")
def test_login_ends_after_a_day_however_much_it_is_used(clock, ada):
    for _ in range(24):
        clock[0] += HOUR - 60
        assert ada.who == "ada"
    clock[0] = 24 * HOUR

    assert ada.who == "nobody"


def test_app_says_how_long_a_login_lives(app, clock, ada):
    app.config["SECURITY_SESSION_IDLE"] = timedelta(seconds=20)
    app.config["SECURITY_SESSION_LIFETIME"] = timedelta(seconds=50)

    seen = []
    for clock[0] in (15, 30, 45, 60):
        seen.append(ada.who)

    assert seen == ["ada", "ada", "ada", "nobody"]


def test_use_is_noted_once_a_minute(users, clock, ada, monkeypatch):
    changes = []
    change = users.change
    monkeypatch.setattr(
        users, "change", lambda *a, **values: changes.append(a) or change(*a, **values)
    )

    for clock[0] in range(0, 125, 5):
        assert ada.who == "ada"

    assert len(changes) == 2


def test_login_is_bound_to_no_address_and_to_no_browser(app, ada):
    answer = ada.get("/me", headers=OTHER, environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert answer.status_code == 200


@pytest.mark.asvs("7.4.2")
def test_logins_of_a_closed_account_end(app, users, ada, user):
    with app.app_context():
        users.change(users.user_model, {"id": user().id}, active=False)

    assert ada.who == "nobody"


def test_logins_of_nobody_end(app, users, ada, user):
    with app.app_context():
        users.delete(users.user_model, id=user().id)

    assert ada.who == "nobody"


def test_app_may_end_all_logins_of_a_user(app, ada, browse, user):
    other, bob = browse(), browse()
    other.log_in()
    bob.log_in("bob")

    with app.app_context():
        ended = end_logins(user())

    assert ended == 2
    assert (ada.who, other.who, bob.who) == ("nobody", "nobody", "bob")


def test_login_that_is_just_beginning_ends_with_the_others(app, browse, user):
    # as in a request that has checked the password, and takes its time
    found, late = user(), browse()

    @app.get("/late")
    def finish():
        return str(login_user(found))

    with app.app_context():
        end_logins(user())
    late.get("/late")

    assert late.who == "nobody"


def test_all_logins_end_even_if_the_password_has_just_changed(app, users, ada, user):
    found = user()
    with app.app_context():
        where = {"id": found.id}
        users.change(users.user_model, where, fs_uniquifier="another password's")
    ada.log_in()

    with app.app_context():
        end_logins(found)

    assert ada.who == "nobody"


def test_two_apps_have_logins_of_their_own(make_app, app, ada):
    other = make_app(MemoryUserDatastore(), "another")

    assert ada.copy(other).who == "nobody"


def test_login_that_nobody_has_can_not_be_asked_for(app):
    with app.test_request_context():
        assert not login_fresh()
        with pytest.raises(RuntimeError, match="login_required"):
            current_login()


def test_login_is_shown_without_its_hashes(app, users, ada):
    (login,) = find_all(app, users)

    assert repr(login).startswith("<") and login.token not in repr(login)


# --- the user's own list of them


def listed(browser):
    """Return the ids of the logins on the page."""
    return re.findall(r'name="login"[^>]* value="(\d+)"', browser.get("/logins").text)


@pytest.mark.asvs("7.5.2")
def test_user_sees_all_logins_and_which_is_this_one(browse):
    phone, desk, bob = browse(), browse(), browse()
    phone.send("/login", OTHER, email="ada@wren.example", password=PASSWORD)
    desk.log_in()
    bob.log_in("bob")

    page = desk.get("/logins").text

    assert "Another/1.0" in page and "127.0.0.1" in page
    assert page.count("This browser") == 1
    # the others can be ended from here
    assert len(listed(desk)) == 1 and len(listed(bob)) == 0


PASSWORD = "a bell for every bird"


def test_what_a_browser_calls_itself_is_escaped(ada, browse):
    evil = {"User-Agent": "<script>alert(1)</script>" + "x" * 5000}
    browse().send("/login", evil, email="ada@wren.example", password=PASSWORD)

    page = ada.get("/logins").text

    assert "<script>alert" not in page and "&lt;script&gt;" in page
    assert "x" * 300 not in page


def test_user_ends_another_login(ada, browse):
    phone, desk = browse(), browse()
    phone.log_in()
    (first,) = listed(ada)
    desk.log_in()

    answer = ada.send("/logins", login=first)

    assert (answer.status_code, answer.location) == (303, "/logins")
    assert (ada.who, phone.who, desk.who) == ("ada", "nobody", "ada")


def test_user_ends_all_other_logins(ada, browse):
    phone, desk, bob = browse(), browse(), browse()
    phone.log_in(remember="y")
    desk.log_in()
    bob.log_in("bob")

    ada.send("/logins")
    phone.forget_session()

    assert (ada.who, phone.who, desk.who) == ("ada", "nobody", "nobody")
    assert bob.who == "bob"


def test_login_that_is_over_is_not_listed(clock, ada, browse):
    browse().log_in()
    browse().log_in(remember="y")
    clock[0] = HOUR + 1
    ada.log_in()

    assert len(listed(ada)) == 1


def test_nobody_ends_the_login_of_another(app, ada, browse, user):
    bob = browse()
    bob.log_in("bob")
    with app.app_context():
        (login,) = logins_of(user())

    bob.send("/logins", login=login.id)

    assert ada.who == "ada"


@pytest.mark.parametrize("login", ["x", "-1", "9" * 30, "1.5", "\0"])
def test_login_that_is_none_can_not_be_ended(ada, login):
    assert ada.send("/logins", login=login).status_code in (303, 400)
    assert ada.who == "ada"


def test_list_wants_a_fresh_login(clock, ada):
    clock[0] = HOUR - 10
    assert ada.who == "ada"
    clock[0] += 20

    assert ada.get("/logins").location == "/verify?next=/logins"
    assert ada.send("/logins").location == "/verify"


# --- fresh


def test_login_is_fresh_at_first(ada):
    assert ada.get("/safe").text == "ada@wren.example's safe"


def test_login_is_fresh_for_a_while(app, clock, ada):
    app.config["SECURITY_FRESHNESS"] = timedelta(minutes=5)
    clock[0] = 299
    assert ada.get("/safe").status_code == 200
    clock[0] = 300

    answer = ada.get("/safe")

    assert (answer.status_code, answer.location) == (303, "/verify?next=/safe")
    assert ada.get("/me").status_code == 200
    program = ada.get("/safe", headers={"Accept": "application/json"})
    assert program.status_code == 401


def test_visitor_without_a_login_is_not_fresh(browse):
    assert browse().get("/safe").location == "/login?next=/safe"
    assert browse().get("/verify").location.startswith("/login")


@pytest.mark.asvs("7.5.1")
def test_password_makes_a_login_fresh_again(app, clock, ada):
    app.config["SECURITY_FRESHNESS"] = timedelta(minutes=5)
    clock[0] = 600
    old = ada.copy(app)

    wrong = ada.send("/verify", password="no bells at all")
    still = ada.get("/safe").status_code
    right = ada.send("/verify", password=PASSWORD)

    assert (wrong.status_code, still, right.status_code) == (400, 303, 303)
    assert ada.get("/safe").status_code == 200
    # its token is another one now
    assert old.who == "nobody"


def test_password_of_another_makes_nothing_fresh(app, clock, ada):
    clock[0] = HOUR - 1
    assert ada.who == "ada"
    clock[0] = HOUR + 1

    ada.send("/verify", password="no bird without a bell", email="bob@wren.example")

    assert ada.get("/safe").status_code == 303


def test_login_that_is_fresh_again_lives_longer(clock, ada):
    for clock[0] in range(0, 24 * HOUR, HOUR - 60):
        assert ada.who == "ada"
    ada.send("/verify", password=PASSWORD)

    for _ in range(20):
        clock[0] += HOUR - 60
        assert ada.who == "ada"


def test_login_that_was_ended_meanwhile_stays_ended(app, users, browse, user):
    @app.get("/confirm")
    def confirm():
        assert login_fresh()
        # from another browser
        users.delete(users.login_model, user=user().fs_uniquifier)
        confirm_login()
        return "confirmed"

    ada = browse()
    ada.log_in()

    assert ada.get("/confirm").status_code == 200
    assert ada.who == "nobody"


# --- a new password


@pytest.mark.asvs("6.2.2", "6.2.3", "7.4.3")
def test_new_password_ends_all_other_logins(app, ada, browse):
    phone, tablet = browse(), browse()
    phone.log_in()
    tablet.log_in(remember="y")

    answer = ada.send("/change", password=PASSWORD, new_password=NEW)
    tablet.forget_session()

    assert answer.status_code == 303
    assert (ada.who, phone.who, tablet.who) == ("ada", "nobody", "nobody")
    assert ada.get("/safe").status_code == 200
    assert browse().log_in(password=PASSWORD).status_code == 400
    assert browse().log_in(password=NEW).status_code == 303


def test_new_password_gives_the_login_a_new_token(app, ada):
    old = ada.copy(app)
    ada.send("/change", password=PASSWORD, new_password=NEW)

    assert (ada.who, old.who) == ("ada", "nobody")


@pytest.mark.parametrize(
    ("password", "new"),
    [
        ("no bells at all", NEW),
        ("", NEW),
        (PASSWORD, ""),
        (PASSWORD, "short"),
        (PASSWORD, "passwordpassword"),
        (PASSWORD, "ada@wren.example"),
    ],
)
def test_password_is_not_changed(ada, browse, password, new):
    answer = ada.send("/change", password=password, new_password=new)

    assert answer.status_code == 400
    assert browse().log_in().status_code == 303


def test_new_password_wants_a_fresh_login(clock, ada):
    clock[0] = HOUR - 10
    assert ada.who == "ada"
    clock[0] = HOUR + 10

    answer = ada.send("/change", password=PASSWORD, new_password=NEW)

    assert answer.location == "/verify"


def test_app_may_change_a_password_outside_of_a_request(app, ada, browse, user):
    with app.app_context():
        change_user_password(user(), NEW)

    assert ada.who == "nobody"
    assert browse().log_in(password=NEW).status_code == 303


def test_view_may_change_the_password_of_its_user(app, browse):
    @app.get("/new")
    def new():
        change_user_password(current_user, NEW)
        return current_user.email

    ada = browse()
    ada.log_in()

    assert ada.get("/new").text == "ada@wren.example"
    assert ada.who == "ada"


def test_login_with_a_password_that_changes_meanwhile_is_none(
    app, users, browse, user, monkeypatch
):
    # a thief's login is under way while the owner changes the password
    find = users.find_user

    def find_then_change(**values):
        found = find(**values)
        if "email" in values and "changed" not in app.extensions:
            app.extensions["changed"] = True
            other = find(**values)
            with app.app_context():
                change_user_password(other, NEW)
        return found

    monkeypatch.setattr(users, "find_user", find_then_change)
    thief = browse()
    thief.log_in()

    assert thief.who == "nobody"


def test_of_two_changes_at_once_the_first_counts(app, browse, user):
    first, second = user(), user()

    with app.app_context():
        changed = [
            change_user_password(first, NEW),
            change_user_password(second, "a third bell in the night"),
        ]

    assert changed == [True, False]
    assert browse().log_in(password=NEW).status_code == 303
