"""The exercise `newcomer`: users hear of a login with a browser that isn't known."""

import logging
import time

import pytest
from exercise import Newcomers
from itsdangerous import URLSafeTimedSerializer
from step24_login import App
from step24_login.security import (
    MemoryUserDatastore,
    Security,
    current_user,
    hash_password,
)

PASSWORD = "a bell for every bird"
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}
KEY = "not a secret"


@pytest.fixture
def app():
    app = App("bells")
    app.testing = True
    app.secret_key = KEY
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["SECURITY_PASSWORD_HASH_OPTIONS"] = CHEAP
    users = MemoryUserDatastore(app)
    Security(app, users)

    @app.get("/")
    def who():
        return current_user.email if current_user.is_authenticated else "nobody"

    with app.app_context():
        for name in ("ada", "bob"):
            password = hash_password(PASSWORD)
            users.create_user(email=f"{name}@wren.example", password=password)
        users.commit()
    return app


@pytest.fixture
def told(app):
    """Return what was told: names, addresses and browsers."""
    found = []

    def tell(user, address, agent):
        found.append((user.email.partition("@")[0], address, agent))

    Newcomers(app, tell)
    return found


def log_in(client, name="ada", password=PASSWORD, **options):
    data = {"email": f"{name}@wren.example", "password": password}
    return client.post("/login", data=data, **options)


def cookie_of(answer):
    """Return the cookie of an answer, if it sets one."""
    cookies = answer.headers.getlist("Set-Cookie")
    return next((each for each in cookies if each.startswith("known_to=")), None)


def test_first_login_is_not_told(app, told):
    log_in(app.test_client())

    assert told == []


def test_login_with_another_browser_is_told(app, told):
    log_in(app.test_client())
    log_in(
        app.test_client(),
        headers={"User-Agent": "Another/1.0 " + "x" * 500},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )

    assert told == [("ada", "192.0.2.7", ("Another/1.0 " + "x" * 500)[:200])]


def test_known_browser_is_not_told_again(app, told):
    first, second = app.test_client(), app.test_client()
    for client in (first, second, first, second):
        log_in(client)
        client.post("/logout")

    assert len(told) == 1


def test_each_user_of_a_browser_makes_it_known(app, told):
    shared, own = app.test_client(), app.test_client()
    log_in(shared)
    log_in(own, "bob")
    for name in ("bob", "ada", "bob"):
        log_in(shared, name)

    assert [name for name, _, _ in told] == ["bob"]


def test_failed_login_is_not_told_and_makes_nothing_known(app, told):
    log_in(app.test_client())
    client = app.test_client()

    answer = log_in(client, password="no bells at all")
    assert (told, cookie_of(answer)) == ([], None)
    log_in(client)
    assert len(told) == 1


def test_cookie_is_out_of_reach(app, told):
    cookie = cookie_of(log_in(app.test_client()))

    assert {"HttpOnly", "Secure", "SameSite=Lax", "Max-Age=31536000"} <= set(
        cookie.split("; ")
    )
    app.debug = True
    assert "Secure" not in cookie_of(log_in(app.test_client()))


def test_visitor_gets_no_cookie(app, told):
    assert cookie_of(app.test_client().get("/")) is None
    assert cookie_of(app.test_client().get("/login")) is None


def test_cookie_logs_nobody_in(app, told):
    client = app.test_client()
    log_in(client)
    other = app.test_client()
    other.set_cookie("known_to", client.get_cookie("known_to").value)

    assert other.get("/").text == "nobody"


@pytest.mark.parametrize(
    "cookie",
    [
        "", "x", "1", "[1, 2]", "WzEsMl0", "WzEsMl0.x.y", "ä",
        URLSafeTimedSerializer("another key").dumps([1, 2]),
        URLSafeTimedSerializer(KEY, salt="cookie-session").dumps([1, 2]),
    ],
)  # fmt: skip
def test_forged_cookie_makes_nothing_known(app, told, cookie):
    log_in(app.test_client())
    client = app.test_client()
    client.set_cookie("known_to", cookie)

    assert log_in(client).status_code == 303
    assert len(told) == 1


def test_browser_is_forgotten_after_a_year(app, told, monkeypatch):
    client, began = app.test_client(), time.time()
    log_in(client)
    value = client.get_cookie("known_to").value
    year = 365 * 24 * 3600
    for late in (year - 10, year + 10):
        monkeypatch.setattr(time, "time", lambda late=late: began + late)
        other = app.test_client()
        other.set_cookie("known_to", value)
        log_in(other)

    assert len(told) == 1


def test_error_does_not_stop_the_login(app, caplog):
    def tell(user, address, agent):
        raise OSError("the mail server is down")

    Newcomers(app, tell)
    log_in(app.test_client())
    client = app.test_client()
    with caplog.at_level(logging.ERROR):
        answer = log_in(client)

    assert answer.status_code == 303
    assert client.get("/").text == "ada@wren.example"
    assert "the mail server is down" in caplog.text


def test_two_apps_have_known_browsers_of_their_own(app, told):
    other = App("other")

    Newcomers(other, lambda *facts: told.append(facts))
    log_in(app.test_client())
    log_in(app.test_client())

    assert len(told) == 1
