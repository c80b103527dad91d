"""What step 19 promises of extensions that were written for Flask: they run on ours.

They find the framework as `flask`; `costrel.testing.as_flask` sees to that.
"""

import re
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec

import pytest
from step19_extensions import App, abort, render_template_string, request
from werkzeug.test import Client

from costrel.testing.as_flask import as_flask

# a framework with other modules than ours has no place for Flask's names
pytestmark = pytest.mark.optional

FIRST = "the first five minutes of it need nothing that's new"


@pytest.fixture
def extension():
    """Return a function that imports an extension, for this test alone."""
    with ExitStack() as stack:

        def load(name):
            if find_spec(name) is None:
                pytest.skip(f"{name} isn't installed")
            stack.enter_context(as_flask("step19_extensions", name))
            return import_module(name)

        yield load


@pytest.fixture
def app():
    app = App("wren")
    app.secret_key = "a key that nobody knows"
    return app


# --- Flask-WTF


@pytest.fixture
def sign_up(extension, app):
    flask_wtf = extension("flask_wtf")
    wtforms = import_module("wtforms")

    class SignUp(flask_wtf.FlaskForm):
        email = wtforms.StringField(validators=[wtforms.validators.DataRequired()])

    @app.route("/", methods=["GET", "POST"])
    def index():
        form = SignUp()
        if form.validate_on_submit():
            return form.email.data
        return render_template_string(
            "{{ form.hidden_tag() }}{{ form.errors }}", form=form
        )

    return app.test_client()


def token_in(page):
    return re.search('value="([^"]+)"', page)[1]


@pytest.mark.holds_before(FIRST)
def test_form_of_flask_wtf_needs_its_token(sign_up):
    page = sign_up.get("/").text

    forged = sign_up.post("/", data={"email": "ada@wren.example"})
    sent = {"email": "ada@wren.example", "csrf_token": token_in(page)}

    assert "The CSRF token is missing." in forged.text
    assert sign_up.post("/", data=sent).text == "ada@wren.example"


@pytest.mark.holds_before(FIRST)
@pytest.mark.parametrize("token", ["", "x", "é", "a.b.c", "\0", "x" * 10_000])
def test_hostile_token_is_an_error_of_the_form(sign_up, token):
    sign_up.get("/")

    answer = sign_up.post("/", data={"email": "a@b.c", "csrf_token": token})

    assert answer.status_code == 200
    assert "CSRF" in answer.text


@pytest.mark.holds_before(FIRST)
def test_protection_of_flask_wtf_covers_every_view(extension, app):
    extension("flask_wtf").CSRFProtect(app)
    app.route("/", methods=["POST"])(lambda: "posted")

    assert app.test_client().post("/").status_code == 400


# --- Flask-SQLAlchemy


@pytest.fixture
def database(extension):
    pytest.importorskip("sqlalchemy")
    db = extension("flask_sqlalchemy").SQLAlchemy()

    class Guest(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String, unique=True)

    db.Guest = Guest
    return db


def guest_book(db, path):
    app = App("wren")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}"
    db.init_app(app)
    with app.app_context():
        db.create_all()

    @app.route("/", methods=["GET", "POST"])
    def guests():
        if request.method == "POST":
            db.session.add(db.Guest(name=request.form["name"]))
            db.session.flush()
            if request.form.get("then") == "fail":
                raise LookupError
            db.session.commit()
        names = db.session.scalars(db.select(db.Guest.name).order_by(db.Guest.id))
        return " ".join(names)

    @app.get("/<int:id>")
    def guest(id):
        return db.get_or_404(db.Guest, id).name

    return app


@pytest.fixture
def bakery(database, tmp_path):
    app = guest_book(database, tmp_path / "bakery.sqlite")
    app.logger.disabled = True
    yield app
    app.logger.disabled = False
    with app.app_context():
        database.engine.dispose()


def test_flask_sqlalchemy_keeps_what_is_committed(bakery):
    client = bakery.test_client()

    client.post("/", data={"name": "Ada"})

    assert client.get("/").text == "Ada"
    assert client.get("/1").text == "Ada"
    assert client.get("/2").status_code == 404


def test_flask_sqlalchemy_forgets_what_failed(bakery):
    client = bakery.test_client()

    failed = client.post("/", data={"name": "Eve", "then": "fail"})

    assert failed.status_code == 500
    assert client.post("/", data={"name": "Ada"}).text == "Ada"


def test_flask_sqlalchemy_keeps_two_apps_apart(bakery, database, tmp_path):
    clinic = guest_book(database, tmp_path / "clinic.sqlite")
    bakery.test_client().post("/", data={"name": "Ada"})
    clinic.test_client().post("/", data={"name": "Eve"})

    assert bakery.test_client().get("/").text == "Ada"
    assert clinic.test_client().get("/").text == "Eve"
    with clinic.app_context():
        database.engine.dispose()


def test_flask_sqlalchemy_ends_its_session_with_the_context(bakery, database):
    with bakery.app_context():
        first = database.session()
    with bakery.app_context():
        assert database.session() is not first
        assert database.session() is database.session()


# --- Flask-Login


