"""What the tests of step 24 share: an app with users, and a clock of their own."""

import re
import time

import pytest

PASSWORDS = {"ada": "a bell for every bird", "bob": "no bird without a bell"}
# as little work as Argon2 accepts
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}
FIELD = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@pytest.fixture
def clock(monkeypatch):
    """Return a list with a number of seconds: that much later it is."""
    later, began = [0], time.time()
    monkeypatch.setattr(time, "time", lambda: began + later[0])
    return later


@pytest.fixture(params=["memory", "sqlalchemy"])
def users(request):
    """Return a datastore of each kind, one after the other."""
    # pytest reads this file before it knows which framework is to be tested
    from step24_login.security import MemoryUserDatastore

    if request.param == "memory":
        return MemoryUserDatastore()
    from step24_login.security.sqlalchemy_datastore import SQLAlchemyUserDatastore

    return SQLAlchemyUserDatastore()


@pytest.fixture
def app(make_app, users):
    """Return an app in which Ada and Bob have accounts."""
    return make_app(users)


@pytest.fixture
def make_app(tmp_path):
    """Return what makes an app, and gives two people accounts in it."""
    from step24_login import App
    from step24_login.security import CSRFProtect, Security, hash_password

    def make(users, name="bells", **settings):
        app = App(name, instance_path=str(tmp_path / name))
        app.testing = True
        app.secret_key = "not a secret"
        app.config.update(SECURITY_PASSWORD_HASH_OPTIONS=CHEAP, **settings)
        users.init_app(app)
        Security(app, users)
        CSRFProtect(app)
        add_views(app)
        with app.app_context():
            for person, password in PASSWORDS.items():
                email = f"{person}@wren.example"
                users.create_user(email=email, password=hash_password(password))
            users.commit()
        return app

    return make


def add_views(app):
    """Add a page for everyone, one for users, and one for those who are there now."""
    from step24_login.security import (
        current_user,
        fresh_login_required,
        login_required,
    )

    @app.get("/")
    def who():
        return current_user.email if current_user.is_authenticated else "nobody"

    @app.route("/me", methods=["GET", "POST"])
    @login_required
    def me():
        return f"{current_user.email}'s own page"

    @app.route("/safe", methods=["GET", "POST"])
    @fresh_login_required
    def safe():
        return f"{current_user.email}'s safe"


class Browser:
    """A browser: it sends forms with the token of the page that they're on."""

    def __init__(self, app):
        self.client = app.test_client()
        self.get = self.client.get

    @property
    def who(self):
        """Whom the app greets."""
        return self.get("/").text.partition("@")[0]

    @property
    def cookies(self):
        """The cookies, by name."""
        found = self.client._cookies or {}
        return {cookie.key: cookie.value for cookie in found.values()}

    @property
    def token(self):
        """A token for forms."""
        page = self.get("/login?again").text
        found = FIELD.search(page) or FIELD.search(self.get("/verify").text)
        return found[1]

    def send(self, url, headers=None, **fields):
        """Send a form."""
        data = {"csrf_token": self.token, **fields}
        return self.client.post(url, data=data, headers=headers)

    def fail(self, email="ada@wren.example", agent="A browser"):
        """Fail to log in, with any text in the form, and in a field of the header."""
        data = {"csrf_token": self.token, "email": email, "password": "no bells at all"}
        environ = {"HTTP_USER_AGENT": agent}
        return self.client.post("/login", data=data, environ_overrides=environ)

    def log_in(self, name="ada", password=None, url="/login", **fields):
        """Log in."""
        password = password or PASSWORDS[name]
        email = f"{name}@wren.example"
        return self.send(url, email=email, password=password, **fields)

    def log_out(self):
        """Log out."""
        return self.send("/logout")

    def forget_session(self):
        """Close the browser: the session's cookie is gone."""
        for name in self.cookies:
            if "session" in name:
                self.client.delete_cookie(name)

    def copy(self, app, *names):
        """Return another browser, which has copies of some cookies, or of all."""
        other = type(self)(app)
        for name, value in self.cookies.items():
            if not names or any(part in name for part in names):
                other.client.set_cookie(name, value)
        return other


@pytest.fixture
def browse(app):
    """Return what opens another browser."""
    return lambda: Browser(app)


@pytest.fixture
def ada(app):
    """Return Ada's browser, in which she has logged in."""
    browser = Browser(app)
    browser.log_in()
    return browser


@pytest.fixture
def user(app, users):
    """Return what finds a user, as it is now."""

    def find(name="ada"):
        with app.app_context():
            return users.find_user(email=f"{name}@wren.example")

    return find
