"""What step 7 promises: `request`, `current_app` and `g`, found where they're used."""

import asyncio
from contextlib import ExitStack
from threading import Thread

import pytest
from step07_contexts import (
    App,
    Request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
)
from werkzeug.debug import DebuggedApplication
from werkzeug.routing import BaseConverter
from werkzeug.test import Client, EnvironBuilder, create_environ

from costrel.testing.threads import join


@pytest.fixture(autouse=True)
def no_context_is_left():
    yield
    # a name that a framework does not have yet is imported as a class
    if not isinstance(has_app_context, type):
        assert not has_app_context(), "the test left a context active"


def in_thread(function):
    """Return what a function returns, or the error it raises, in its own thread."""
    results = []

    def run():
        try:
            results.append(function())
        except Exception as error:
            results.append(error)

    thread = Thread(target=run)
    thread.start()
    join(thread)
    return results[0]


# --- in a view


def test_view_finds_the_request():
    app = App(__name__)

    @app.route("/<city>")
    def party(city):
        return f"{request.method} {request.path} {request.args['day']}"

    assert app.test_client().get("/oslo?day=2").text == "GET /oslo 2"


def test_helper_of_a_view_finds_the_request():
    app = App(__name__)

    def greeting():
        return {"de": "Grüezi"}.get(request.cookies.get("language"), "Hello")

    app.route("/")(lambda: f"{greeting()}!")
    client = app.test_client()

    assert client.get("/").text == "Hello!"
    client.set_cookie("language", "de")
    assert client.get("/").text == "Grüezi!"


def test_parts_of_an_answer_can_be_overridden():
    called = []

    class Told(App):
        def full_dispatch_request(self):
            called.append("full_dispatch_request")
            return super().full_dispatch_request()

        def dispatch_request(self):
            called.append("dispatch_request")
            return super().dispatch_request()

        def make_default_options_response(self):
            called.append("make_default_options_response")
            return super().make_default_options_response()

        def handle_user_exception(self, error):
            called.append("handle_user_exception")
            return super().handle_user_exception(error)

        def handle_exception(self, error):
            called.append("handle_exception")
            return super().handle_exception(error)

    app = Told(__name__)
    app.logger.disabled = True
    app.add_url_rule("/", "hello", lambda: "hello")
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    client = app.test_client()

    answers = [client.get("/"), client.options("/"), client.get("/broken")]

    assert [answer.status_code for answer in answers] == [200, 200, 500]
    assert called[:2] == ["full_dispatch_request", "dispatch_request"]
    assert called[4] == "make_default_options_response"
    assert called[7:9] == ["handle_user_exception", "handle_exception"]


def test_error_handler_finds_the_request():
    app = App(__name__)
    app.register_error_handler(404, lambda error: (f"no {request.path}", 404))

    assert app.test_client().get("/nowhere").text == "no /nowhere"


def test_request_knows_its_rule():
    app = App(__name__)

    @app.route("/<city>")
    def party(city):
        return f"{request.endpoint} {request.url_rule.rule} {request.view_args}"

    assert app.test_client().get("/oslo").text == "party /<city> {'city': 'oslo'}"


def test_request_without_a_rule_knows_that():
    app = App(__name__)

    @app.errorhandler(404)
    def lost(error):
        return f"{request.endpoint} {request.view_args}"

    assert app.test_client().get("/nowhere").text == "None None"


def test_current_app_is_the_app_that_answers():
    one, two = App("one"), App("two")

    def index():
        return current_app.import_name

    one.route("/")(index)
    two.route("/")(index)

    assert one.test_client().get("/").text == "one"
    assert two.test_client().get("/").text == "two"


def test_converter_finds_app_and_request():
    class City(BaseConverter):
        def to_python(self, value):
            return f"{value} by {current_app.import_name} at {request.host}"

    app = App("wren")
    app.url_map.converters["city"] = City
    app.route("/<city:city>")(lambda city: city)

    assert app.test_client().get("/oslo").text == "oslo by wren at localhost"


