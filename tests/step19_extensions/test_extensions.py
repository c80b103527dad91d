"""What step 19 promises of extensions: one object, any number of apps."""

import click
import pytest
from step19_extensions import (
    App,
    app_ctx,
    current_app,
    g,
    render_template_string,
    request,
    request_ctx,
    session,
    template_rendered,
    with_appcontext,
)
from step19_extensions.views import http_method_funcs
from werkzeug.exceptions import MethodNotAllowed

OLD = "all of it has been there since step 18; what's new is to keep to it"


class Shelf:
    """An extension in all its parts: each visit takes a bell, and puts it back."""

    def init_app(self, app):
        app.config.setdefault("BELLS", ["brass"])
        app.extensions["shelf"] = [*app.config["BELLS"]]
        app.teardown_appcontext(self.put_back)
        app.add_template_global(lambda: len(self.bells), "bells_left")
        app.cli.add_command(count)

    @property
    def bells(self):
        return current_app.extensions["shelf"]

    def take(self):
        g.bell = self.bells.pop()
        return g.bell

    def put_back(self, error):
        if "bell" in g:
            self.bells.append(g.pop("bell"))


@click.command("bells")
@with_appcontext
def count():
    click.echo(" ".join(current_app.extensions["shelf"]))


@pytest.fixture
def shelf():
    return Shelf()


def make_app(shelf, *bells):
    app = App(__name__)
    if bells:
        app.config["BELLS"] = bells
    shelf.init_app(app)
    app.add_url_rule("/", "index", shelf.take)
    return app


# --- the protocol


@pytest.mark.holds_before(OLD)
def test_one_extension_serves_two_apps(shelf):
    bakery, clinic = make_app(shelf, "copper"), make_app(shelf, "steel")

    assert bakery.test_client().get("/").text == "copper"
    assert clinic.test_client().get("/").text == "steel"
    assert bakery.test_client().get("/").text == "copper"


@pytest.mark.holds_before(OLD)
def test_extension_adds_a_setting_that_the_app_may_have(shelf):
    assert make_app(shelf).config["BELLS"] == ["brass"]
    assert make_app(shelf, "tin").config["BELLS"] == ("tin",)


@pytest.mark.holds_before(OLD)
def test_what_a_view_took_is_put_back_even_if_it_fails(shelf):
    app = make_app(shelf)
    app.logger.disabled = True

    @app.get("/fail")
    def fail():
        shelf.take()
        raise LookupError

    answers = [app.test_client().get("/fail").status_code for _ in range(2)]
    app.logger.disabled = False

    assert answers == [500, 500]
    assert app.extensions["shelf"] == ["brass"]


@pytest.mark.holds_before(OLD)
def test_template_global_knows_the_app_that_renders(shelf):
    apps = make_app(shelf), make_app(shelf, "tin", "steel")

    for app, left in zip(apps, ["1", "2"], strict=True):
        with app.app_context():
            assert render_template_string("{{ bells_left() }}") == left


@pytest.mark.holds_before(OLD)
def test_command_of_an_extension_works_for_each_app(shelf):
    for bell in ("tin", "steel"):
        runner = make_app(shelf, bell).test_cli_runner()
        assert runner.invoke(args=["bells"]).output == f"{bell}\n"


@pytest.mark.holds_before(OLD)
def test_signal_is_heard_from_the_app_that_was_named():
    heard, apps = [], [App("bakery"), App("clinic")]

    def listen(sender, **more):
        heard.append(sender.import_name)

    for app in apps:
        app.add_url_rule("/", "index", lambda: render_template_string(""))
    template_rendered.connect(listen, apps[0])
    for app in apps:
        app.test_client().get("/")

    assert heard == ["bakery"]


@pytest.mark.holds_before("Flask-Caching does that, so the lists are read late")
def test_hook_that_a_view_adds_counts_for_its_own_request():
    app = App(__name__)

    def add_header(response):
        response.headers["X-Added"] = "late"
        return response

    @app.get("/")
    def index():
        app.after_request_funcs.setdefault(None, []).append(add_header)
        return ""

    assert app.test_client().get("/").headers["X-Added"] == "late"


