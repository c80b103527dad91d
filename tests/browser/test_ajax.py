"""The sign-up form of step 14 in a real browser: with its script, and without."""

import threading

import pytest
from step14_json import App, demo, render_template_string
from werkzeug.serving import make_server

from costrel.testing.threads import join

STATUS = "form [role=status]"
NAMES = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "<!--<script></script>",
    "' onmouseover='alert(1)",
    "\u2028\u2029",
]


@pytest.fixture(scope="module")
def wren():
    """Serve the launch page, and yield its address."""
    server = make_server("127.0.0.1", 0, demo.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    join(thread)
    server.server_close()


@pytest.fixture
def guests(monkeypatch):
    monkeypatch.setattr(demo, "guests", [{"email": "ada@wren.example", "name": "Ada"}])
    return demo.guests


def fill(page, name="Grace", email="grace@wren.example"):
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your address").fill(email)


def submit(page):
    """Press the button, and return what the form says then."""
    page.get_by_role("button").click()
    page.wait_for_function(f"document.querySelector('{STATUS}').textContent")
    return page.inner_text(STATUS)


def test_visitor_signs_up_and_stays_on_the_page(visit, wren, guests):
    page = visit()
    fill(page)

    said = submit(page)

    assert said == "You are number 2 on the list."
    assert page.url == wren
    assert guests[1:] == [{"email": "grace@wren.example", "name": "Grace"}]
    page.reload()
    assert "We write to grace@wren.example." in page.inner_text("body")


def test_refusal_is_shown_in_the_form(visit, wren, guests, monkeypatch):
    monkeypatch.setitem(demo.app.config, "LIST_IS_OPEN", False)
    page = visit()
    fill(page)

    said = submit(page)

    assert said == "The list is closed."
    assert page.url == wren
    assert len(guests) == 1
    assert page.get_by_label("Your name").input_value() == "Grace"


def test_failure_of_the_server_is_told_without_what_failed(visit, guests, monkeypatch):
    monkeypatch.setattr(demo, "guests", None)
    page = visit()
    fill(page)

    said = submit(page)

    assert "internal error" in said and "NoneType" not in said


def test_silence_of_the_server_is_told(visit, guests):
    page = visit()
    page.route("**/guests", lambda route: route.abort())
    fill(page)

    assert submit(page) == "The bell can't be reached. Try again."


def test_form_needs_no_mouse(visit, guests):
    page = visit()

    page.get_by_label("Your name").focus()
    page.keyboard.type("Grace")
    page.keyboard.press("Tab")
    page.keyboard.type("grace@wren.example")
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelector('{STATUS}').textContent")

    assert len(guests) == 2
    assert page.evaluate("document.activeElement.name") == "email"


def test_form_needs_no_script(visit, wren, guests):
    page = visit(java_script_enabled=False)
    fill(page)

    page.get_by_role("button").click()
    page.wait_for_url("**/guests")

    assert "You are on the list." in page.inner_text("body")
    assert "On the list: 2" in page.inner_text("body")


def test_name_is_shown_as_it_was_typed(visit, guests):
    page = visit()
    fill(page, name=NAMES[0])
    submit(page)

    page.goto(f"{page.url}guests")

    assert page.get_by_role("listitem").all_inner_texts() == ["Ada", NAMES[0]]


def test_inlined_json_is_read_as_it_was_written(browser):
    app = App("wren")
    app.json.ensure_ascii = False
    source = (
        "<script>window.guest = {{ name|tojson }}</script>"
        "<p data-guest='{{ name|tojson }}'>Guest</p>"
    )
    read = "[guest, JSON.parse(document.querySelector('p').dataset.guest)]"
    page = browser.new_page()
    dialogs, found = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.accept()))
    try:
        for name in NAMES:
            with app.test_request_context("/"):
                page.set_content(render_template_string(source, name=name))
            page.hover("p")
            found.append(page.evaluate(read))
    finally:
        page.close()

    assert found == [[name, name] for name in NAMES]
    assert dialogs == []
