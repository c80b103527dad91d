"""What step 13 promises wherever sessions are kept: in cookies, or on the server."""

import time
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread

import pytest
from step13_sessions import (
    App,
    Response,
    copy_current_request_context,
    redirect,
    render_template_string,
    request,
    session,
    stream_template_string,
    stream_with_context,
)
from werkzeug.exceptions import BadRequest
from werkzeug.routing import BaseConverter

from costrel.testing.threads import join

MONTH = timedelta(days=31).total_seconds()


def load_variant(name):
    path = Path(__file__).parent / "variants" / f"{name}.py"
    spec = spec_from_file_location(f"variant_{name}", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["cookie", "server_side"])
def app(request, tmp_path):
    """Return an app with sessions in cookies, then one with sessions on the server."""
    app = App(__name__)
    app.secret_key = "a key that nobody knows"
    app.testing = True
    if request.param == "server_side":
        variant = load_variant("server_side")
        path = tmp_path / "sessions.sqlite"
        app.session_interface = variant.ServerSideSessionInterface(path)
    app.add_url_rule("/plain", "/plain", lambda: "plain")
    app.add_url_rule("/read", "/read", lambda: session.get("bell", "none"))
    app.add_url_rule(
        "/ring/<bell>", "/ring/<bell>", lambda bell: session.update(bell=bell) or "kept"
    )
    return app


def cookies_of(response):
    return response.headers.getlist("Set-Cookie")


# --- kept from one request to the next


def test_value_is_there_in_the_next_request(app):
    client = app.test_client()

    client.get("/ring/brass")

    assert client.get("/read").text == "brass"


def test_each_visitor_has_a_session_of_their_own(app):
    ada, eve = app.test_client(), app.test_client()

    ada.get("/ring/brass")
    eve.get("/ring/steel")

    assert (ada.get("/read").text, eve.get("/read").text) == ("brass", "steel")


def test_new_visitor_has_an_empty_session_and_gets_no_cookie_for_it(app):
    response = app.test_client().get("/read")

    assert response.text == "none"
    assert not cookies_of(response)


def test_session_that_was_only_read_is_not_sent_again(app):
    client = app.test_client()
    client.get("/ring/brass")

    assert not cookies_of(client.get("/read"))


def test_deleted_value_is_gone_and_the_others_stay(app):
    @app.route("/drop")
    def drop():
        session["cup"] = "tin"
        del session["bell"]
        return "dropped"

    app.add_url_rule("/cup", "/cup", lambda: session["cup"])
    client = app.test_client()
    client.get("/ring/brass")
    client.get("/drop")

    assert client.get("/read").text == "none"
    assert client.get("/cup").text == "tin"


def test_cookie_is_deleted_with_the_last_value(app):
    app.add_url_rule("/clear", "/clear", lambda: session.clear() or "cleared")
    client = app.test_client()
    client.get("/ring/brass")

    (cookie,) = cookies_of(client.get("/clear"))

    assert cookie.startswith("session=; Expires=Thu, 01 Jan 1970")
    assert client.get_cookie("session") is None
    assert client.get("/read").text == "none"


