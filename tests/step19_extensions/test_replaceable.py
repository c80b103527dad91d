"""What step 19 promises of an app's parts: each can be replaced by another."""

import enum
import logging

import click
import pytest
from jinja2 import DictLoader, StrictUndefined, UndefinedError
from step19_extensions import (
    App,
    AppClient,
    AppCliRunner,
    Config,
    Request,
    Response,
    abort,
    g,
    jsonify,
    redirect,
    render_template,
    render_template_string,
    request,
    session,
    url_for,
)
from step19_extensions.sessions import SecureCookieSession, SessionInterface
from step19_extensions.templating import Environment
from step19_extensions.testing import EnvironBuilder
from werkzeug.exceptions import Aborter, HTTPException
from werkzeug.routing import BaseConverter, Map

KEY = "nobody knows this key"


@pytest.mark.holds_before("the app has asked for its classes since step 7")
def test_request_class_knows_more_than_ours():
    class PhoneRequest(Request):
        @property
        def is_phone(self):
            return "Mobile" in self.headers.get("User-Agent", "")

    app = App(__name__)
    app.request_class = PhoneRequest
    app.add_url_rule("/", "index", lambda: str(request.is_phone))

    client = app.test_client()

    assert client.get("/").text == "False"
    assert client.get("/", headers={"User-Agent": "Mobile"}).text == "True"


class PlainResponse(Response):
    default_mimetype = "text/plain"


@pytest.mark.holds_before("the app has asked for its classes since step 7")
@pytest.mark.parametrize(
    "view",
    [
        lambda: "text",
        lambda: {"a": 1},
        lambda: jsonify(1),
        lambda: redirect("/elsewhere"),
        lambda: abort(404),
        lambda: (b"bytes", 201),
    ],
)
def test_response_class_is_that_of_every_response(view):
    app, seen = App(__name__), []
    app.response_class = PlainResponse
    app.add_url_rule("/", "index", view)

    @app.after_request
    def look(response):
        seen.append(type(response))
        return response

    app.test_client().get("/")

    assert seen == [PlainResponse]


@pytest.mark.holds_before("the app has had a way to make responses since step 14")
def test_overridden_make_response_lets_views_return_more():
    class Lines(App):
        def make_response(self, rv):
            if isinstance(rv, set):
                rv = "\n".join(sorted(rv))
            return super().make_response(rv)

    app = Lines(__name__)
    app.add_url_rule("/", "index", lambda: {"wren", "robin"})

    assert app.test_client().get("/").text == "robin\nwren"


class Bird(enum.Enum):
    WREN = "Troglodytes"


class EnumProvider(App.json_provider_class):
    @staticmethod
    def default(value):
        return (
            value.name
            if isinstance(value, Bird)
            else App.json_provider_class.default(value)
        )


@pytest.mark.holds_before("the app has had a JSON provider since step 14")
def test_json_provider_writes_another_type_everywhere():
    app = App(__name__)
    app.json = EnumProvider(app)
    app.add_url_rule("/", "index", lambda: {"bird": Bird.WREN})
    template = "{{ bird|tojson }}"
    app.add_url_rule(
        "/page", "page", lambda: render_template_string(template, bird=[Bird.WREN])
    )
    app.add_url_rule("/echo", "echo", lambda: request.get_json(), methods=["POST"])
    client = app.test_client()

    assert client.get("/").json == {"bird": "WREN"}
    assert client.get("/page").text == '["WREN"]'
    assert client.post("/echo", json=[Bird.WREN]).json == ["WREN"]


class Memory(SessionInterface):
    """Keeps sessions in the server's memory; the cookie has a number."""

    def __init__(self):
        self.sessions = {}

    def open_session(self, app, request):
        number = request.cookies.get(self.get_cookie_name(app))
        return self.sessions.get(number, SecureCookieSession())

    def save_session(self, app, session, response):
        if session.modified:
            number = str(len(self.sessions) + 1)
            self.sessions[number] = SecureCookieSession(session)
            response.set_cookie(
                self.get_cookie_name(app),
                number,
                path=self.get_cookie_path(app),
                secure=self.get_cookie_secure(app),
            )


@pytest.mark.holds_before("the app has had a session interface since step 13")
def test_session_interface_keeps_sessions_elsewhere():
    app = App(__name__)
    app.config.update(SESSION_COOKIE_NAME="visit", SESSION_COOKIE_SECURE=True)
    app.session_interface = Memory()

    @app.get("/")
    def count():
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    client = app.test_client()
    answers = [client.get("/", base_url="https://wren.example") for _ in range(3)]

    assert [answer.text for answer in answers] == ["1", "2", "3"]
    assert answers[0].headers["Set-Cookie"] == "visit=1; Secure; Path=/"