@pytest.fixture
def backstage(extension, app):
    flask_login = extension("flask_login")
    manager = flask_login.LoginManager(app)
    manager.login_view = "log_in"

    class User(flask_login.UserMixin):
        def __init__(self, name):
            self.id = name

    manager.user_loader(lambda name: User(name) if name == "wren" else None)

    @app.route("/login", methods=["GET", "POST"])
    def log_in():
        flask_login.login_user(User("wren"), remember="keep" in request.args)
        return "welcome"

    @app.get("/logout")
    def log_out():
        flask_login.logout_user()
        return "bye"

    @app.get("/backstage")
    @flask_login.login_required
    def backstage():
        user = "{{ current_user.id }}"
        return flask_login.current_user.id + render_template_string(user)

    return app.test_client()


@pytest.mark.holds_before(FIRST)
def test_flask_login_lets_in_who_logged_in(backstage):
    before = backstage.get("/backstage")
    backstage.get("/login")

    assert before.status_code == 302
    assert before.location == "/login?next=%2Fbackstage"
    assert backstage.get("/backstage").text == "wrenwren"

    backstage.get("/logout")
    assert backstage.get("/backstage").status_code == 302


@pytest.mark.holds_before(FIRST)
# Flask-Login asks in a way that Python 3.12 and newer warn about
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_flask_login_remembers_after_the_session(backstage):
    backstage.get("/login?keep")
    backstage.delete_cookie("session")

    assert backstage.get("/backstage").text == "wrenwren"


@pytest.mark.holds_before(FIRST)
@pytest.mark.parametrize(
    "cookie",
    ["", "wren", "wren|", "wren|x", "|", "é|é", "wren|" + "0" * 128, "x" * 3000],
)
def test_hostile_remember_cookie_lets_nobody_in(backstage, cookie):
    headers = {"Cookie": f"remember_token={cookie}".encode().decode("latin-1")}

    assert backstage.get("/backstage", headers=headers).status_code == 302


# --- Flask-Caching


@pytest.mark.holds_before(FIRST)
def test_flask_caching_calls_a_view_once(extension, app):
    cache = extension("flask_caching").Cache(app, config={"CACHE_TYPE": "SimpleCache"})
    calls = []

    @app.get("/")
    @cache.cached(query_string=True)
    def index():
        calls.append(request.query_string)
        return f"number {len(calls)}"

    client = app.test_client()

    assert [client.get("/").text for _ in range(2)] == ["number 1", "number 1"]
    assert client.get("/?page=2").text == "number 2"


@pytest.mark.holds_before(FIRST)
def test_flask_caching_keeps_two_apps_apart(extension):
    cache = extension("flask_caching").Cache()
    apps = [App("bakery"), App("clinic")]
    for app in apps:
        cache.init_app(app, config={"CACHE_TYPE": "SimpleCache"})
        name = app.import_name
        app.add_url_rule("/", "index", cache.cached()(lambda name=name: name))

    texts = [app.test_client().get("/").text for app in apps for _ in range(2)]

    assert texts == ["bakery", "bakery", "clinic", "clinic"]


# --- Flask-CORS


@pytest.fixture
def api(extension, app):
    extension("flask_cors").CORS(app, origins=["https://wren.example"])
    app.add_url_rule("/", "songs", lambda: "songs", methods=["GET", "PUT"])
    app.add_url_rule("/broken", "broken", lambda: abort(403))
    return app.test_client()


@pytest.mark.holds_before(FIRST)
@pytest.mark.parametrize("path", ["/", "/none", "/broken"])
def test_flask_cors_lets_one_origin_read(api, path):
    answers = {
        origin: api.get(path, headers={"Origin": f"https://{origin}"}).headers
        for origin in ("wren.example", "eve.example")
    }

    allowed = "Access-Control-Allow-Origin"
    assert answers["wren.example"][allowed] == "https://wren.example"
    assert allowed not in answers["eve.example"]


@pytest.mark.holds_before(FIRST)
def test_flask_cors_answers_a_preflight(api):
    asks = {
        "Origin": "https://wren.example",
        "Access-Control-Request-Method": "PUT",
    }

    answer = api.options("/", headers=asks)

    assert answer.status_code == 200
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.holds_before(FIRST)
@pytest.mark.parametrize("origin", ["null", "é", "https://[", "\x00", "a" * 9000])
def test_hostile_origin_is_no_error(api, origin):
    environ = {"HTTP_ORIGIN": origin.encode().decode("latin-1")}

    answer = api.get("/", environ_overrides=environ)

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


# --- Flask-Limiter


@pytest.fixture
def limited(extension, app):
    flask_limiter = extension("flask_limiter")
    limiter = flask_limiter.Limiter(
        lambda: request.remote_addr,
        app=app,
        default_limits=["2 per hour"],
        storage_uri="memory://",
        headers_enabled=True,
    )
    app.add_url_rule("/", "index", lambda: "song")

    @app.get("/free")
    @limiter.exempt
    def free():
        return "free"

    return app


def test_flask_limiter_refuses_the_third_request(limited):
    client = limited.test_client()

    answers = [client.get("/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["X-RateLimit-Remaining"] == "1"
    assert client.get("/free").status_code == 200


def test_flask_limiter_counts_each_visitor(limited):
    visitors = [{"REMOTE_ADDR": f"192.0.2.{number}"} for number in (1, 2)]
    client = Client(limited)

    for _ in range(2):
        for visitor in visitors:
            assert client.get("/", environ_overrides=visitor).status_code == 200
    assert client.get("/", environ_overrides=visitors[0]).status_code == 429