CHANGES = {
    "set": lambda: session.__setitem__("bell", "steel"),
    "del": lambda: session.__delitem__("bell"),
    "update": lambda: session.update(bell="steel"),
    "or": lambda: session.__ior__({"bell": "steel"}),
    "setdefault": lambda: session.setdefault("cup", "tin"),
    "pop": lambda: session.pop("bell"),
    "popitem": lambda: session.popitem(),
    "clear": lambda: session.clear(),
    "permanent": lambda: setattr(session, "permanent", True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_noticed(app, change):
    app.add_url_rule("/change", "/change", lambda: str(CHANGES[change]()))
    client = app.test_client()
    client.get("/ring/brass")

    assert cookies_of(client.get("/change"))


NO_CHANGES = {
    "setdefault": lambda: session.setdefault("bell", "steel"),
    "pop": lambda: session.pop("cup", None),
    "get": lambda: session.get("bell"),
    "permanent": lambda: session.permanent,
}


@pytest.mark.parametrize("access", NO_CHANGES)
def test_what_changes_nothing_is_not_sent(app, access):
    app.add_url_rule("/access", "/access", lambda: str(NO_CHANGES[access]()))
    client = app.test_client()
    client.get("/ring/brass")

    assert not cookies_of(client.get("/access"))


def test_change_inside_a_value_has_to_be_told(app):
    @app.route("/<told>")
    def add(told):
        session.setdefault("bells", []).append("brass")
        session.modified = session.modified or told == "told"
        return str(len(session["bells"]))

    client = app.test_client()

    # the first one sets the list, which is a change of the session
    lengths = [client.get(f"/{told}").text for told in ("un", "un", "told", "un")]
    assert lengths == ["1", "2", "2", "3"]


# --- opened where it is used


def test_page_that_does_not_use_the_session_is_the_same_for_all(app):
    client = app.test_client()
    client.get("/ring/brass")

    response = client.get("/plain")

    assert "Vary" not in response.headers
    assert not cookies_of(response)


@pytest.mark.parametrize("path", ["/read", "/ring/brass"])
def test_page_that_uses_the_session_varies_by_cookie(app, path):
    assert app.test_client().get(path).headers["Vary"] == "Cookie"


@pytest.mark.differs("Flask leaves caching to the view", safer=True)
@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (None, {"private"}),
        ("max-age=60", {"private", "max-age=60"}),
        ("no-cache", {"private", "no-cache"}),
    ],
)
def test_page_that_uses_the_session_is_kept_by_no_shared_cache(app, said, sent):
    assert cache_control(app, said) == sent


@pytest.mark.parametrize("said", ["public, max-age=60", "s-maxage=60", "no-store"])
def test_view_has_the_last_word_on_caches(app, said):
    assert cache_control(app, said) == set(said.split(", "))


def cache_control(app, said):
    """Return what a page that uses the session says of caches."""

    @app.route("/")
    def index():
        return session.get("bell", ""), {"Cache-Control": said} if said else {}

    return set(app.test_client().get("/").headers["Cache-Control"].split(", "))


def test_own_vary_stays(app):
    @app.route("/")
    def index():
        return session.get("bell", ""), {"Vary": "Accept-Language"}

    assert app.test_client().get("/").vary.as_set() == {"accept-language", "cookie"}


def test_permanent_session_is_renewed_by_a_page_that_reads_it(app):
    app.add_url_rule(
        "/stay", "/stay", lambda: setattr(session, "permanent", True) or "stays"
    )
    client = app.test_client()
    client.get("/stay")

    (cookie,) = cookies_of(client.get("/read"))

    assert "Expires=" in cookie


def test_renewing_can_be_switched_off(app):
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.add_url_rule(
        "/stay", "/stay", lambda: setattr(session, "permanent", True) or "stays"
    )
    client = app.test_client()

    assert cookies_of(client.get("/stay"))
    assert not cookies_of(client.get("/read"))


def test_session_is_opened_once_for_a_request(app):
    opened = []
    open_session = app.session_interface.open_session

    class Counting(type(app.session_interface)):
        def open_session(self, app, request):
            opened.append(request.path)
            return open_session(app, request)

    app.session_interface = Counting.__new__(Counting)
    vars(app.session_interface).update(vars(open_session.__self__))
    app.before_request(lambda: session.get("bell") and None)

    app.test_client().get("/read")

    assert opened == ["/read"]


# --- at which moments


def test_all_parts_of_a_request_have_the_same_session(app):
    @app.before_request
    def before():
        session["seen"] = [*session.get("seen", []), "before"]

    @app.route("/")
    def index():
        session["seen"] += ["view"]
        return render_template_string("{{ session.seen|join(' ') }}")

    @app.after_request
    def after(response):
        session["seen"] += ["after"]
        return response

    client = app.test_client()
    client.get("/")

    assert client.get("/").text == "before view after before view"


def test_converter_of_the_url_finds_the_session(app):
    class Bell(BaseConverter):
        def to_python(self, value):
            return f"{session.get('bell')} {value}"

    app.url_map.converters["bell"] = Bell
    app.add_url_rule("/my/<bell:bell>", "/my/<bell:bell>", lambda bell: bell)
    client = app.test_client()
    client.get("/ring/brass")

    assert client.get("/my/bell").text == "brass bell"