def test_serializer_writes_a_cookie_session_its_own_way():
    class Reversed:
        def dumps(self, value):
            return repr(value)[::-1]

        def loads(self, text):
            return {"song": text[::-1]}

    app = App(__name__)
    app.secret_key = KEY
    app.session_interface = type(app.session_interface)()
    app.session_interface.serializer = Reversed()
    app.add_url_rule("/", "index", lambda: session.get("song", ""))

    @app.get("/keep")
    def keep():
        session["bird"] = "wren"
        return ""

    client = app.test_client()
    client.get("/keep")

    assert client.get("/").text == "{'bird': 'wren'}"


class BirdConverter(BaseConverter):
    regex = "wren|robin"


@pytest.mark.holds_before("the app has asked for its classes since step 3")
def test_url_map_class_has_more_converters():
    class BirdMap(Map):
        default_converters = {**Map.default_converters, "bird": BirdConverter}

    class Aviary(App):
        url_map_class = BirdMap

    app = Aviary(__name__)
    app.add_url_rule("/<bird:name>", "song", lambda name: name)
    client = app.test_client()

    assert client.get("/wren").text == "wren"
    assert client.get("/cat").status_code == 404


def test_adapter_of_the_apps_own_decides_what_matches_and_what_is_built():
    class Translated(App):
        def create_url_adapter(self, request):
            path = request.path.removeprefix("/fr") if request else None
            return self.url_map.bind("wren.example", path_info=path)

    app = Translated(__name__)
    app.add_url_rule("/songs", "songs", lambda: url_for("songs", _external=True))

    assert app.test_client().get("/fr/songs").text == "http://wren.example/songs"


@pytest.mark.holds_before("the app has asked for its classes since step 3")
def test_url_rule_class_has_more_options():
    class DocumentedRule(App.url_rule_class):
        def __init__(self, *arguments, summary="", **options):
            super().__init__(*arguments, **options)
            self.summary = summary

    class API(App):
        url_rule_class = DocumentedRule

    app = API(__name__)

    @app.get("/songs", summary="All songs")
    def songs():
        return request.url_rule.summary

    assert app.test_client().get("/songs").text == "All songs"


@pytest.mark.holds_before("the app has asked for its classes since step 10")
def test_config_class_checks_its_settings():
    class StrictConfig(Config):
        def __setitem__(self, name, value):
            if not name.isupper():
                raise ValueError(f"{name!r} is not in capitals")
            super().__setitem__(name, value)

    class Strict(App):
        config_class = StrictConfig

    app = Strict(__name__)
    app.config["SONG"] = "dawn"

    with pytest.raises(ValueError, match="'song' is not in capitals"):
        app.config["song"] = "dusk"
    assert app.config["SONG"] == "dawn"


def test_jinja_environment_gets_the_app():
    class StrictEnvironment(Environment):
        def __init__(self, app, **options):
            super().__init__(app, undefined=StrictUndefined, **options)
            self.globals["shop"] = app.config["SHOP"]

    class Strict(App):
        jinja_environment = StrictEnvironment

    app = Strict(__name__)
    app.config["SHOP"] = "Wren's"

    with app.app_context():
        assert render_template_string("{{ shop }}") == "Wren&#39;s"
        with pytest.raises(UndefinedError):
            render_template_string("{{ nobody }}")


@pytest.mark.holds_before("the app has asked for its options since step 11")
def test_jinja_options_are_those_of_the_environment():
    app = App(__name__)
    app.jinja_options = {"variable_start_string": "[[", "variable_end_string": "]]"}

    with app.app_context():
        assert render_template_string("[[ 1 + 1 ]] {{ 3 }}") == "2 {{ 3 }}"


@pytest.mark.holds_before("the app has asked for its loader since step 16")
def test_jinja_loader_finds_templates_elsewhere():
    class Shelf(App):
        def create_global_jinja_loader(self):
            return DictLoader({"page.html": "{{ song }}"})

    with Shelf(__name__).app_context():
        assert render_template("page.html", song="<dawn>") == "&lt;dawn&gt;"


@pytest.mark.holds_before("the app has had an aborter since step 4")
def test_aborter_knows_another_code():
    class TooEarly(HTTPException):
        code = 425
        description = "Wren sings at dawn."

    class EarlyAborter(Aborter):
        def __init__(self):
            super().__init__(extra={425: TooEarly})

    class Early(App):
        aborter_class = EarlyAborter

    app = Early(__name__)
    app.add_url_rule("/", "index", lambda: abort(425))
    answer = app.test_client().get("/")

    assert answer.status_code == 425
    assert "Wren sings at dawn." in answer.text


@pytest.mark.holds_before("the app has had a redirect of its own since step 8")
def test_redirect_of_the_app_is_everyones():
    class Polite(App):
        def redirect(self, location, code=302):
            response = super().redirect(location, code)
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

    app = Polite(__name__)
    app.add_url_rule("/", "index", lambda: redirect("/elsewhere"))
    answer = app.test_client().get("/")

    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.holds_before("the app has asked for its client since step 5")
