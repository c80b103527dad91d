"""What step 13 promises of sessions in signed cookies: flags, keys, and Flask's."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

import flask
import pytest
from step13_sessions import App, render_template_string, session
from step13_sessions.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
)
from werkzeug.datastructures import CallbackDict

KEY = "a key that nobody knows"
# the attribute of the app, or the setting
KEY_IS_MISSING = r"(?i)secret.?key"
# what there is none of, or what it takes
NO_SESSION = r"(?i)session|secret.?key"
MONTH = timedelta(days=31).total_seconds()
# a melody that can't be packed below 4 KB
NOISE = Random(13).randbytes(6000).hex()


def make_app(key=KEY, app_class=App, session=session):
    app = app_class(__name__)
    app.secret_key = key
    app.testing = True

    @app.route("/read")
    def read():
        return session.get("bell", "none")

    @app.route("/ring/<bell>")
    def ring(bell):
        session["bell"] = bell
        return "kept"

    @app.route("/clear")
    def clear():
        session.clear()
        return "cleared"

    return app


def cookie_of(app, path="/ring/brass"):
    client = app.test_client()
    client.get(path)
    return client.get_cookie("session").value


def bell_of(app, cookie):
    client = app.test_client()
    client.set_cookie("session", cookie)
    return client.get("/read").text


def flags_of(response):
    """Return the parts of the one cookie that is set, without its value."""
    (cookie,) = response.headers.getlist("Set-Cookie")
    return set(cookie.split("; ")[1:])


# --- flags


def test_cookie_is_for_the_whole_app_and_not_for_scripts():
    response = make_app().test_client().get("/ring/brass")

    assert flags_of(response) - {"SameSite=Lax"} == {"HttpOnly", "Path=/"}


@pytest.mark.differs(
    "Flask leaves the flag out, so other sites' forms may bring the cookie, in every"
    " browser that doesn't add the flag by itself",
    safer=True,
)
def test_cookie_stays_at_home_when_another_site_sends_a_form():
    response = make_app().test_client().get("/ring/brass")

    assert "SameSite=Lax" in flags_of(response)


FLAGS = [
    ("SESSION_COOKIE_DOMAIN", "wren.example", "Domain=wren.example"),
    ("SESSION_COOKIE_PATH", "/ring", "Path=/ring"),
    ("APPLICATION_ROOT", "/wren", "Path=/wren"),
    ("SESSION_COOKIE_SECURE", True, "Secure"),
    ("SESSION_COOKIE_SAMESITE", "Strict", "SameSite=Strict"),
    ("SESSION_COOKIE_SAMESITE", "None", "SameSite=None"),
    ("SESSION_COOKIE_PARTITIONED", True, "Partitioned"),
]


@pytest.mark.parametrize(("setting", "value", "flag"), FLAGS)
def test_setting_becomes_a_flag_also_of_the_deleted_cookie(setting, value, flag):
    app = make_app()
    app.config[setting] = value
    client = app.test_client()

    assert flag in flags_of(client.get("/ring/brass"))
    assert flag in flags_of(client.get("/clear"))


def test_scripts_can_be_let_in():
    app = make_app()
    app.config["SESSION_COOKIE_HTTPONLY"] = False
    client = app.test_client()

    assert "HttpOnly" not in flags_of(client.get("/ring/brass"))
    assert "HttpOnly" not in flags_of(client.get("/clear"))


def test_cookie_has_the_configured_name():
    app = make_app()
    app.config["SESSION_COOKIE_NAME"] = "wren"
    client = app.test_client()
    client.get("/ring/brass")

    assert client.get_cookie("wren")
    assert not client.get_cookie("session")
    assert client.get("/read").text == "brass"


def test_cookie_that_browsers_would_drop_is_warned_of():
    app = make_app()

    with pytest.warns(UserWarning, match="'session' cookie is too large"):
        app.test_client().get(f"/ring/{NOISE}")


@pytest.mark.optional
def test_limit_of_the_warning_is_a_setting():
    app = make_app()
    app.config["MAX_COOKIE_SIZE"] = 200

    with pytest.warns(UserWarning, match="the limit is 200 bytes"):
        app.test_client().get(f"/ring/{NOISE[:300]}")

    app.config["MAX_COOKIE_SIZE"] = 0
    app.test_client().get(f"/ring/{NOISE}")


@pytest.mark.optional
@pytest.mark.differs(
    "Flask renews a permanent session with each response, also on files that shared"
    " caches keep, cookie and all",
    safer=True,
)
def test_permanent_session_is_not_renewed_by_a_page_that_does_not_use_it():
    app = make_app()
    app.add_url_rule("/plain", "plain", lambda: "plain")
    app.add_url_rule(
        "/stay", "stay", lambda: setattr(session, "permanent", True) or "stays"
    )
    client = app.test_client()
    client.get("/stay")

    assert not client.get("/plain").headers.getlist("Set-Cookie")


@pytest.mark.optional
def test_app_may_use_the_session_in_each_request_and_renew_it():
    app = make_app()
    app.add_url_rule("/plain", "plain", lambda: "plain")
    app.add_url_rule(
        "/stay", "stay", lambda: setattr(session, "permanent", True) or "stays"
    )

    @app.before_request
    def use_session():
        session.get("bell")

    client = app.test_client()
    client.get("/stay")

    assert "Expires=" in client.get("/plain").headers["Set-Cookie"]


# --- the signature


def test_another_server_with_the_key_reads_the_cookie():
    assert bell_of(make_app(), cookie_of(make_app())) == "brass"


@pytest.mark.optional
def test_everybody_can_read_the_session_without_the_key():
    content = cookie_of(make_app()).partition(".")[0]
    content += "=" * (-len(content) % 4)

    assert json.loads(urlsafe_b64decode(content)) == {"bell": "brass"}


def test_cookie_signed_with_another_key_is_no_session():
    assert bell_of(make_app("another"), cookie_of(make_app())) == "none"


@pytest.mark.differs("Flask answers with 500 what it can't read", safer=True)
@pytest.mark.parametrize(
    "payload",
    [
        "[1]",
        "7",
        '"text"',
        "{",
        "",
        '{" u": "x"}',
        '{" b": 7}',
        '{" t": 1}',
        "[" * 2000,
    ],
)
def test_cookie_that_is_signed_and_no_session_is_none(payload):
    app = make_app()
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    raw = urlsafe_b64encode(payload.encode()).rstrip(b"=")
    cookie = signer.make_signer().sign(raw).decode()

    assert bell_of(app, cookie) == "none"


def test_two_apps_with_keys_of_their_own_in_one_process_do_not_mix():
    one, other = make_app("one"), make_app("other")
    brass, steel = cookie_of(one), cookie_of(other, "/ring/steel")

    assert [bell_of(one, brass), bell_of(one, steel)] == ["brass", "none"]
    assert [bell_of(other, brass), bell_of(other, steel)] == ["none", "steel"]


def test_key_may_be_bytes():
    assert bell_of(make_app(b"a key"), cookie_of(make_app("a key"))) == "brass"


def test_changed_key_counts_from_the_next_request():
    app = make_app()
    cookie = cookie_of(app)

    app.config["SECRET_KEY"] = "new"

    assert bell_of(app, cookie) == "none"
    assert app.secret_key == "new"


def test_key_that_was_replaced_is_still_read_as_a_fallback():
    app = make_app("new")
    app.config["SECRET_KEY_FALLBACKS"] = ["old", b"older"]

    for key in ("new", "old", "older"):
        assert bell_of(app, cookie_of(make_app(key))) == "brass"
    assert bell_of(app, cookie_of(make_app("oldest"))) == "none"


def test_new_key_signs_what_is_written():
    app = make_app("new")
    app.config["SECRET_KEY_FALLBACKS"] = ["old"]

    cookie = cookie_of(app)

    assert bell_of(make_app("new"), cookie) == "brass"
    assert bell_of(make_app("old"), cookie) == "none"


NO_KEYS = {
    "a string": "a key that nobody knows",
    "bytes": b"a key that nobody knows",
    "empty": [""],
    "empty bytes": [b""],
    "None": [None],
    "a number": [20_260_301],
    "a good one and an empty one": ["another key that nobody knows", ""],
}


@pytest.mark.differs(
    "Flask takes each letter of a string for a key, and the empty key for one",
    safer=True,
)
@pytest.mark.parametrize("fallbacks", NO_KEYS.values(), ids=NO_KEYS)
def test_fallbacks_that_anybody_could_guess_are_refused(fallbacks):
    app = make_app()
    app.config["SECRET_KEY_FALLBACKS"] = fallbacks

    with pytest.raises(RuntimeError, match=r"SECRET_KEY_FALLBACKS"):
        bell_of(app, cookie_of(make_app("a")))


@pytest.mark.differs("Flask signs with any key that is not empty", safer=True)
@pytest.mark.parametrize("key", ["x", b"x", "secret", "1234567", 12345678])
def test_short_key_is_refused(key):
    app = make_app(key)
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, True

    with pytest.raises(RuntimeError, match=r"SECRET_KEY.*token_hex") as caught:
        app.test_client().get("/read")
    # errors are logged
    assert repr(key) not in str(caught.value)


@pytest.mark.differs("Flask signs with any key that is not empty", safer=True)
def test_short_fallback_is_refused():
    app = make_app()
    app.config["SECRET_KEY_FALLBACKS"] = ["old"]
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, True

    with pytest.raises(RuntimeError, match=r"SECRET_KEY_FALLBACKS"):
        app.test_client().get("/read")


@pytest.mark.parametrize("mode", ["DEBUG", "TESTING"])
def test_key_may_be_short_while_the_app_is_developed(mode):
    app = make_app("dev")
    app.testing = False
    app.config[mode] = True

    assert bell_of(app, cookie_of(app)) == "brass"


def test_fallback_that_was_removed_opens_nothing():
    app = make_app("new")
    app.config["SECRET_KEY_FALLBACKS"] = ["old"]
    cookie = cookie_of(make_app("old"))
    assert bell_of(app, cookie) == "brass"

    app.config["SECRET_KEY_FALLBACKS"] = []

    assert bell_of(app, cookie) == "none"


def test_cookie_ages_on_the_server_whatever_the_browser_does():
    app = make_app()
    # over before it begins, so that nobody has to wait for the end
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(seconds=-1)

    assert bell_of(app, cookie_of(app)) == "none"


@pytest.mark.optional
def test_cookie_is_accepted_to_the_last_second_of_its_lifetime(monkeypatch):
    app = make_app()
    monkeypatch.setattr(time, "time", lambda: 1_000_000)
    cookie = cookie_of(app)

    for late, bell in ((-1, "none"), (0, "brass"), (MONTH, "brass"), (MONTH + 1, None)):
        monkeypatch.setattr(time, "time", lambda late=late: 1_000_000 + late)
        assert bell_of(app, cookie) == (bell or "none")


@pytest.mark.optional
def test_salt_and_hash_can_be_others():
    class Interface(SecureCookieSessionInterface):
        salt = "wren"
        digest_method = staticmethod(sha256)

    app = make_app()
    app.session_interface = Interface()
    cookie = cookie_of(app)

    assert bell_of(app, cookie) == "brass"
    assert bell_of(make_app(), cookie) == "none"
    # 32 bytes in Base64
    assert len(cookie.rpartition(".")[2]) == 43


# --- without a key


def test_session_can_be_read_without_a_key():
    app = make_app(None)
    app.add_url_rule("/page", "page", lambda: render_template_string("{{ session.x }}"))

    response = app.test_client().get("/read")

    assert response.text == "none"
    assert not response.headers.getlist("Set-Cookie")
    assert app.test_client().get("/page").text == ""


CHANGES = {
    "set": lambda: session.__setitem__("bell", "steel"),
    "del": lambda: session.__delitem__("bell"),
    "update": lambda: session.update(bell="steel"),
    "setdefault": lambda: session.setdefault("cup", "tin"),
    "pop": lambda: session.pop("bell", None),
    "popitem": lambda: session.popitem(),
    "clear": lambda: session.clear(),
    "permanent": lambda: setattr(session, "permanent", True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_without_a_key_says_what_to_set(change):
    app = make_app(None)

    with app.test_request_context(), pytest.raises(RuntimeError, match=KEY_IS_MISSING):
        CHANGES[change]()


@pytest.mark.optional
@pytest.mark.differs("Flask lets `|=` pass, and loses what it has set", safer=True)
def test_merge_without_a_key_says_what_to_set():
    with (
        make_app(None).test_request_context(),
        pytest.raises(RuntimeError, match=KEY_IS_MISSING),
    ):
        session.__ior__({"bell": "steel"})


def test_transaction_without_a_key_is_refused():
    client = make_app(None).test_client()

    with pytest.raises(RuntimeError, match=NO_SESSION), client.session_transaction():
        pass


# --- values that can't be kept


def test_value_that_can_not_be_kept_is_named():
    app = make_app()
    app.add_url_rule("/keep", "keep", lambda: session.update(x={1, 2}) or "kept")

    with pytest.raises(TypeError, match=r"set"):
        app.test_client().get("/keep")


@pytest.mark.optional
@pytest.mark.differs("Flask names the type alone")
def test_value_that_can_not_be_kept_is_shown_with_what_can():
    app = make_app()
    app.add_url_rule("/keep", "keep", lambda: session.update(x={1, 2}) or "kept")

    with pytest.raises(TypeError, match=r"\{1, 2\}.* UUID"):
        app.test_client().get("/keep")


def test_value_that_can_not_be_kept_is_an_error_page_for_the_visitor():
    app = make_app()
    app.testing = False
    app.add_url_rule("/keep", "keep", lambda: session.update(x={1, 2}) or "kept")

    response = app.test_client().get("/keep")

    assert response.status_code == 500
    assert not response.headers.getlist("Set-Cookie")


# --- Flask's sessions and ours


@pytest.mark.optional
def test_flask_reads_our_cookie():
    flasks = make_app(app_class=flask.Flask, session=flask.session)

    assert bell_of(flasks, cookie_of(make_app())) == "brass"


@pytest.mark.optional
def test_we_read_the_cookie_of_flask():
    flasks = make_app(app_class=flask.Flask, session=flask.session)

    assert bell_of(make_app(), cookie_of(flasks)) == "brass"


# --- an interface of one's own


class Headers(SessionInterface):
    """Keeps the session in a header, for a client without cookies."""

    def open_session(self, app, request):
        opened = SecureCookieSessionInterface().open_session(app, request)
        opened.update(json.loads(request.headers.get("X-Session", "{}")))
        opened.modified = False
        return opened

    def save_session(self, app, session, response):
        if session.modified:
            response.headers["X-Session"] = json.dumps(session)


def test_session_can_be_kept_elsewhere():
    app = make_app()
    app.session_interface = Headers()
    client = app.test_client(use_cookies=False)

    kept = client.get("/ring/brass").headers["X-Session"]

    assert client.get("/read", headers={"X-Session": kept}).text == "brass"


class Closed(SessionInterface):
    """Has sessions for those who ask politely."""

    def open_session(self, app, request):
        if "please" in request.args:
            return SecureCookieSessionInterface().open_session(app, request)
        return None

    def save_session(self, app, session, response):
        response.headers["X-Saved"] = "yes"


def test_interface_that_opens_none_leaves_nothing_to_save():
    app = make_app()
    app.session_interface = Closed()
    client = app.test_client()

    assert client.get("/read?please").headers["X-Saved"] == "yes"
    assert "X-Saved" not in client.get("/read").headers
    with pytest.raises(RuntimeError, match=NO_SESSION):
        client.get("/ring/brass")


def test_interface_tells_whether_a_cookie_is_due():
    interface, app = SessionInterface(), make_app()

    with app.test_request_context():
        before = interface.should_set_cookie(app, session)
        session["bell"] = "brass"
        after = interface.should_set_cookie(app, session)

    assert (bool(before), bool(after)) == (False, True)


def test_interface_tells_when_a_cookie_ends():
    interface, app = SessionInterface(), make_app()

    with app.test_request_context():
        before = interface.get_expiration_time(app, session)
        session.permanent = True
        after = interface.get_expiration_time(app, session)

    assert before is None
    assert (after - datetime.now(UTC)).total_seconds() == pytest.approx(MONTH, abs=60)


def test_interface_has_to_say_how_to_open_and_save():
    interface, app = SessionInterface(), make_app()

    with app.test_request_context() as context:
        with pytest.raises(NotImplementedError):
            interface.open_session(app, context.request)
        with pytest.raises(NotImplementedError):
            interface.save_session(app, {}, None)


# what an interface may replace


@pytest.mark.optional
def test_interface_decides_on_each_part_of_the_cookie():
    class Interface(SecureCookieSessionInterface):
        get_cookie_name = staticmethod(lambda app: "bell")
        get_cookie_domain = staticmethod(lambda app: "wren.example")
        get_cookie_path = staticmethod(lambda app: "/shop")
        get_cookie_secure = staticmethod(lambda app: True)
        get_cookie_httponly = staticmethod(lambda app: False)
        get_cookie_samesite = staticmethod(lambda app: "Strict")
        get_cookie_partitioned = staticmethod(lambda app: True)

    app = App(__name__)
    app.secret_key, app.session_interface = KEY, Interface()
    app.add_url_rule("/", "ring", lambda: str(session.update(bell="brass")))

    value = app.test_client().get("/").headers["Set-Cookie"]

    name, *flags = value.split("; ")
    assert name.startswith("bell=")
    assert {*flags} == {
        "Domain=wren.example",
        "Path=/shop",
        "Secure",
        "SameSite=Strict",
        "Partitioned",
    }


@pytest.mark.optional
def test_interface_names_the_classes_of_its_sessions():
    class Kept(SecureCookieSession):
        bell = "brass"

    class Nothing(Kept):
        bell = "none"

    class Interface(SecureCookieSessionInterface):
        session_class, null_session_class = Kept, Nothing

    app = App(__name__)
    app.session_interface = Interface()
    with app.test_request_context():
        assert session.bell == "none" and app.session_interface.is_null_session(session)
    app.secret_key = KEY
    with app.test_request_context():
        assert session.bell == "brass"


@pytest.mark.optional
def test_session_says_whether_it_was_used():
    app = App(__name__)
    app.secret_key = KEY

    with app.test_request_context():
        assert "bell" not in session
        assert (session.accessed, session.modified, session.new) == (True, False, False)
    assert not SecureCookieSession().accessed


@pytest.mark.optional
def test_session_kept_elsewhere_is_saved_unless_it_knows_better():
    class Plain(CallbackDict, SessionMixin):
        pass

    plain = Plain()
    plain.permanent = True

    assert (plain.modified, plain.accessed, plain.new) == (True, False, False)
    assert plain == {"_permanent": True}