def test_view_and_helpers_share_g():
    app = App(__name__)

    def greet():
        return f"Hello {g.name}"

    @app.route("/")
    def index():
        g.name = "Ada"
        return greet()

    assert app.test_client().get("/").text == "Hello Ada"


def test_each_request_has_a_g_of_its_own():
    app = App(__name__)

    @app.route("/")
    def index():
        g.visits = g.get("visits", 0) + 1
        return f"{g.visits}"

    client = app.test_client()

    assert [client.get("/").text for _ in range(2)] == ["1", "1"]


def test_g_can_be_asked_what_it_holds():
    with App(__name__).app_context():
        g.name = "Ada"

        assert "name" in g and "city" not in g
        assert list(g) == ["name"]
        assert (g.get("name"), g.get("city"), g.get("city", "?")) == ("Ada", None, "?")
        assert g.setdefault("name", "Eve") == "Ada"
        assert g.pop("name") == "Ada"
        assert g.pop("name", "gone") == "gone"
        with pytest.raises(KeyError):
            g.pop("name")
        with pytest.raises(AttributeError, match="name"):
            _ = g.name


# --- outside


def test_g_is_shown_without_its_values():
    with App(__name__).app_context():
        g.password = "nightingale"

        assert "nightingale" not in repr(g)


@pytest.mark.optional
def test_app_may_bring_its_own_g():
    class Room(App.app_ctx_globals_class):
        floor = 3

    class House(App):
        app_ctx_globals_class = Room

    with House(__name__).app_context():
        assert g.floor == 3


def test_proxies_are_false_where_they_mean_nothing():
    assert not request and not current_app and not g
    with App(__name__).app_context():
        assert current_app and g and not request
    with App(__name__).test_request_context():
        assert current_app and g and request


@pytest.mark.optional
def test_proxy_can_be_shown_anywhere():
    assert "unbound" in repr(request)


def test_proxy_passes_for_what_it_stands_for():
    with App(__name__).test_request_context("/oslo"):
        assert isinstance(request, Request)
        assert type(request._get_current_object()) is Request


def test_there_is_a_way_to_ask_for_a_context():
    def asked():
        return has_app_context(), has_request_context()

    app = App(__name__)

    assert asked() == (False, False)
    with app.app_context():
        assert asked() == (True, False)
    with app.test_request_context():
        assert asked() == (True, True)


@pytest.mark.parametrize(
    "use",
    [
        lambda: request.path,
        lambda: request.form["email"],
        lambda: setattr(request, "path", "/"),
    ],
)
def test_request_outside_is_an_error(use):
    with pytest.raises(RuntimeError, match="request"):
        use()
    with App(__name__).app_context(), pytest.raises(RuntimeError, match="request"):
        use()


@pytest.mark.optional
@pytest.mark.differs("Flask refers to its documentation about testing")
def test_error_outside_a_request_says_what_to_do():
    with pytest.raises(RuntimeError, match=r"in a view.*with app.test_request_context"):
        _ = request.path


@pytest.mark.parametrize(
    "use", [lambda: current_app.import_name, lambda: g.name, lambda: g.get("name")]
)
def test_error_outside_an_app_says_what_to_do(use):
    with pytest.raises(RuntimeError, match=r"app\.app_context\(\)"):
        use()


# --- begun by hand


def test_made_up_request_can_be_looked_at():
    app = App(__name__)
    app.route("/<city>", endpoint="party")(lambda city: "x")

    with app.test_request_context("/oslo", query_string={"day": 2}, method="POST"):
        assert (request.path, request.args["day"]) == ("/oslo", "2")
        assert request.method == "POST"
    with app.test_request_context("/oslo"):
        assert (request.endpoint, request.view_args) == ("party", {"city": "oslo"})


def test_request_of_an_environ_can_be_looked_at():
    app = App(__name__)

    with app.request_context(create_environ("/oslo", "http://wren.example")):
        assert request.url == "http://wren.example/oslo"