@pytest.mark.holds_before("Flask-RESTful does that")
def test_view_may_be_replaced_after_it_was_registered():
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: "old")

    app.view_functions["index"] = lambda: "new"

    assert app.test_client().get("/").text == "new"


def test_adapter_of_a_request_knows_its_path_and_method():
    app = App(__name__)
    app.add_url_rule("/songs/<bird>", "song", lambda bird: bird, methods=["PUT"])

    with app.test_request_context("/songs/wren?loud=1", method="PUT"):
        asked = app.create_url_adapter(request)
    with app.test_request_context("/songs/robin"):
        other = app.create_url_adapter(request)

    assert asked.match() == ("song", {"bird": "wren"})
    assert asked.query_args == "loud=1"
    with pytest.raises(MethodNotAllowed):
        other.match()


@pytest.mark.holds_before("an adapter is bound to SERVER_NAME since step 8")
def test_adapter_without_a_request_is_for_the_configured_host():
    app = App(__name__)
    app.config["SERVER_NAME"] = "wren.example"
    app.add_url_rule("/songs", "songs")

    adapter = app.create_url_adapter(None)

    assert adapter.build("songs", force_external=True) == "http://wren.example/songs"


def test_names_of_view_methods_are_known():
    assert {"get", "head", "post", "put", "patch", "delete"} < http_method_funcs


# --- the context by name


def test_context_is_one_object_until_its_teardown_is_done():
    app, seen = App(__name__), []

    def look(*arguments):
        seen.append(app_ctx._get_current_object())

    app.before_request(look)
    app.teardown_request(look)
    app.teardown_appcontext(look)

    @app.get("/")
    def index():
        look()
        return ""

    for _ in range(2):
        app.test_client().get("/")

    assert len({id(each) for each in seen}) == 2
    assert seen[0] is seen[1] is seen[2] is seen[3]
    assert seen[4] is seen[5] is seen[6] is seen[7]


def test_what_an_extension_keeps_on_the_context_ends_with_it():
    app = App(__name__)

    @app.get("/")
    def index():
        left = hasattr(request_ctx, "limits")
        request_ctx.limits = ["ten a minute"]
        return str(left)

    client = app.test_client()

    assert [client.get("/").text for _ in range(2)] == ["False", "False"]


def test_context_by_name_knows_app_request_and_g():
    app = App(__name__)

    with app.test_request_context("/songs"):
        assert app_ctx.app is app
        assert request_ctx.request is request._get_current_object()
        g.song = "dawn"
        assert app_ctx.g.song == "dawn"


@pytest.mark.differs("Flask 3.1.3 has a private attribute for that")
def test_extension_may_put_another_session_into_the_context():
    app = App(__name__)

    with app.test_request_context():
        request_ctx.session = {"song": "dawn"}
        assert session["song"] == "dawn"


def test_context_by_name_is_false_without_one():
    assert not app_ctx
    with App(__name__).app_context():
        assert app_ctx
        assert not request_ctx


def test_context_by_name_says_what_is_missing():
    with pytest.raises(RuntimeError, match="app_context"):
        _ = app_ctx.app


@pytest.mark.differs("Flask's message doesn't say that a request is what's missing")
def test_request_context_by_name_needs_a_request():
    missing = pytest.raises(RuntimeError, match="no current request")

    with App(__name__).app_context(), missing:
        _ = request_ctx.app


# --- functions of developers, which extensions call


def test_function_that_an_extension_calls_is_called_as_it_is():
    def load_user(name):
        return name.upper()

    assert App(__name__).ensure_sync(load_user)("ada") == "ADA"


@pytest.mark.until("step20_async", "step 20 awaits it")
@pytest.mark.differs("Flask awaits it, as we do from step 20 on")
def test_extension_is_told_that_nothing_awaits_an_async_function():
    async def load_user(name):
        return name.upper()

    with pytest.raises(TypeError, match=r"load_user.*nothing awaits it"):
        App(__name__).ensure_sync(load_user)
