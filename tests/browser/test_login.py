"""Step 24 in a real browser: what is left after the logout, and who is remembered.

A page that a view lets the browser keep shows that the danger is real.
"""

import threading
from contextlib import ExitStack, contextmanager

import pytest
import step24_login
from step24_login.security import (
    CSRFProtect,
    Hardening,
    MemoryUserDatastore,
    Security,
    current_user,
    hash_password,
    login_required,
)
from werkzeug.serving import WSGIRequestHandler, make_server

PASSWORD = "a bell for every bird"
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}
# browsers find this machine under any such name
HOME, EVIL = "wren.localhost", "evil.localhost"
LOGOUT = """
<form action="/logout" method="post">
  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
  <button>Log out</button>
</form>
"""


class Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log(self, *arguments):
        pass


def make_app():
    """Return an app with a page that is for users alone."""
    app = step24_login.App(__name__)
    app.secret_key = "a key that nobody else knows"
    app.config.update(
        SECURITY_PASSWORD_HASH_OPTIONS=CHEAP, TRUSTED_HOSTS=[".localhost"]
    )
    Hardening(app)
    users = MemoryUserDatastore(app)
    Security(app, users)
    CSRFProtect(app)
    with app.app_context():
        values = {"password": hash_password(PASSWORD)}
        users.create_user(email="ada@wren.example", **values)
        users.commit()

    @app.get("/")
    def index():
        return "<!doctype html>Wren"

    @app.get("/mine")
    @login_required
    def mine():
        page = f"<!doctype html><p>7 bells of {current_user.email}</p>{LOGOUT}"
        return step24_login.render_template_string(page)

    @app.get("/kept")
    @login_required
    def kept():
        page = f"<!doctype html><p>7 bells of {current_user.email}</p>"
        return page, {"Cache-Control": "private, max-age=600"}

    return app


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve():
    """Serve apps until the test ends; return the port of each."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(served(app))


@pytest.fixture
def context(browser):
    context = browser.new_context()
    yield context
    context.close()


def log_in(page, home, remember=False):
    page.goto(f"{home}/login")
    page.fill("[name=email]", "ada@wren.example")
    page.fill("[name=password]", PASSWORD)
    if remember:
        page.check("[name=remember]")
    page.click("button")
    page.wait_for_url(f"{home}/")


def test_back_shows_nothing_after_the_logout(context, serve):
    home = f"http://{HOME}:{serve(make_app())}"
    page = context.new_page()
    log_in(page, home)
    page.goto(f"{home}/mine")
    assert "7 bells" in page.content()

    page.click("button")
    page.wait_for_url(f"{home}/")
    page.go_back()

    page.wait_for_url(f"{home}/login?next=/mine")
    assert "7 bells" not in page.content()


def test_logout_drops_pages_that_a_view_let_the_browser_keep(context, serve):
    home = f"http://{HOME}:{serve(make_app())}"
    page = context.new_page()
    log_in(page, home)
    page.goto(f"{home}/kept")
    other = context.new_page()
    other.goto(f"{home}/mine")
    other.click("button")
    other.wait_for_url(f"{home}/")

    # it's kept for ten minutes, but Clear-Site-Data has emptied the cache
    again = context.new_page()
    again.goto(f"{home}/kept")

    assert again.url == f"{home}/login?next=/kept"


def test_page_that_may_be_kept_is_shown_without_asking(context, serve):
    app = make_app()
    home = f"http://{HOME}:{serve(app)}"
    page = context.new_page()
    log_in(page, home)
    page.goto(f"{home}/kept")
    # ended elsewhere: this browser doesn't know
    with app.app_context():
        users = app.extensions["security"].datastore
        users.delete(users.login_model)

    again = context.new_page()
    again.goto(f"{home}/kept")

    # so the danger is real
    assert "7 bells" in again.content()


def test_browser_that_was_closed_is_remembered(context, serve):
    home = f"http://{HOME}:{serve(make_app())}"
    page = context.new_page()
    log_in(page, home, remember=True)
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    # over HTTP, but on this machine
    remember = cookies["__Host-remember_token"]
    assert remember["secure"] and remember["httpOnly"]
    assert cookies["__Host-session"]["expires"] == -1

    # what closing the browser does
    context.clear_cookies(name="__Host-session")
    page.goto(f"{home}/mine")

    assert "7 bells" in page.content()


def test_page_of_another_site_logs_nobody_in(context, serve):
    home = f"http://{HOME}:{serve(make_app())}"
    form = f"""
    <!doctype html><form action="{home}/login" method="post">
      <input name="email" value="ada@wren.example">
      <input name="password" value="{PASSWORD}">
    </form><script>document.forms[0].submit()</script>
    """
    evil = step24_login.App("evil")
    evil.add_url_rule("/", "index", lambda: form)
    page = context.new_page()
    page.goto(f"http://{EVIL}:{serve(evil)}/")
    page.wait_for_url(f"{home}/login")

    assert "Another site has sent this request" in page.content()
    page.goto(f"{home}/mine")
    assert page.url == f"{home}/login?next=/mine"


def test_login_form_is_one_that_password_managers_know(context, serve):
    home = f"http://{HOME}:{serve(make_app())}"
    page = context.new_page()
    page.goto(f"{home}/login")

    hints = [
        page.get_attribute(f"[name={name}]", "autocomplete")
        for name in ("email", "password")
    ]

    assert hints == ["username", "current-password"]