def test_redirects_and_error_pages_keep_what_was_changed(app):
    @app.route("/go")
    def go():
        session["bell"] = "brass"
        return redirect("/read")

    @app.route("/fail")
    def fail():
        session["bell"] = "steel"
        raise BadRequest

    client = app.test_client()

    assert client.get("/go", follow_redirects=True).text == "brass"
    assert client.get("/fail").status_code == 400
    assert client.get("/read").text == "steel"


def test_what_a_view_did_before_it_broke_is_kept(app):
    @app.route("/break")
    def break_down():
        session["bell"] = "cracked"
        return 1 / 0

    app.testing = False
    client = app.test_client()

    assert client.get("/break").status_code == 500
    assert client.get("/read").text == "cracked"


def test_teardown_can_read_the_session_but_is_too_late_to_change_it(app):
    seen = []

    @app.teardown_request
    def note(error):
        seen.append(session.get("bell"))
        session["bell"] = "lost"

    client = app.test_client()
    client.get("/ring/brass")

    assert client.get("/read").text == "brass"
    assert seen == ["brass", "brass"]


def test_stream_can_read_the_session_but_is_too_late_to_change_it(app):
    @app.route("/stream")
    def stream():
        def pieces():
            yield session["bell"]
            session["bell"] = "lost"

        return Response(stream_with_context(pieces()))

    client = app.test_client()
    client.get("/ring/brass")

    assert client.get("/stream").text == "brass"
    assert client.get("/read").text == "brass"


def test_thread_may_be_the_first_to_use_the_session(app):
    @app.route("/thread")
    def thread():
        @copy_current_request_context
        def ring():
            session["bell"] = "brass"

        thread = Thread(target=ring)
        thread.start()
        join(thread)
        return session["bell"]

    client = app.test_client()
    response = client.get("/thread")

    assert response.text == "brass"
    assert "Cookie" in response.vary
    assert "Set-Cookie" in response.headers


@pytest.mark.differs(
    "Flask sends the headers of a stream before it knows that the session is read",
    safer=True,
)
@pytest.mark.parametrize("kind", ["generator", "template"])
def test_stream_that_reads_the_session_varies_by_cookie(app, kind):
    @app.route("/generator")
    def generator():
        return stream_with_context(session["bell"] for _ in range(1))

    @app.route("/template")
    def template():
        return stream_template_string("{{ session.bell }}")

    client = app.test_client()
    client.get("/ring/brass")

    response = client.get(f"/{kind}")

    assert response.text == "brass"
    assert response.headers["Vary"] == "Cookie"


def test_thread_with_a_copied_context_has_the_session_of_its_request(app):
    @app.route("/thread")
    def work():
        before = session["bell"]
        heard = []

        @copy_current_request_context
        def listen():
            heard.append(session["bell"])

        thread = Thread(target=listen)
        session["bell"] = f"polished {before}"
        thread.start()
        join(thread)
        return heard[0]

    client = app.test_client()
    client.get("/ring/brass")

    assert client.get("/thread").text == "polished brass"


def test_test_can_look_at_the_session_after_the_request(app):
    with app.test_client() as client:
        client.get("/ring/brass")

        assert session["bell"] == "brass"
        assert not session.permanent


def test_there_is_no_session_outside_a_request(app):
    with app.app_context(), pytest.raises(RuntimeError):
        session.get("bell")


@pytest.mark.optional
def test_session_outside_a_request_says_what_to_do(app):
    with app.app_context(), pytest.raises(RuntimeError, match=r"(?s)request.*test"):
        session.get("bell")


# --- for how long


def test_session_ends_with_the_browser(app):
    (cookie,) = cookies_of(app.test_client().get("/ring/brass"))

    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