def test_test_client_signs_every_request():
    class Signed(AppClient):
        def __init__(self, *arguments, token, **options):
            super().__init__(*arguments, **options)
            self.token = token

        def open(self, *arguments, **options):
            options["headers"] = {"Authorization": f"Bearer {self.token}"}
            return super().open(*arguments, **options)

    app = App(__name__)
    app.test_client_class = Signed
    app.add_url_rule("/", "index", lambda: request.headers["Authorization"])

    assert app.test_client(token="abc").get("/").text == "Bearer abc"


@pytest.mark.holds_before("the app has asked for its runner since step 18")
def test_test_cli_runner_answers_every_question():
    class Yes(AppCliRunner):
        def invoke(self, cli=None, *arguments, **options):
            return super().invoke(cli, *arguments, input="y\n", **options)

    app = App(__name__)
    app.test_cli_runner_class = Yes

    @app.cli.command("empty")
    @click.confirmation_option()
    def empty():
        click.echo("empty")

    assert "empty" in app.test_cli_runner().invoke(args=["empty"]).output.split()


@pytest.mark.holds_before("the app has asked for its classes since step 7")
def test_class_of_g_has_a_beginning():
    class Basket(App.app_ctx_globals_class):
        def __init__(self):
            self.basket = []

    class Shelf(App):
        app_ctx_globals_class = Basket

    app = Shelf(__name__)

    @app.get("/")
    def index():
        g.basket.append("bell")
        return str(g.basket)

    client = app.test_client()

    assert [client.get("/").text for _ in range(2)] == ["['bell']", "['bell']"]


def test_builder_of_environs_writes_what_the_app_can_write():
    app = App(__name__)
    app.json = EnumProvider(app)
    app.config["SERVER_NAME"] = "wren.example"

    builder = EnvironBuilder(app, "/songs", url_scheme="https", json=[Bird.WREN])
    asked = Request(builder.get_environ())

    assert asked.url == "https://wren.example/songs"
    assert asked.get_json() == ["WREN"]


@pytest.mark.optional
def test_client_builds_a_request_without_sending_it():
    """The test client of Flask-SocketIO asks for it, by these names."""
    app = App(__name__)
    app.config["SERVER_NAME"] = "wren.example"
    options = {"method": "POST", "data": {"bird": "wren"}}

    asked = app.test_client()._request_from_builder_args(
        args=("/songs",), kwargs=options
    )

    assert (asked.method, asked.url) == ("POST", "http://wren.example/songs")
    assert asked.form["bird"] == "wren"


# --- settings that count wherever they are asked


@pytest.mark.parametrize("make", [Response, lambda: jsonify(1), lambda: redirect("/")])
def test_setting_limits_the_cookies_of_every_response(make):
    app = App(__name__)
    app.config["MAX_COOKIE_SIZE"] = 100

    with app.test_request_context(), pytest.warns(UserWarning, match="too large"):
        make().set_cookie("song", "x" * 100)


@pytest.mark.holds_before("without an app, Werkzeug's own limit counts")
def test_cookies_without_an_app_have_werkzeugs_limit():
    assert Response().max_cookie_size == 4093


# --- what is called through the app may be replaced on the app


@pytest.mark.holds_before("the app has called its own methods since step 7")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("preprocess_request", "/"),
        ("dispatch_request", "/"),
        ("full_dispatch_request", "/"),
        ("make_default_options_response", "/"),
        ("finalize_request", "/"),
        ("process_response", "/"),
        ("do_teardown_request", "/"),
        ("do_teardown_appcontext", "/"),
        ("handle_user_exception", "/none"),
        ("handle_http_exception", "/none"),
        ("handle_exception", "/broken"),
        ("log_exception", "/broken"),
        ("make_response", "/"),
    ],
)
def test_method_put_on_the_app_is_the_one_that_is_called(method, path):
    app, seen = App(__name__), []
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    app.logger.disabled = True
    own = getattr(app, method)

    def instead(*arguments, **options):
        seen.append(method)
        return own(*arguments, **options)

    setattr(app, method, instead)
    verb = "OPTIONS" if "options" in method else "GET"
    app.test_client().open(path, method=verb)

    assert method in seen


def test_routing_error_is_raised_by_the_app():
    class Gone(App):
        def raise_routing_exception(self, request):
            abort(410, f"{request.path} is gone.")

    answer = Gone(__name__).test_client().get("/songs")

    assert answer.status_code == 410
    assert "/songs is gone." in answer.text


@pytest.fixture(autouse=True)
def quiet_logger():
    yield
    logging.getLogger(__name__).disabled = False
