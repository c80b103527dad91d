"""The session's cookie: for HTTPS, for our host alone, and on a developer's machine."""

import pytest
from step21_hardening import App, session
from step21_hardening.security import Hardening, HostCookies
from step21_hardening.sessions import SecureCookieSession, SessionInterface


def make_app(**settings):
    app = App("wren")
    app.secret_key = "a key that nobody else knows"
    app.config.update(settings)
    Hardening(app)
    app.add_url_rule("/in", "enter", lambda: str(session.setdefault("guest", "Ada")))
    app.add_url_rule("/", "index", lambda: session.get("guest", "nobody"))
    return app


def cookie_of(app, base_url="https://localhost"):
    """Return the name of the session's cookie, and its attributes."""
    response = app.test_client().get("/in", base_url=base_url)
    first, *attributes = response.headers["Set-Cookie"].split("; ")
    return first.partition("=")[0], set(attributes)


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4")
def test_cookie_belongs_to_our_host_alone():
    name, attributes = cookie_of(make_app())

    assert name == "__Host-session"
    assert attributes == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.mark.asvs("3.3.1")
def test_cookie_of_several_hosts_is_for_https_at_least():
    settings = {"SERVER_NAME": "wren.example", "SESSION_COOKIE_DOMAIN": "wren.example"}

    name, attributes = cookie_of(make_app(**settings), "https://wren.example")

    assert name == "__Secure-session"
    assert {"Secure", "Domain=wren.example"} < attributes


def test_cookie_of_a_path_is_for_https_at_least():
    app = make_app(SESSION_COOKIE_PATH="/in")

    name, attributes = cookie_of(app)

    assert name == "__Secure-session"
    assert {"Secure", "Path=/in"} < attributes


def test_app_chooses_the_rest_of_the_name():
    app = make_app(SESSION_COOKIE_NAME="bell")

    assert cookie_of(app)[0] == "__Host-bell"


def test_name_with_a_prefix_stays():
    app = make_app(SESSION_COOKIE_NAME="__Secure-bell")

    assert cookie_of(app)[0] == "__Secure-bell"


def test_developer_s_cookie_works_at_any_address():
    app = make_app()
    app.debug = True

    name, attributes = cookie_of(app, "http://localhost")

    assert name == "session"
    assert attributes == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_debug_mode_may_begin_after_the_extension():
    app = make_app()
    before = cookie_of(app)
    app.debug = True

    assert (before[0], cookie_of(app)[0]) == ("__Host-session", "session")


def test_app_chooses_what_other_sites_send():
    app = make_app(SESSION_COOKIE_SAMESITE="Strict")

    assert "SameSite=Strict" in cookie_of(app)[1]


def test_visitor_is_remembered():
    client = make_app().test_client()

    client.get("/in")

    assert client.get("/").text == "Ada"


def test_emptied_session_takes_its_cookie_back():
    app = make_app()
    app.add_url_rule("/out", "leave", lambda: session.clear() or "Bye.")
    client = app.test_client()
    client.get("/in")

    field = client.get("/out").headers["Set-Cookie"]

    # without `Secure`, browsers would ignore it
    assert field.startswith("__Host-session=;")
    assert {"Secure", "Path=/", "Max-Age=0"} < set(field.split("; "))
    assert client.get_cookie("__Host-session") is None


@pytest.mark.asvs("3.3.1", "3.3.2")
@pytest.mark.parametrize(
    ("sent", "completed"),
    [
        ("bell=1", "bell=1; Secure; SameSite=Lax"),
        ("bell=1; Path=/; HttpOnly", "bell=1; Path=/; HttpOnly; Secure; SameSite=Lax"),
        ("bell=1; secure", "bell=1; secure; SameSite=Lax"),
        ("bell=1; SameSite=None", "bell=1; SameSite=None; Secure"),
        ("bell=1;samesite = Strict", "bell=1;samesite = Strict; Secure"),
        ("secure=samesite", "secure=samesite; Secure; SameSite=Lax"),
        ("bell=1; Path=/secure", "bell=1; Path=/secure; Secure; SameSite=Lax"),
    ],
)
def test_cookie_of_a_view_is_for_https_too(sent, completed):
    app = make_app()
    app.add_url_rule("/bell", "bell", lambda: ("", {"set-cookie": sent}))

    response = app.test_client(use_cookies=False).get("/bell")

    assert response.headers.getlist("Set-Cookie") == [completed]


def test_cookies_of_a_developer_stay_as_they_are():
    app = make_app()
    app.debug = True
    app.add_url_rule("/bell", "bell", lambda: ("", {"Set-Cookie": "bell=1"}))

    response = app.test_client(use_cookies=False).get("/bell")

    assert response.headers["Set-Cookie"] == "bell=1"


@pytest.mark.parametrize(
    "tossed",
    [
        b"session=",
        b"=__Host-session=",
        b"__host-session=",
        # spaces to `str.strip`, but not to browsers: to them, it's another name
        b"\x1f__Host-session=",
        b"\x85__Host-session=",
        b"\xa0__Host-session=",
        "\x85__Host-session=".encode(),
        "\xa0__Host-session=".encode(),
        "\u2000__Host-session=".encode(),
    ],
)
def test_cookie_by_another_name_is_nobody_s(tossed):
    app = make_app()
    eve = app.test_client()
    eve.get("/in")
    value = eve.get_cookie("__Host-session").value
    # as a server reads the bytes (PEP 3333)
    field = tossed.decode("latin-1") + value

    ada = app.test_client(use_cookies=False)
    response = ada.get("/", environ_overrides={"HTTP_COOKIE": field})

    assert response.text == "nobody"


class Kept(HostCookies, SessionInterface):
    """Sessions on the server; the cookie says which."""

    sessions = {}

    def open_session(self, app, request):
        key = request.cookies.get(self.get_cookie_name(app), "")
        return SecureCookieSession(self.sessions.get(key, {}))

    def save_session(self, app, session, response):
        self.sessions["key"] = dict(session)
        options = {"secure": self.get_cookie_secure(app)}
        response.set_cookie(self.get_cookie_name(app), "key", **options)


def test_app_s_own_sessions_stay_and_can_be_protected():
    app = App("wren")
    app.session_interface = Kept()
    Hardening(app)
    app.add_url_rule("/in", "enter", lambda: str(session.setdefault("guest", "Ada")))

    name, attributes = cookie_of(app)

    assert name == "__Host-session"
    assert attributes == {"Secure", "Path=/", "SameSite=Lax"}
