"""Tokens: who has to show one, and whose it is."""

from dataclasses import dataclass
from functools import wraps

import pytest
from step22_forms import (
    App,
    Blueprint,
    MethodView,
    render_template_string,
    request,
    session,
    stream_template_string,
)
from step22_forms.security import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from wtforms import ValidationError

ADA = {"name": "Ada", "email": "ada@wren.example"}
UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"]


@pytest.fixture
def app():
    """Return a protected app whose page at `/` is a token."""
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"
    CSRFProtect(app)
    app.get("/")(lambda: render_template_string("{{ csrf_token() }}"))
    app.add_url_rule("/", "change", lambda: "changed", methods=UNSAFE)
    return app


def test_request_with_the_token_of_a_page_is_answered(app):
    client = app.test_client()
    token = client.get("/").text

    assert client.post("/", data={"csrf_token": token}).text == "changed"


@pytest.mark.parametrize("method", UNSAFE)
def test_request_without_a_token_is_refused(app, method):
    client = app.test_client()
    client.get("/")

    answer = client.open("/", method=method)

    assert answer.status_code == 403
    assert "expired" in answer.text
    assert "changed" not in answer.text


@pytest.mark.parametrize("method", ["HEAD", "GET", "OPTIONS"])
def test_request_that_changes_nothing_needs_no_token(app, method):
    assert app.test_client().open("/", method=method).status_code == 200


def test_path_without_a_view_is_not_found_whoever_asks(app):
    assert app.test_client().post("/nothing").status_code == 404


def test_token_may_come_in_a_header(app):
    client = app.test_client()
    headers = {"X-CSRFToken": client.get("/").text}

    answers = [
        client.delete("/", headers=headers),
        client.post("/", json={"a": 1}, headers=headers),
        client.post("/", data=b"...", headers=headers, content_type="audio/ogg"),
    ]

    assert [answer.text for answer in answers] == ["changed"] * 3


def test_body_is_still_there_after_the_check(app):
    app.post("/echo", endpoint="echo")(lambda: request.get_json())
    client = app.test_client()
    headers = {"X-CSRFToken": client.get("/").text}

    assert client.post("/echo", json={"a": 1}, headers=headers).json == {"a": 1}


def test_token_may_have_the_prefix_of_its_form(app):
    client = app.test_client()
    token = client.get("/").text

    assert client.post("/", data={"top-csrf_token": token}).status_code == 200
    assert client.post("/", data={"notcsrf_token": token}).status_code == 403


def test_token_is_good_for_the_whole_session(app):
    client = app.test_client()
    tokens = [client.get("/").text for _ in range(3)]

    statuses = [
        client.post("/", data={"csrf_token": token}).status_code
        for token in [*tokens, *tokens]
    ]

    assert statuses == [200] * 6


def test_token_ends_with_its_session(app):
    app.post("/out", endpoint="out")(lambda: session.clear() or "out")
    client = app.test_client()
    form = {"csrf_token": client.get("/").text}
    client.post("/out", data=form)

    assert client.post("/", data=form).status_code == 403


def test_token_is_written_differently_each_time(app):
    client = app.test_client()
    tokens = [client.get("/").text for _ in range(20)]

    pieces = [token[at : at + 4] for token in tokens for at in range(0, 80, 4)]

    # what repeats in a compressed page can be guessed from the page's length
    assert len(set(pieces)) > 390


def test_token_is_good_as_long_as_the_key_that_signed_it(app):
    client = app.test_client()
    form = {"csrf_token": client.get("/").text}

    app.config.update(SECRET_KEY="a new secret", SECRET_KEY_FALLBACKS=["not a secret"])
    with_fallback = client.post("/", data=form).status_code
    app.config.update(SECRET_KEY_FALLBACKS=None)
    without = client.post("/", data=form).status_code

    assert (with_fallback, without) == (200, 403)


def test_newest_key_signs(app):
    app.config.update(SECRET_KEY="a new secret", SECRET_KEY_FALLBACKS=["not a secret"])
    with app.test_request_context("/"):
        token = generate_csrf()
        app.config.update(SECRET_KEY_FALLBACKS=None)

        assert validate_csrf(token) is None


@pytest.mark.parametrize(
    "token", ["", " ", "é", "😀", "a", "A" * 86, "A" * 100_000, "=", "\0", "."]
)
def test_any_other_text_is_no_token(app, token):
    client = app.test_client()
    client.get("/")

    assert client.post("/", data={"csrf_token": token}).status_code == 403


def test_token_that_is_changed_anywhere_is_none(app):
    client = app.test_client()
    token = client.get("/").text

    changed = [
        token[:at] + ("B" if token[at] == "A" else "A") + token[at + 1 :]
        for at in range(0, len(token) - 1, 7)
    ]

    statuses = {client.post("/", data={"csrf_token": t}).status_code for t in changed}
    assert statuses == {403}


def test_secret_of_the_session_is_no_token(app):
    client = app.test_client()
    client.get("/")
    with client.session_transaction() as session:
        secret = session["csrf_token"]

    assert client.post("/", data={"csrf_token": secret}).status_code == 403


def test_page_without_a_token_is_the_same_for_everyone(app):
    app.get("/plain", endpoint="plain")(lambda: render_template_string("Hello!"))

    plain, page = (app.test_client().get(path) for path in ("/plain", "/"))

    assert "Set-Cookie" not in plain.headers and "Cookie" not in plain.vary
    assert "Set-Cookie" in page.headers and "Cookie" in page.vary


@pytest.mark.differs("Flask leaves it to caches whether they keep the page", safer=True)
def test_page_with_a_token_is_kept_by_no_shared_cache(app):
    control = app.test_client().get("/").cache_control

    assert control.private or control.no_store


