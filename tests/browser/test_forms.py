"""Step 22 in a real browser: pages of other origins that post to ours."""

from types import SimpleNamespace

import pytest
from step22_forms import App, demo, render_template_string, request, session
from step22_forms.security import CSRFProtect

# a page of another site: it sends its form by itself
EVIL = """
<!doctype html><title>You have won</title>
<form action="{to}" method=post enctype="{enctype}">
  <input name='{name}' value='{value}'>
</form>
<script>document.forms[0].submit()</script>
"""
FORM = ("application/x-www-form-urlencoded", "to", "eve")
# in the body: {"to": "eve", "x": "="}
JSON = ("text/plain", '{"to": "eve", "x": "', '"}')
OWN = """
<!doctype html><title>Ours</title>
<form action="/send" method=post>
  <input type=hidden name=csrf_token value="{{ csrf_token() }}"><input name=to>
  <button>Send</button>
</form>
"""


def make_bank(protect, samesite):
    """Return an app in which a visitor sends things to others."""
    app = App(__name__)
    app.secret_key = "not a secret"
    app.config["SESSION_COOKIE_SAMESITE"] = samesite
    app.extensions["sent"] = []
    if protect:
        CSRFProtect(app)

    @app.get("/")
    def page():
        session["user"] = "ada"
        return render_template_string(OWN) if protect else "in"

    @app.post("/send")
    def send():
        sender = session.get("user", "nobody")
        app.extensions["sent"].append((sender, request.form["to"]))
        return "sent"

    @app.post("/json")
    def send_json():
        sender = session.get("user", "nobody")
        app.extensions["sent"].append((sender, request.get_json(force=True)["to"]))
        return "sent"

    return app


@pytest.fixture
def world(browser, serve):
    """Return what happens when a visitor of ours opens a page elsewhere."""
    contexts = []

    def attack(host, protect=True, samesite="Lax", form=FORM, path="/send"):
        bank, evil = make_bank(protect, samesite), App("evil")
        port = serve(bank)
        enctype, name, value = form
        to = f"http://127.0.0.1:{port}{path}"
        page_of_eve = EVIL.format(to=to, enctype=enctype, name=name, value=value)
        evil.get("/")(lambda: page_of_eve)
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        with page.expect_response("**" + path) as answer:
            page.goto(f"http://{host}:{serve(evil)}/")
        return SimpleNamespace(status=answer.value.status, sent=bank.extensions["sent"])

    yield attack
    for context in contexts:
        context.close()


# another port is another origin of the same site, for which SameSite does nothing
@pytest.mark.parametrize("samesite", ["Lax", "Strict"])
def test_page_on_another_port_posts_in_our_visitors_name_and_no_longer(world, samesite):
    before = world("127.0.0.1", protect=False, samesite=samesite)
    after = world("127.0.0.1", samesite=samesite)

    assert before.sent == [("ada", "eve")]
    assert (after.status, after.sent) == (403, [])


def test_page_of_another_site_posts_without_the_cookie_and_no_longer(world):
    before = world("localhost", protect=False)
    after = world("localhost")

    assert before.sent == [("nobody", "eve")]
    assert (after.status, after.sent) == (403, [])


def test_cookie_without_samesite_goes_along_at_first(world):
    before = world("localhost", protect=False, samesite=None)
    after = world("localhost", samesite=None)

    assert before.sent == [("ada", "eve")]
    assert (after.status, after.sent) == (403, [])


def test_form_that_looks_like_json_is_read_and_no_longer(world):
    before = world("127.0.0.1", protect=False, form=JSON, path="/json")
    after = world("127.0.0.1", form=JSON, path="/json")

    assert before.sent == [("ada", "eve")]
    assert (after.status, after.sent) == (403, [])


def test_our_own_form_is_sent(browser, serve):
    bank = make_bank(True, "Lax")
    page = browser.new_page()
    try:
        page.goto(f"http://127.0.0.1:{serve(bank)}/")
        page.fill("[name=to]", "bob")
        page.click("button")
        page.wait_for_url("**/send")
    finally:
        page.close()

    assert bank.extensions["sent"] == [("ada", "bob")]


@pytest.fixture
def wren(serve, monkeypatch):
    """Serve the launch page, and return its address."""
    return f"http://127.0.0.1:{serve(demo.app)}/"


def send_wrong(page):
    """Send a form that the browser takes for right, without a script."""
    page.fill("#name", "Ada")
    page.fill("#email", "ada@wren")
    page.click("button")
    page.wait_for_url("**/guests")


def test_mistakes_come_first_and_lead_to_their_fields(visit):
    page = visit(java_script_enabled=False)

    send_wrong(page)

    assert page.locator(".mistakes:focus").count() == 1
    assert page.input_value("#email") == "ada@wren"
    page.click(".mistakes a")
    assert page.locator("#email:focus").count() == 1


def test_title_and_heading_say_that_the_form_came_back(visit):
    page = visit(java_script_enabled=False, locale="de")

    send_wrong(page)

    assert page.title() == "Fehler: Wren"
    assert page.get_by_role("alert", name="Fehler").is_visible()
    assert page.get_by_role("heading", name="Fehler").is_visible()


def test_screen_reader_gets_name_hint_and_error_of_a_field(visit):
    page = visit(java_script_enabled=False)

    send_wrong(page)

    field = page.get_by_label("Your address")
    assert field.get_attribute("aria-invalid") == "true"
    ids = field.get_attribute("aria-describedby").split()
    said = [page.inner_text(f"[id={id}]") for id in ids]
    assert said == ["We write once, when the bell is there.", "Invalid email address."]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_a_form(visit, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(color_scheme=scheme)
    # the same form without its script
    page.evaluate("signup.replaceWith(signup.cloneNode(true))")
    send_wrong(page)

    found = axe.run(page).response["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
