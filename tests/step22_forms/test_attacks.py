"""The dangers of step 22: requests nobody wanted, and fields nobody asked for."""

from types import SimpleNamespace

import pytest
from step22_forms import App, render_template_string, request, session
from step22_forms.security import CSRFProtect, Form
from wtforms import StringField

OURS = "https://wren.example"
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
# what older browsers send
OLD = {"Origin": "https://evil.example"}


@pytest.fixture
def app():
    """Return a bank for feathers, and Ada is logged in."""
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"
    app.extensions["sent"] = []
    CSRFProtect(app)

    @app.get("/")
    def page():
        session["user"] = "ada"
        return render_template_string("{{ csrf_token() }}")

    @app.post("/send")
    def send():
        app.extensions["sent"].append(request.form["to"])
        return "sent"

    @app.route("/feathers", methods=["DELETE", "POST", "PROPFIND"])
    def feathers():
        app.extensions["sent"].append(request.method)
        return "sent"

    @app.post("/json")
    def send_json():
        app.extensions["sent"].append(request.get_json(force=True)["to"])
        return "sent"

    return app


@pytest.fixture
def ada(app):
    """Return Ada's browser, which has her cookie."""
    client = app.test_client()
    client.get("/", base_url=OURS)
    return client


def attack(app, client, data, path="/send", **options):
    """Let a browser send what a page wants, and return what that did."""
    client.post(path, data=data, base_url=OURS, **options)
    return app.extensions["sent"]


@pytest.mark.asvs("3.5.1")
@pytest.mark.attack
@pytest.mark.parametrize(
    "headers",
    [
        EVIL,
        OLD,
        {"Origin": "https://evil.wren.example", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://wren.example:8443", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "https://wren.example.evil.example"},
        {"Referer": "https://wren.example.evil.example/"},
        {"Referer": "https://evil.example/?https://wren.example/"},
        {},
    ],
)
def test_page_of_another_site_sends_nothing_in_our_visitors_name(app, ada, headers):
    sent = attack(app, ada, {"to": "eve"}, headers=headers)

    assert sent == [], f"the attack worked: Ada has sent something to {sent}"


@pytest.mark.attack
@pytest.mark.parametrize("headers", [EVIL, {}])
def test_attackers_own_token_is_of_no_use(app, ada, headers):
    token = app.test_client().get("/", base_url=OURS).text

    sent = attack(app, ada, {"to": "eve", "csrf_token": token}, headers=headers)

    assert sent == [], f"the attack worked: with Eve's token, Ada has sent to {sent}"


@pytest.mark.attack
def test_visitor_is_not_logged_in_as_somebody_else(app):
    @app.post("/login")
    def login():
        session["user"] = request.form["name"]
        return "welcome"

    @app.get("/me")
    def me():
        return session.get("user", "nobody")

    bob = app.test_client()
    bob.post("/login", data={"name": "eve"}, headers=EVIL, base_url=OURS)

    who = bob.get("/me", base_url=OURS).text
    assert who == "nobody", f"the attack worked: what Bob does now, {who} will see"


@pytest.mark.asvs("3.5.2")
@pytest.mark.attack
@pytest.mark.parametrize("headers", [EVIL, OLD, {}])
def test_form_that_looks_like_json_is_not_read(app, ada, headers):
    # <form enctype="text/plain"><input name='{"to": "eve", "x": "' value='"}'>
    body = '{"to": "eve", "x": "="}\r\n'

    sent = attack(app, ada, body, "/json", headers=headers, content_type="text/plain")

    assert sent == [], f"the attack worked: Ada has sent something to {sent}"


@pytest.mark.attack
@pytest.mark.parametrize("method", ["DELETE", "PROPFIND", "post"])
def test_other_methods_are_no_way_round(app, ada, method):
    ada.open("/feathers", method=method, base_url=OURS, headers=EVIL)

    sent = app.extensions["sent"]
    assert sent == [], f"the attack worked: {sent}"


@pytest.mark.asvs("15.3.3")
@pytest.mark.attack
def test_field_that_nobody_asked_for_is_not_kept():
    class Profile(Form):
        name = StringField("Name")

    app, user = App(__name__), SimpleNamespace(name="eve", is_admin=False)
    app.secret_key = "not a secret"
    with app.test_request_context(
        "/", method="POST", data={"name": "Eve", "is_admin": "1"}
    ):
        Profile().populate_obj(user)

    assert user.is_admin is False, f"the attack worked: {user}"
    assert vars(user) == {"name": "Eve", "is_admin": False}