@pytest.mark.parametrize("lifetime", [timedelta(hours=2), 7200])
def test_permanent_session_outlives_the_browser(app, lifetime):
    app.config["PERMANENT_SESSION_LIFETIME"] = lifetime

    @app.route("/stay")
    def stay():
        session.permanent = True
        return str(session.permanent)

    client = app.test_client()
    before = int(time.time())
    response = client.get("/stay")
    after = time.time()

    assert response.text == "True"
    assert app.permanent_session_lifetime == timedelta(hours=2)
    expires = client.get_cookie("session").expires.timestamp()
    assert before + 7200 <= expires <= after + 7200


@pytest.mark.asvs("9.2.1")
def test_session_is_not_accepted_after_its_lifetime(app):
    # over before it begins, so that nobody has to wait for the end
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(seconds=-1)
    client = app.test_client()
    client.get("/ring/brass")

    assert client.get("/read").text == "none"


@pytest.mark.optional
def test_sign_of_use_prolongs_a_permanent_session(app, monkeypatch):
    app.add_url_rule(
        "/stay", "/stay", lambda: setattr(session, "permanent", True) or "stays"
    )
    client = app.test_client()
    client.get("/stay")
    client.get("/ring/brass")
    now = time.time()

    for months in (0.9, 1.8, 2.7):
        monkeypatch.setattr(time, "time", lambda late=months * MONTH: now + late)
        assert client.get("/read").text == "brass"


# --- whose


def test_word_of_the_visitor_is_no_session(app):
    client = app.test_client()

    for cookie in ("", ".", "brass", "e30.e30.e30", "\N{BELL}", "x" * 3000):
        client.set_cookie("session", cookie)
        assert client.get("/read").text == "none"


def test_two_apps_in_one_browser_have_cookies_of_their_own(app):
    client = app.test_client()
    client.get("/ring/brass")

    app.config["SESSION_COOKIE_NAME"] = "other"
    assert client.get("/read").text == "none"
    client.get("/ring/steel")

    assert client.get_cookie("other").value != client.get_cookie("session").value
    app.config["SESSION_COOKIE_NAME"] = "session"
    assert client.get("/read").text == "brass"


def test_app_that_asks_itself_keeps_both_sessions_apart(app):
    @app.route("/ask")
    def ask():
        session["bell"] = "mine"
        inner = app.test_client().get("/ring/yours").text
        return f"{inner} {session['bell']}"

    assert app.test_client().get("/ask").text == "kept mine"


# --- in tests of one's own


def test_session_can_be_filled_before_the_first_request(app):
    client = app.test_client()

    with client.session_transaction() as values:
        values["bell"] = "brass"

    assert client.get("/read").text == "brass"


def test_session_can_be_read_and_changed_between_requests(app):
    client = app.test_client()
    client.get("/ring/brass")

    with client.session_transaction() as values:
        assert values["bell"] == "brass"
        values.clear()

    assert client.get("/read").text == "none"
    assert client.get_cookie("session") is None


@pytest.mark.optional
def test_transaction_is_that_of_its_own_path_and_host(app):
    app.config["SESSION_COOKIE_PATH"] = "/my"
    app.add_url_rule("/my/bell", "/my/bell", lambda: session.get("bell", "none"))
    client = app.test_client()

    with client.session_transaction("/my/", "https://wren.example:8443") as values:
        values["bell"] = "brass"

    there = {"base_url": "http://wren.example"}
    assert client.get("/my/bell", **there).text == "brass"
    assert client.get("/read", **there).text == "none"
    assert client.get("/my/bell").text == "none"


def test_transaction_leaves_the_last_request_in_place(app):
    with app.test_client() as client:
        client.get("/ring/brass")
        with client.session_transaction("/elsewhere") as values:
            values["path"] = request.path

        with client.session_transaction() as values:
            assert values["path"] == "/ring/brass"


def test_failed_transaction_changes_nothing(app):
    client = app.test_client()

    with pytest.raises(ZeroDivisionError), client.session_transaction() as values:
        values["bell"] = "brass"
        _ = 1 / 0

    assert client.get("/read").text == "none"


def test_client_without_cookies_has_no_session(app):
    client = app.test_client(use_cookies=False)

    with pytest.raises(TypeError, match=r"(?i)cookies"), client.session_transaction():
        pass