def test_made_up_request_may_fit_no_rule():
    with App(__name__).test_request_context("/nowhere"):
        assert request.url_rule is None
        assert request.path == "/nowhere"


def test_inner_context_hides_the_outer_one():
    one, two = App("one"), App("two")

    def at_work():
        return current_app.import_name, request.path

    with one.test_request_context("/1"):
        with two.test_request_context("/2"):
            assert at_work() == ("two", "/2")
        assert at_work() == ("one", "/1")


def test_request_of_another_app_may_be_made_in_a_view():
    api, shop = App("api"), App("shop")
    api.route("/price")(lambda: f"{current_app.import_name} says 12")

    @shop.route("/")
    def index():
        price = api.test_client().get("/price").text
        return f"{price}; {current_app.import_name}{request.path}"

    assert shop.test_client().get("/").text == "api says 12; shop/"


@pytest.mark.differs("in Flask 3.1 a request shares the g of an app context around it")
def test_request_in_an_app_context_has_a_g_of_its_own():
    app = App(__name__)

    with app.app_context():
        g.name = "Ada"
        with app.test_request_context():
            assert "name" not in g
        assert g.name == "Ada"


def test_app_context_of_another_app_has_a_g_of_its_own():
    with App("one").app_context():
        g.name = "Ada"
        with App("two").app_context():
            assert "name" not in g
        assert g.name == "Ada"


def test_context_may_begin_again():
    app = App(__name__)
    context = app.test_request_context("/oslo")

    for _ in range(2):
        with context:
            assert request.path == "/oslo"
        assert not has_request_context()


@pytest.mark.differs("Flask lets one context be active several times", safer=True)
def test_active_context_cannot_begin_again():
    with App(__name__).test_request_context("/oslo") as context:
        with pytest.raises(RuntimeError, match=r"active already.*once"), context:
            pass
        assert request.path == "/oslo"

    assert not has_request_context()


def test_context_may_begin_and_end_by_hand():
    context = App(__name__).app_context()

    context.push()
    assert has_app_context()
    context.pop()
    assert not has_app_context()


# Flask raises LookupError and AssertionError where we raise RuntimeError
WRONG_END = (RuntimeError, LookupError, AssertionError)


def test_context_that_never_began_cannot_end():
    with pytest.raises(WRONG_END):
        App(__name__).app_context().pop()


def test_context_ends_once():
    context = App(__name__).app_context()
    context.push()
    context.pop()

    with pytest.raises(WRONG_END):
        context.pop()


def test_context_cannot_end_in_another_thread():
    with App(__name__).test_request_context("/oslo") as context:
        assert isinstance(in_thread(context.pop), WRONG_END)
        assert request.path == "/oslo"


@pytest.mark.differs(
    "in Flask a task that ends its parent's context breaks it for the parent",
    safer=True,
)
def test_context_cannot_end_in_another_task():
    app = App(__name__)

    async def end(context):
        context.pop()

    async def main():
        with app.test_request_context("/oslo") as context:
            [error] = await asyncio.gather(end(context), return_exceptions=True)
            return error, request.path

    error, path = asyncio.run(main())

    assert isinstance(error, WRONG_END)
    assert path == "/oslo"


@pytest.mark.optional
@pytest.mark.differs("Flask lets the LookupError of contextvars through")
def test_context_that_cannot_end_says_why():
    with pytest.raises(RuntimeError, match=r"isn't active here.*once.*thread or task"):
        App(__name__).app_context().pop()


def test_forgotten_context_is_ended_and_reported():
    app = App(__name__)
    inner = app.app_context()

    with pytest.raises(WRONG_END), app.test_request_context():
        inner.push()

    assert not has_app_context()


def test_contexts_that_end_in_the_wrong_order_are_both_gone():
    outer, inner = App("outer").app_context(), App("inner").app_context()
    outer.push()
    inner.push()

    for context in (outer, inner):
        with pytest.raises(WRONG_END):
            context.pop()

    assert not has_app_context()