def test_token_makes_the_answer_depend_on_the_sender(app):
    answer = app.test_client().post("/")

    assert {"Sec-Fetch-Site", "Origin"} <= {*answer.vary}
    assert "Origin" not in app.test_client().get("/").vary


def test_view_may_be_exempt(app):
    csrf = app.extensions["csrf"]
    app.post("/hook", endpoint="hook")(csrf.exempt(lambda: "called"))

    assert app.test_client().post("/hook").text == "called"


def test_exemption_may_be_above_the_route(app):
    csrf = app.extensions["csrf"]

    @csrf.exempt
    @app.post("/hook")
    def hook():
        return "called"

    assert app.test_client().post("/hook").text == "called"


def loud(view):
    @wraps(view)
    def shout():
        return view().upper()

    return shout


def test_exemption_may_be_inside_of_another_decorator(app):
    csrf = app.extensions["csrf"]

    app.post("/hook", endpoint="hook")(loud(csrf.exempt(lambda: "called")))

    assert app.test_client().post("/hook").text == "CALLED"


def test_exemption_is_not_for_the_function_inside(app):
    csrf, client = app.extensions["csrf"], app.test_client()

    def save():
        return "saved"

    app.post("/save")(save)
    app.post("/machines", endpoint="machines")(csrf.exempt(loud(save)))

    assert client.post("/machines").text == "SAVED"
    assert client.post("/save").status_code == 403


def test_async_view_may_be_exempt(app):
    @app.extensions["csrf"].exempt
    @app.post("/hook")
    async def hook():
        return "called"

    assert app.test_client().post("/hook").text == "called"


@dataclass
class Hook:
    """A view that can't be hashed, as dataclasses can be compared."""

    answer: str

    def __call__(self):
        return self.answer


def test_view_may_be_an_object_that_can_not_be_hashed(app):
    csrf, client = app.extensions["csrf"], app.test_client()
    app.post("/save", endpoint="save")(Hook("saved"))
    app.post("/hook", endpoint="hook")(csrf.exempt(Hook("called")))

    assert client.post("/save").status_code == 403
    assert client.post("/hook").text == "called"


def test_blueprint_may_be_exempt_with_those_inside_it(app):
    csrf = app.extensions["csrf"]
    api, inner = Blueprint("api", __name__), Blueprint("inner", __name__)
    api.post("/api")(lambda: "called")
    inner.post("/inner", endpoint="inner")(lambda: "called")
    csrf.exempt(api)
    api.register_blueprint(inner, url_prefix="/api")
    app.register_blueprint(api)

    client = app.test_client()

    assert client.post("/api").text == "called"
    assert client.post("/api/inner").text == "called"
    assert client.post("/").status_code == 403


def test_class_may_be_exempt(app):
    class Hook(MethodView):
        decorators = [app.extensions["csrf"].exempt]

        def post(self):
            return "called"

    app.add_url_rule("/hook", view_func=Hook.as_view("hook"))

    assert app.test_client().post("/hook").text == "called"


def test_exemption_is_for_a_view_and_not_for_a_path(app):
    csrf = app.extensions["csrf"]
    app.post("/hook", endpoint="hook")(csrf.exempt(lambda: "called"))
    app.post("/hook/all", endpoint="all")(lambda: "called")
    app.post("/hooks", endpoint="hooks")(lambda: "called")
    app.post("/<name>", endpoint="any")(lambda name: "called")

    statuses = [
        app.test_client().post(path).status_code
        for path in ("/hook/all", "/hooks", "/Hook")
    ]

    assert statuses == [403] * 3


def test_tests_may_switch_it_off(app):
    app.config["WTF_CSRF_ENABLED"] = False

    assert app.test_client().post("/").text == "changed"


def test_extension_may_come_before_its_app():
    csrf, apps = CSRFProtect(), [App("one"), App("two")]
    for app in apps:
        app.secret_key = "not a secret"
        app.post("/", endpoint="index")(lambda: "changed")
        csrf.init_app(app)

    assert [app.test_client().post("/").status_code for app in apps] == [403, 403]


def test_app_may_answer_a_refusal_itself(app):
    @app.errorhandler(CSRFError)
    def refused(error):
        return f"Once more, please: {error.description}", 403

    answer = app.test_client().post("/")

    assert answer.text.startswith("Once more, please: ")


@pytest.mark.differs("Flask answers errors with a page, whatever the client accepts")
def test_program_is_refused_in_json(app):
    answer = app.test_client().post("/", headers={"Accept": "application/json"})

    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert "expired" in answer.json["detail"]


def test_token_needs_a_key(app):
    app.secret_key = None

    with pytest.raises(RuntimeError, match=r"secret.key"):
        app.test_client().get("/")


@pytest.mark.differs("Flask loses the secret, and the form is never valid", safer=True)
def test_token_is_too_late_in_the_middle_of_a_stream(app):
    app.get("/stream", endpoint="stream")(
        lambda: stream_template_string("before {{ csrf_token() }}")
    )

    with pytest.raises(RuntimeError, match="headers have been sent"):
        _ = app.test_client().get("/stream").text


def test_token_may_be_streamed_if_its_view_has_made_one(app):
    @app.get("/stream")
    def stream():
        generate_csrf()
        return stream_template_string("{{ csrf_token() }}")

    client = app.test_client()
    token = client.get("/stream").text

    assert client.post("/", data={"csrf_token": token}).text == "changed"


def test_view_may_check_a_token_itself(app):
    with app.test_request_context("/"):
        validate_csrf(generate_csrf())
        for token in (None, "", "nothing"):
            with pytest.raises(ValidationError):
                validate_csrf(token)
