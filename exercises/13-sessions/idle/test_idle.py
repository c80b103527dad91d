"""Whether a session ends when nobody comes, and after its time in any case."""

import time
from datetime import timedelta

import pytest
from exercise import IdleSessionInterface
from step13_sessions import App, session

MINUTE = 60


class Clock:
    now = 1_700_000_000.0

    def time(self):
        return self.now

    def pass_by(self, minutes):
        self.now += minutes * MINUTE


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "time", clock.time)
    return clock


@pytest.fixture
def client():
    app = App(__name__)
    app.secret_key = "the bank's"
    app.testing = True
    twenty, eight = timedelta(minutes=20), timedelta(hours=8)
    app.session_interface = IdleSessionInterface(twenty, eight)

    @app.route("/login/<user>")
    def login(user):
        session["user"] = user
        return "hello"

    @app.route("/clear")
    def clear():
        session.clear()
        return "bye"

    app.add_url_rule("/", "index", lambda: session.get("user", "nobody"))
    app.add_url_rule("/all", "all", lambda: repr(dict(session)))
    app.add_url_rule("/plain", "plain", lambda: "plain")
    return app.test_client()


def test_session_lasts_for_a_while(client, clock):
    client.get("/login/ada")
    clock.pass_by(19)

    assert client.get("/").text == "ada"


def test_session_ends_when_nobody_comes(client, clock):
    client.get("/login/ada")
    clock.pass_by(20)

    assert client.get("/").text == "nobody"


def test_each_visit_prolongs_it(client, clock):
    client.get("/login/ada")

    for _ in range(5):
        clock.pass_by(19)
        assert client.get("/").text == "ada"


def test_page_without_a_session_is_no_visit(client, clock):
    client.get("/login/ada")
    clock.pass_by(19)
    client.get("/plain")
    clock.pass_by(19)

    assert client.get("/").text == "nobody"


def test_session_ends_after_its_time_in_any_case(client, clock):
    client.get("/login/ada")

    for _ in range(47):
        clock.pass_by(10)
        assert client.get("/").text == "ada"
    clock.pass_by(10)
    assert client.get("/").text == "nobody"


def test_change_does_not_begin_it_anew(client, clock):
    for _ in range(48):
        client.get("/login/ada")
        clock.pass_by(10)

    assert client.get("/").text == "nobody"


def test_next_session_has_its_full_time(client, clock):
    client.get("/login/ada")
    clock.pass_by(9 * 60)
    client.get("/login/eve")
    clock.pass_by(19)

    assert client.get("/").text == "eve"


def test_old_copy_of_a_cookie_ends_with_the_session(client, clock):
    client.get("/login/ada")
    copied = client.get_cookie("session").value
    clock.pass_by(19)
    client.get("/")
    clock.pass_by(19)
    client.set_cookie("session", copied)

    assert client.get("/").text == "nobody"


def test_views_find_only_what_they_have_put_there(client, clock):
    client.get("/login/ada")

    assert client.get("/all").text == "{'user': 'ada'}"
    assert client.get("/all").text == "{'user': 'ada'}"


def test_empty_session_sets_no_cookie(client, clock):
    assert "Set-Cookie" not in client.get("/").headers


def test_emptied_session_takes_its_cookie_back(client, clock):
    client.get("/login/ada")
    client.get("/clear")

    assert client.get_cookie("session") is None
