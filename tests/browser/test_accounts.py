"""Step 23 in a real browser: what is typed and pasted into the form."""

import pytest
from step23_accounts import demo
from step23_accounts.security import verify_password

PASSWORD = "seven bells in the morning fog"


@pytest.fixture
def page(browser, serve, tmp_path, monkeypatch):
    """Open the form of an app that has no users yet."""
    elsewhere = demo.App("elsewhere", instance_path=str(tmp_path))
    demo.users.init_app(elsewhere)
    for name, state in elsewhere.extensions.items():
        monkeypatch.setitem(demo.app.extensions, name, state)
    monkeypatch.setitem(demo.app.config, "SECRET_KEY", "not a secret")
    page = browser.new_page()
    try:
        page.goto(f"http://127.0.0.1:{serve(demo.app)}/register")
        page.get_by_role("button", name="Show").wait_for()
        yield page
    finally:
        page.close()


def send(page, password):
    """Send the form, and return the user who is there afterwards."""
    page.fill("#email", "ada@b\u00fccher.example")
    page.fill("#password", password)
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.get_by_role("button", name="Make an account").click()
    assert sent.value.status == 303
    with demo.app.app_context():
        return demo.users.find_user(email="ADA@b\u00fccher.example")


def is_right(password, user):
    with demo.app.app_context():
        return verify_password(password, user.password)


def test_domain_that_the_browser_writes_in_ascii_is_the_same(page):
    assert send(page, PASSWORD).email == "ada@b\u00fccher.example"


@pytest.mark.parametrize(
    "password", [f"  {PASSWORD}  ", "ein Lied f\u00fcr Zo\u00eb " * 48]
)
def test_password_arrives_as_it_was_pasted(page, password):
    user = send(page, password)

    assert is_right(password, user)
    assert not is_right(password.strip(), user)


def test_visitor_may_look_at_the_password(page):
    page.fill("#password", PASSWORD)
    kinds = [page.get_attribute("#password", "type")]
    for _ in "ab":
        page.get_by_role("button", name="Show").click()
        kinds.append(page.get_attribute("#password", "type"))

    assert kinds == ["password", "text", "password"]
    assert page.input_value("#password") == PASSWORD


def test_password_is_hidden_again_before_it_is_sent(page):
    page.get_by_role("button", name="Show").click()
    page.evaluate("""() => {
      const field = document.querySelector("#password");
      field.form.addEventListener("submit", event => {
        event.preventDefault();
        document.title = field.type;
      });
    }""")
    page.fill("#email", "ada@wren.example")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Make an account").click()

    assert page.title() == "password"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_the_form(page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.emulate_media(color_scheme=scheme)
    page.fill("#email", "ada@wren.example")
    page.fill("#password", "short")
    page.get_by_role("button", name="Make an account").click()
    page.locator("#password-error").wait_for()

    found = axe.run(page, "form").response["violations"]

    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
