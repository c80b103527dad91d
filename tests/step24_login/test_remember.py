"""Browsers that are remembered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from step24_login import request_finished
from step24_login.security import (
    current_user,
    remember_token_stolen,
    user_loaded_from_cookie,
)

DAY = 24 * 3600


@pytest.fixture
def remembered(browse):
    """Return Ada's browser, which is remembered."""
    browser = browse()
    browser.log_in(remember="y")
    return browser


def test_browser_is_remembered_if_its_user_wishes(clock, remembered, ada):
    clock[0] = 5 * DAY
    remembered.forget_session()
    ada.forget_session()

    assert (remembered.who, ada.who) == ("ada", "nobody")
    # the session that it has now goes on by itself
    assert remembered.who == "ada"


def test_browser_that_stayed_open_is_remembered_as_well(clock, remembered):
    clock[0] = 5 * DAY

    assert remembered.who == "ada"


def test_cookie_is_out_of_reach(browse):
    headers = browse().log_in(remember="y").headers.getlist("Set-Cookie")

    (cookie,) = (each for each in headers if "remember" in each)
    assert cookie.startswith("__Host-remember_token=")
    for flag in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=2592000"):
        assert flag in cookie.split("; ")


def test_cookie_needs_no_https_in_debug_mode(app, browse):
    app.debug = True

    headers = browse().log_in(remember="y").headers.getlist("Set-Cookie")

    (cookie,) = (each for each in headers if "remember" in each)
    assert cookie.startswith("remember_token=") and "Secure" not in cookie


def test_cookie_has_the_scope_of_the_session(app, browse):
    app.config.update(SESSION_COOKIE_PATH="/bells", SESSION_COOKIE_SAMESITE="Strict")
    app.config["WTF_CSRF_ENABLED"] = False
    data = {"email": "ada@wren.example", "password": "a bell for every bird"}

    answer = browse().client.post("/login", data={**data, "remember": "y"})

    headers = answer.headers.getlist("Set-Cookie")

    (cookie,) = (each for each in headers if "remember" in each)
    assert cookie.startswith("__Secure-remember_token=")
    assert "Path=/bells" in cookie and "SameSite=Strict" in cookie


def test_nobody_is_remembered_unasked(ada):
    assert not [name for name in ada.cookies if "remember" in name]


def test_remembered_login_is_not_fresh(remembered):
    assert remembered.get("/safe").status_code == 200
    remembered.forget_session()

    # neither in the request that begins the session nor in those after it
    for _ in range(2):
        assert remembered.get("/safe").location == "/verify?next=/safe"


def test_remembered_login_becomes_fresh_by_the_password(remembered):
    remembered.forget_session()
    remembered.send("/verify", password="a bell for every bird")

    assert remembered.get("/safe").status_code == 200


def test_password_counts_in_the_request_that_is_remembered(clock, remembered):
    token = remembered.token
    clock[0] = DAY
    data = {"csrf_token": token, "password": "a bell for every bird"}

    assert remembered.client.post("/verify", data=data).location == "/"
    assert remembered.get("/safe").status_code == 200


def test_form_of_an_old_page_is_taken_from_a_remembered_browser(clock, remembered):
    token = remembered.token
    clock[0] = DAY

    answer = remembered.client.post("/me", data={"csrf_token": token})

    assert answer.text == "ada@wren.example's own page"


def test_logout_ends_what_the_cookie_remembers(app, remembered, browse):
    thief = remembered.copy(app, "remember")
    # another login is in the session: Bob's, from another page that was open
    bob = browse()
    bob.log_in("bob")
    for name, value in bob.cookies.items():
        remembered.client.set_cookie(name, value)

    remembered.log_out()

    assert (thief.who, bob.who) == ("nobody", "nobody")


def test_other_user_may_log_in_when_one_is_remembered(clock, remembered):
    # on a page that is a day old
    token = remembered.token
    clock[0] = DAY
    data = {"email": "bob@wren.example", "password": "no bird without a bell"}

    remembered.client.post(
        "/login", data={**data, "csrf_token": token, "remember": "y"}
    )
    assert remembered.who == "bob"
    remembered.forget_session()
    assert remembered.who == "bob"


def test_remembered_session_keeps_nothing_that_was_planted(app, remembered):
    remembered.forget_session()
    with remembered.client.session_transaction() as cookie:
        cookie["guest"] = "eve@wren.example"

    assert remembered.who == "ada"
    with remembered.client.session_transaction() as cookie:
        assert "guest" not in cookie


def test_cookie_changes_each_time(remembered):
    seen = set()
    for _ in range(5):
        seen |= {v for name, v in remembered.cookies.items() if "remember" in name}
        remembered.forget_session()
        assert remembered.who == "ada"

    assert len(seen) == 5


def test_page_that_asks_for_no_user_changes_no_cookie(app, browse):
    app.get("/hello", endpoint="hello")(lambda: "hello")
    remembered = browse()
    remembered.log_in(remember="y")
    remembered.forget_session()

    assert "Set-Cookie" not in remembered.get("/hello").headers


def test_token_is_not_used_up_when_it_can_not_be_replaced(app, browse):
    seen = []

    # the answer has its cookies already: another one would never arrive
    def note(sender, response):
        seen.append(current_user.is_authenticated)

    app.get("/hello", endpoint="hello")(lambda: "hello")
    remembered = browse()
    remembered.log_in(remember="y")
    remembered.forget_session()
    with request_finished.connected_to(note, app):
        remembered.get("/hello")

    assert seen == [True]
    remembered.forget_session()
    assert remembered.who == "ada"


