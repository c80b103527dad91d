"""The number of guests, live, in a real browser: it changes without a reload."""

import threading

import pytest
from step20_async import demo
from werkzeug.serving import make_server

from costrel.testing.threads import join


@pytest.fixture
def wren(tmp_path, monkeypatch):
    """Serve the launch page with an empty list, and yield its address."""
    app = demo.App("elsewhere", instance_path=str(tmp_path))
    demo.guests.init_app(app)
    for name, state in app.extensions.items():
        monkeypatch.setitem(demo.app.extensions, name, state)
    # threads that still stream don't hold up the end
    monkeypatch.setattr(demo, "HEARTBEAT", 0.1)
    server = make_server("127.0.0.1", 0, demo.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    join(thread)
    server.server_close()


def wait_for_count(page, number):
    page.wait_for_function(
        "number => document.querySelector('#count').textContent"
        " === `On the list: ${number}.`",
        arg=number,
    )


def test_number_changes_without_a_reload(browser, wren):
    page = browser.new_page()
    page.goto(f"{wren}/guests")
    wait_for_count(page, 0)

    for number, name in enumerate(["ada", "bob"], 1):
        demo.app.test_client().post("/guests", data={"email": f"{name}@wren.example"})
        wait_for_count(page, number)

    page.close()


def test_page_without_a_script_has_the_number(browser, wren):
    demo.app.test_client().post("/guests", data={"email": "ada@wren.example"})
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{wren}/guests")

    assert page.inner_text("#count") == "On the list: 1."
    context.close()
