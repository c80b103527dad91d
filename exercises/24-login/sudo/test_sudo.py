"""The exercise `sudo`: a password that counts for a few minutes."""

import time
from datetime import timedelta

import pytest
from exercise import leave_sudo, sudo
from step24_login import App
from step24_login.security import (
    MemoryUserDatastore,
    Security,
    current_user,
    hash_password,
)

ADA = {"email": "ada@wren.example", "password": "a bell for every bird"}
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}


@pytest.fixture
def clock(monkeypatch):
    """Return a list with a number of seconds: that much later it is."""
    later, began = [0], time.time()
    monkeypatch.setattr(time, "time", lambda: began + later[0])
    return later


@pytest.fixture
def app():
    app = App("bells")
    app.testing = True
    app.secret_key = "not a secret"
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["SECURITY_PASSWORD_HASH_OPTIONS"] = CHEAP
    users = MemoryUserDatastore(app)
    Security(app, users)

    @app.get("/five")
    @sudo(5)
    def five():
        return f"{current_user.email} is in"

    @app.route("/one", methods=["GET", "POST"])
    @sudo(1)
    async def one():
        return "in"

    @app.get("/leave")
    @sudo(5)
    def leave():
        leave_sudo()
        return five()

    @app.get("/who")
    def who():
        return current_user.email if current_user.is_authenticated else "nobody"

    with app.app_context():
        password = hash_password(ADA["password"])
        users.create_user(email=ADA["email"], password=password)
        users.commit()
    return app


@pytest.fixture
def ada(app):
    client = app.test_client()
    client.post("/login", data=ADA)
    return client


def test_user_who_has_just_logged_in_may_go_in(ada):
    assert ada.get("/five").text == "ada@wren.example is in"
    assert ada.get("/one").text == "in"


def test_each_view_has_its_time(ada, clock):
    statuses = []
    for clock[0] in (59, 60, 299, 300):
        statuses.append([ada.get(path).status_code for path in ("/one", "/five")])

    assert statuses == [[200, 200], [303, 200], [303, 200], [303, 303]]


def test_user_is_asked_and_comes_back(ada, clock):
    clock[0] = 400

    page = ada.get("/five")
    answer = ada.post(page.location, data=ADA)

    assert page.location == "/verify?next=/five"
    assert answer.location == "/five"
    assert ada.get("/five").status_code == 200


def test_wrong_password_lets_nobody_in(ada, clock):
    clock[0] = 400
    ada.post("/verify", data={"password": "no bells at all"})

    assert ada.get("/five").status_code == 303


@pytest.mark.parametrize("fresh", [timedelta(0), timedelta(days=1)])
def test_freshness_of_the_app_is_another_matter(app, ada, clock, fresh):
    app.config["SECURITY_FRESHNESS"] = fresh

    assert ada.get("/five").status_code == 200
    clock[0] = 300
    assert ada.get("/five").status_code == 303


def test_visitor_logs_in_first(app):
    client = app.test_client()

    assert client.get("/five").location == "/login?next=/five"
    assert client.post("/one").location == "/login"


def test_program_gets_401(app, ada, clock):
    clock[0] = 400
    headers = {"Accept": "application/json"}

    answers = [
        client.get("/five", headers=headers) for client in (ada, app.test_client())
    ]

    assert [answer.status_code for answer in answers] == [401, 401]


def test_remembered_login_is_not_recent(app):
    client = app.test_client()
    client.post("/login", data={**ADA, "remember": "y"})
    client.delete_cookie("session")

    assert client.get("/who").text == ADA["email"]
    assert client.get("/five").location == "/verify?next=/five"


def test_user_may_leave(app, ada):
    other = app.test_client()
    other.post("/login", data=ADA)

    assert ada.get("/leave").status_code == 303
    assert ada.get("/five").status_code == 303
    assert ada.get("/who").text == ADA["email"]
    assert other.get("/five").status_code == 200


def test_view_keeps_its_name(app):
    assert {"five", "one"} <= app.view_functions.keys()