def test_browser_is_remembered_for_a_month_from_the_login(clock, remembered):
    for clock[0] in range(0, 30 * DAY, 5 * DAY):
        remembered.forget_session()
        assert remembered.who == "ada"
    clock[0] = 30 * DAY
    remembered.forget_session()

    assert remembered.who == "nobody"


def test_app_says_how_long_a_browser_is_remembered(app, clock, browse):
    app.config["REMEMBER_COOKIE_DURATION"] = timedelta(days=2)
    app.config["REMEMBER_COOKIE_NAME"] = "keep"
    browser = browse()
    headers = browser.log_in(remember="y").headers.getlist("Set-Cookie")
    clock[0] = 2 * DAY

    assert any("keep=" in each and "Max-Age=172800" in each for each in headers)
    assert browser.who == "nobody"


def test_logout_forgets_the_browser(app, remembered):
    copy = remembered.copy(app, "remember")
    remembered.log_out()

    assert (remembered.who, copy.who) == ("nobody", "nobody")
    assert not [name for name in remembered.cookies if "remember" in name]


def test_login_without_the_wish_forgets_the_browser(app, remembered):
    copy = remembered.copy(app, "remember")
    remembered.client.post("/logout")
    remembered.send("/logout")
    remembered.log_in()
    remembered.forget_session()

    assert (remembered.who, copy.who) == ("nobody", "nobody")


def test_closed_account_is_not_remembered(app, users, remembered, user):
    with app.app_context():
        users.change(users.user_model, {"id": user().id}, active=False)
    remembered.forget_session()

    assert remembered.who == "nobody"


@pytest.mark.parametrize(
    "cookie",
    ["", ".", "x", "x.y", "ä.ö", "None.None", "..", ".x", "x" * 4000, "\x01.\x02"],
)
def test_any_other_cookie_is_nobodys(app, remembered, browse, cookie):
    browser = browse()
    browser.client.set_cookie("__Host-remember_token", cookie)

    assert browser.get("/me").status_code == 303
    assert remembered.who == "ada"


# --- copies


def test_copy_that_is_used_late_ends_the_login(app, clock, remembered):
    stolen = []

    def note(sender, user):
        stolen.append((sender.name, user.email))

    thief = remembered.copy(app, "remember")
    with remember_token_stolen.connected_to(note, app):
        assert thief.who == "ada"
        clock[0] = 2 * 3600
        # the owner comes with a token that the thief has used
        assert remembered.who == "nobody"
        assert thief.who == "nobody"

    assert stolen == [("bells", "ada@wren.example")]


def test_thief_who_comes_after_the_owner_gets_nothing(app, clock, remembered):
    thief = remembered.copy(app, "remember")
    remembered.forget_session()
    assert remembered.who == "ada"
    clock[0] = 61

    assert thief.who == "nobody"
    # and the owner has to log in again
    assert remembered.who == "nobody"


def test_copy_is_noticed_however_often_it_was_used(app, clock, remembered):
    thief = remembered.copy(app, "remember")
    for _ in range(3):
        clock[0] += 100
        thief.forget_session()
        assert thief.who == "ada"
    clock[0] += 100
    remembered.forget_session()

    assert (remembered.who, thief.who) == ("nobody", "nobody")


def test_copy_gets_nothing_once_the_password_is_given_again(app, clock, remembered):
    thief = remembered.copy(app, "remember")
    remembered.send("/verify", password="a bell for every bird")
    clock[0] = 61

    assert remembered.who == "ada"
    assert thief.who == "nobody"


def test_requests_sent_at_once_are_one_browsers(app, clock, remembered):
    remembered.forget_session()
    late = remembered.copy(app, "remember")
    first = remembered.get("/")
    clock[0] = 59

    second = late.get("/")

    assert (first.text, second.text) == ("ada@wren.example", "ada@wren.example")
    # the first answer has the new cookies
    assert "Set-Cookie" not in second.headers
    assert remembered.who == "ada"


def test_late_request_is_never_fresh(app, remembered):
    remembered.forget_session()
    assert remembered.who == "ada"
    late = remembered.copy(app, "remember")
    remembered.send("/verify", password="a bell for every bird")
    assert remembered.get("/safe").status_code == 200

    assert late.get("/safe").location == "/verify?next=/safe"


@pytest.mark.parametrize("later", [0, DAY])
def test_password_leaves_a_browser_remembered(app, clock, remembered, later):
    token = remembered.token
    clock[0] += later
    late = remembered.copy(app)
    data = {"csrf_token": token, "password": "a bell for every bird"}
    remembered.client.post("/verify", data=data)

    # it was under way with the cookies from before
    assert late.who == "ada"
    clock[0] += 5 * DAY
    remembered.forget_session()
    assert remembered.who == "ada"


@pytest.mark.parametrize("cookies", [["remember"], ["remember", "session"]])
def test_of_many_requests_at_once_one_changes_the_cookie(
    app, clock, remembered, cookies
):
    # the session is over
    clock[0] = 2 * 3600
    copies = [remembered.copy(app, *cookies) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(lambda browser: browser.get("/"), copies)]

    assert {answer.text for answer in answers} == {"ada@wren.example"}
    assert sum("Set-Cookie" in answer.headers for answer in answers) == 1


def test_login_from_a_cookie_is_told(app, remembered):
    told = []

    def note(sender, user):
        told.append(user.email)

    remembered.forget_session()
    with user_loaded_from_cookie.connected_to(note, app):
        remembered.get("/")
        remembered.get("/")

    assert told == ["ada@wren.example"]