@pytest.mark.differs("Flask makes a context active again that has ended", safer=True)
def test_ended_context_is_never_active_again():
    def end_in_the_wrong_order():
        outer, middle, inner = (App(name).app_context() for name in ("a", "b", "c"))
        for context in (outer, middle, inner):
            context.push()
        for context in (middle, inner):
            with pytest.raises(WRONG_END):
                context.pop()
        active = current_app.import_name
        outer.pop()
        return active, has_app_context()

    assert in_thread(end_in_the_wrong_order) == ("a", False)


def test_context_that_was_forgotten_may_begin_again():
    outer, inner = App("outer").app_context(), App("inner").app_context()
    outer.push()
    inner.push()
    with pytest.raises(WRONG_END):
        outer.pop()

    with inner:
        assert current_app.import_name == "inner"
    assert not has_app_context()


@pytest.mark.optional
@pytest.mark.differs("Flask says only which context it found")
def test_forgotten_context_is_named():
    outer, inner = App("outer"), App("inner")

    expected = pytest.raises(RuntimeError, match=r"'outer'.*'inner'.*reverse order")
    with expected, outer.app_context():
        inner.app_context().push()


# --- when something fails


@pytest.mark.parametrize("testing", [False, True])
def test_context_ends_when_the_view_raises(testing):
    app = App(__name__)
    app.testing = testing
    app.logger.disabled = True
    app.route("/")(lambda: 1 / 0)

    try:
        status = app.test_client().get("/").status_code
    except ZeroDivisionError:
        status = None

    assert status == (None if testing else 500)
    assert not has_app_context()


class TimedOut(BaseException):
    """What gevent and signal handlers raise wherever the program happens to be."""


class Late(BaseConverter):
    def to_python(self, value):
        raise TimedOut


def test_context_that_could_not_begin_is_not_left_behind():
    app = App(__name__)
    app.url_map.converters["late"] = Late
    app.route("/<late:value>")(lambda value: "x")

    with pytest.raises(TimedOut):
        app.test_client().get("/now")

    assert not has_app_context()


@pytest.mark.differs(
    "Flask leaves the context that it could not begin active", safer=True
)
def test_context_that_could_not_begin_by_hand_is_not_left_behind():
    app = App(__name__)
    app.url_map.converters["late"] = Late
    app.route("/<late:value>")(lambda value: "x")

    def begin():
        with pytest.raises(TimedOut):
            app.test_request_context("/now").push()
        return has_app_context()

    # in a thread, because what is left behind there goes with it
    assert in_thread(begin) is False


class Broken(BaseConverter):
    def to_python(self, value):
        raise LookupError("the list of cities is gone")


def app_with_broken_converter():
    app = App(__name__)
    app.logger.disabled = True
    app.url_map.converters["broken"] = Broken
    app.route("/<broken:value>")(lambda value: "x")
    return app


def test_error_in_a_converter_is_answered():
    app = app_with_broken_converter()

    assert app.test_client().get("/oslo").status_code == 500
    assert not has_app_context()


@pytest.mark.differs("Flask asks only the handler for 500")
def test_error_in_a_converter_reaches_its_handler():
    app = app_with_broken_converter()
    app.register_error_handler(
        LookupError, lambda error: (f"{request.path} {error}", 503)
    )

    assert app.test_client().get("/oslo").text == "/oslo the list of cities is gone"


# --- beyond the request


def test_generator_that_outlives_its_request_is_told_so():
    app = App(__name__)

    @app.route("/")
    def index():
        yield request.path

    with pytest.raises(RuntimeError, match="request"):
        _ = app.test_client().get("/").text


def test_generator_may_take_along_what_it_needs():
    app = App(__name__)

    @app.route("/")
    def index():
        path = request.path
        return (f"{path} {has_request_context()}" for _ in range(1))

    assert app.test_client().get("/").text == "/ False"


def test_thread_has_no_context():
    with App(__name__).test_request_context("/oslo"):
        assert in_thread(has_app_context) is False


def test_thread_may_take_the_request_along():
    app = App(__name__)

    @app.route("/<city>")
    def party(city):
        @copy_current_request_context
        def work(day):
            return f"{request.path} {day} {current_app.import_name == __name__}"

        return in_thread(lambda: work(day=2))

    assert app.test_client().get("/oslo").text == "/oslo 2 True"


def test_thread_may_outlive_the_request():
    app = App(__name__)
    left = []

    @app.route("/<city>")
    def party(city):
        left.append(copy_current_request_context(lambda: request.path))
        return "soon"

    app.test_client().get("/oslo")

    assert left[0]() == "/oslo"
    assert in_thread(left[0]) == "/oslo"


def test_thread_has_nothing_to_take_along_outside_a_request():
    with pytest.raises(RuntimeError, match="request"):
        copy_current_request_context(print)
    with App(__name__).app_context(), pytest.raises(RuntimeError, match="request"):
        copy_current_request_context(print)


def test_thread_has_a_g_of_its_own():
    with App(__name__).test_request_context():
        g.name = "Ada"

        @copy_current_request_context
        def work():
            return g.get("name", "nobody")

        assert in_thread(work) == "nobody"


@pytest.mark.optional
def test_copied_context_leaves_the_function_s_name():
    with App(__name__).test_request_context():

        @copy_current_request_context
        def work():
            """Do it."""

    assert (work.__name__, work.__doc__) == ("work", "Do it.")


def test_task_inherits_the_request():
    async def path():
        return request.path

    async def start():
        with App(__name__).test_request_context("/oslo"):
            task = asyncio.create_task(path())
        return await task

    assert asyncio.run(start()) == "/oslo"


# --- kept for a look


def test_client_in_a_with_block_keeps_the_context():
    app = App(__name__)

    @app.route("/<city>")
    def party(city):
        g.city = city
        return "x"

    with app.test_client() as client:
        client.get("/oslo")
        assert (request.path, g.city) == ("/oslo", "oslo")
        client.get("/lyon")
        assert (request.path, g.city) == ("/lyon", "lyon")

    assert not has_app_context()


def test_context_may_end_around_one_that_a_client_keeps():
    app = App(__name__)
    app.route("/")(lambda: "x")

    with app.test_client() as client:
        with app.app_context():
            assert client.get("/").text == "x"
        assert client.get("/").text == "x"

    assert not has_app_context()


def test_client_keeps_no_context_unless_asked():
    app = App(__name__)
    app.route("/")(lambda: "x")
    client = app.test_client()

    with client:
        client.get("/")
    client.get("/")

    assert not has_app_context()


def test_client_keeps_the_context_after_a_redirect():
    app = App(__name__)
    app.route("/songs/")(lambda: "songs")

    with app.test_client() as client:
        client.get("/songs", follow_redirects=True)
        assert request.path == "/songs/"


def test_client_keeps_the_context_of_a_finished_environ():
    app = App(__name__)
    app.route("/oslo")(lambda: "x")

    with app.test_client() as client:
        client.open(EnvironBuilder("/oslo"))
        assert request.path == "/oslo"


def test_client_keeps_nothing_of_a_request_that_failed():
    app = App(__name__)
    app.testing = True
    app.route("/")(lambda: 1 / 0)

    with app.test_client() as client, pytest.raises(ZeroDivisionError):
        client.get("/")

    assert not has_app_context()


@pytest.mark.optional
def test_debugger_may_look_into_the_request_that_failed():
    app = App(__name__)
    app.debug = True
    app.route("/oslo")(lambda: 1 / 0)
    debugger = DebuggedApplication(app, evalex=True)

    Client(debugger).get("/oslo")
    contexts = next(iter(debugger.frame_contexts.values()))

    for _ in range(2):
        with ExitStack() as stack:
            for context in contexts:
                stack.enter_context(context)
            assert request.path == "/oslo"
