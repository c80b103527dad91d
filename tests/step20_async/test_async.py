"""What step 20 promises of `async def`: views, hooks and handlers that may wait."""

import asyncio
import sys
import threading
from contextvars import ContextVar
from functools import partial, wraps
from types import SimpleNamespace

import click
import pytest
from step20_async import (
    App,
    Blueprint,
    MethodView,
    View,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    render_template_string,
    request,
    request_started,
    session,
    stream_with_context,
)

from costrel.testing.threads import join

PATIENCE = 60  # seconds, for a machine that has other things to do


class BellError(Exception):
    """What the tests' views raise."""


@pytest.fixture
def app():
    app = App("wren")
    app.testing = True
    app.secret_key = "a key for the tests of step 20"
    yield app
    assert not has_app_context(), "a context leaked"


@pytest.fixture
def client(app):
    return app.test_client()


def wait_for(event, thread):
    """Wait for what a thread will do, unless it has ended."""
    while not event.wait(0.05):
        assert thread.is_alive() or event.is_set(), "the thread has failed"


def view(function):
    """Return the function as a coroutine function that waits a turn first."""

    @wraps(function)
    async def turn(*arguments, **options):
        await asyncio.sleep(0)
        return function(*arguments, **options)

    return turn


# --- views


def test_async_view_answers(app, client):
    @app.route("/bells/<int:number>")
    async def bell(number):
        await asyncio.sleep(0)
        return f"bell {number}", 201

    response = client.get("/bells/3")

    assert (response.text, response.status_code) == ("bell 3", 201)


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_shortcut_takes_an_async_view(app, client, method):
    getattr(app, method)("/")(view(lambda: method))

    assert getattr(client, method)("/").text == method


def test_async_view_keeps_its_name(app, client):
    @app.route("/")
    async def index():
        """Say hello."""
        return request.endpoint

    assert client.get("/").text == "index"
    assert app.view_functions["index"].__doc__ == "Say hello."


def test_async_view_may_have_two_rules(app, client):
    async def index():
        return request.path

    app.add_url_rule("/one", view_func=index)
    app.add_url_rule("/two", view_func=index)

    assert client.get("/one").text + client.get("/two").text == "/one/two"


@pytest.mark.holds_before("any second view of an endpoint is refused")
def test_second_async_view_of_an_endpoint_is_refused(app):
    app.add_url_rule("/one", "index", view(lambda: "one"))

    with pytest.raises((ValueError, AssertionError), match="index"):
        app.add_url_rule("/two", "index", view(lambda: "two"))


def test_async_view_can_be_named_later(app, client):
    shop = Blueprint("shop", __name__)
    app.add_url_rule("/", "index")
    shop.add_url_rule("/cart", "cart")

    app.endpoint("index")(view(lambda: "index"))
    shop.endpoint("shop.cart" if is_flask(app) else "cart")(view(lambda: "cart"))
    app.register_blueprint(shop)

    assert client.get("/").text == "index"
    assert client.get("/cart").text == "cart"


def is_flask(app):
    """Return whether it's the real Flask, which has a bug here."""
    return "flask" in {base.__module__.partition(".")[0] for base in type(app).__mro__}


def test_view_class_may_have_async_methods(app, client):
    class Bell(MethodView):
        async def get(self, number):
            await asyncio.sleep(0)
            return f"get {number}"

        def put(self, number):
            return f"put {number}"

    app.add_url_rule("/<int:number>", view_func=Bell.as_view("bell"))

    assert client.get("/1").text == "get 1"
    assert client.head("/1").status_code == 200
    assert client.put("/1").text == "put 1"


@pytest.mark.parametrize("every", [True, False])
def test_view_class_may_have_an_async_dispatch(app, client, every):
    class Index(View):
        init_every_request = every

        async def dispatch_request(self):
            await asyncio.sleep(0)
            return "index"

    app.add_url_rule("/", view_func=Index.as_view("index"))

    assert client.get("/").text == "index"


def test_decorator_of_a_view_class_gets_the_result(app, client):
    def shout(view):
        return lambda **values: view(**values).upper()

    class Index(MethodView):
        decorators = [shout]

        async def get(self):
            return "index"

    app.add_url_rule("/", view_func=Index.as_view("index"))

    assert client.get("/").text == "INDEX"


def test_decorator_may_make_a_view_class_async(app, client):
    def waits(view):
        async def turn(**values):
            await asyncio.sleep(0)
            return await asyncio.to_thread(view, **values)

        return turn

    class Index(MethodView):
        decorators = [waits]

        def get(self):
            return request.path

    app.add_url_rule("/", view_func=Index.as_view("index"))

    assert client.get("/").text == "/"


def test_overridden_dispatch_gets_the_result(app, client):
    class Loud(MethodView):
        def dispatch_request(self, **values):
            return super().dispatch_request(**values).upper()

    class Index(Loud):
        async def get(self):
            return "index"

    app.add_url_rule("/", view_func=Index.as_view("index"))

    assert client.get("/").text == "INDEX"


def test_partial_of_an_async_function_is_a_view(app, client):
    async def bell(name):
        return f"The {name} bell"

    app.add_url_rule("/", "bell", partial(bell, "brass"))

    assert client.get("/").text == "The brass bell"


@pytest.mark.differs("Flask doesn't see that its call is async, and answers 500")
def test_object_with_an_async_call_is_a_view(app, client):
    class Bell:
        async def __call__(self):
            return "ring"

    app.add_url_rule("/", "bell", Bell())

    assert client.get("/").text == "ring"


# --- hooks and handlers


@pytest.fixture
def calls(app):
    """Hooks of all kinds, around a view; return the names of those that ran."""
    calls = []

    @app.before_request
    async def before():
        await asyncio.sleep(0)
        calls.append("before")

    @app.after_request
    async def after(response):
        await asyncio.sleep(0)
        calls.append("after")
        response.headers["X-Bell"] = "brass"
        return response

    @app.teardown_request
    async def end(error):
        await asyncio.sleep(0)
        calls.append(f"teardown {error!r}")

    @app.teardown_appcontext
    async def end_context(error):
        await asyncio.sleep(0)
        calls.append(f"context {error!r}")

    @app.route("/")
    def index():
        calls.append("view")
        return "index"

    return calls


def test_async_hooks_run_around_a_view(client, calls):
    response = client.get("/")

    assert response.headers["X-Bell"] == "brass"
    assert calls == ["before", "view", "after", "teardown None", "context None"]


def test_async_teardown_gets_the_error(app, client, calls):
    @app.route("/fail")
    async def fail():
        raise BellError

    with pytest.raises(BellError):
        client.get("/fail")

    assert calls[-2:] == ["teardown BellError()", "context BellError()"]


@pytest.mark.differs("Flask skips the functions after one that fails", safer=True)
def test_all_async_teardown_functions_run(app, client):
    calls = []
    app.route("/")(view(lambda: "index"))
    app.teardown_request(view(lambda error: calls.append("first")))

    @app.teardown_request
    async def fail(error):
        raise BellError

    with pytest.raises(BellError):
        client.get("/")

    assert calls == ["first"]


def test_async_hook_may_answer(app, client):
    app.route("/")(view(lambda: "index"))
    app.before_request(view(lambda: ("closed", 503)))

    response = client.get("/")

    assert (response.text, response.status_code) == ("closed", 503)


def test_hooks_of_a_blueprint_may_be_async(app, client):
    calls, shop = [], Blueprint("shop", __name__, url_prefix="/shop")
    shop.get("/")(view(lambda: "shop"))
    shop.before_request(view(lambda: calls.append("shop")))
    shop.before_app_request(view(lambda: calls.append("app")))
    shop.teardown_request(view(lambda error: calls.append("end")))
    app.get("/")(view(lambda: "index"))
    app.register_blueprint(shop)

    client.get("/")
    client.get("/shop/")

    assert calls == ["app", "app", "shop", "end"]


def test_async_function_waits_for_this_response(app, client):
    async def mark(response):
        await asyncio.sleep(0)
        response.headers["X-Bell"] = "brass"
        return response

    @app.route("/")
    async def index():
        after_this_request(mark)
        return "index"

    assert client.get("/").headers["X-Bell"] == "brass"


def test_error_handler_may_be_async(app, client):
    shop = Blueprint("shop", __name__)
    shop.errorhandler(BellError)(view(lambda error: ("no bell", 409)))
    app.errorhandler(404)(view(lambda error: ("no page", 404)))

    @shop.route("/fail")
    async def fail():
        raise BellError

    app.register_blueprint(shop)

    assert client.get("/fail").text == "no bell"
    assert client.get("/nowhere").text == "no page"


def test_async_view_s_error_becomes_500(app, client):
    app.testing = False

    @app.route("/")
    async def index():
        raise BellError

    @app.errorhandler(500)
    async def failed(error):
        return repr(error.original_exception), 500

    assert client.get("/").text == "BellError()"


def test_context_processor_may_be_async(app, client):
    app.context_processor(view(lambda: {"bird": "wren"}))
    app.route("/")(lambda: render_template_string("a {{ bird }}"))

    assert client.get("/").text == "a wren"


@pytest.mark.differs("Flask's `shell` doesn't start with it")
def test_async_names_of_the_shell_are_awaited(app):
    app.shell_context_processor(view(lambda: {"bird": "wren"}))

    assert app.make_shell_context()["bird"] == "wren"


def test_signal_s_receiver_may_be_async(app, client):
    heard = []
    app.route("/")(view(lambda: "index"))

    async def hear(sender, **more):
        await asyncio.sleep(0)
        heard.append(sender)

    with request_started.connected_to(hear, app):
        client.get("/")

    assert heard == [app]


# --- one bridge, which an app may replace


@pytest.mark.holds_before("step 19 promises that of every function")
def test_plain_function_stays_the_same(app):
    def index():
        """Do nothing."""

    assert app.ensure_sync(index) is index


def test_decorator_of_an_extension_can_call_an_async_view(app, client):
    def loud(function):
        @wraps(function)
        def call(*arguments, **options):
            return current_app.ensure_sync(function)(*arguments, **options).upper()

        return call

    @app.route("/")
    @loud
    async def index():
        return "index"

    assert client.get("/").text == "INDEX"


def test_async_to_sync_calls_a_function_once(app):
    async def add(a, *, b):
        return a + b

    assert app.async_to_sync(add)(1, b=2) == 3


@pytest.fixture
def counting():
    """An app class that says what it has run; its list is `crossed`."""

    class Counting(App):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.wrapped, self.crossed = [], []

        def async_to_sync(self, func):
            self.wrapped.append(func)
            call = super().async_to_sync(func)

            @wraps(func)
            def counted(*arguments, **options):
                self.crossed.append(func)
                return call(*arguments, **options)

            return counted

    return Counting


def test_app_may_run_async_functions_in_its_own_way(counting):
    app = counting("wren")
    index, before, end = view(lambda: "index"), view(lambda: None), view(print)
    app.route("/")(index)
    app.before_request(before)
    app.teardown_request(end)

    app.test_client().get("/")

    assert app.crossed == [before, index, end]


def test_view_class_is_run_in_the_app_s_own_way(counting):
    app = counting("wren")

    class Index(MethodView):
        async def get(self):
            return "index"

    app.add_url_rule("/", view_func=Index.as_view("index"))

    assert app.test_client().get("/").text == "index"
    assert len(app.crossed) == 1


@pytest.mark.differs("Flask wraps it again at each call")
def test_function_is_wrapped_once_when_it_is_registered(counting):
    app = counting("wren")
    index, before = view(lambda: "index"), view(lambda: None)
    app.route("/")(index)
    app.before_request(before)

    for _ in range(3):
        app.test_client().get("/")

    assert app.wrapped == [index, before]


# --- what a request knows


def test_request_is_known_across_an_await(app, client):
    @app.route("/")
    async def index():
        before = request.args["bird"]
        await asyncio.sleep(0)
        session["bird"] = g.bird = before
        return f"{before} {request.args['bird']} {current_app.name}"

    assert client.get("/?bird=wren").text == "wren wren wren"


def test_hooks_and_view_share_g(app, client):
    @app.before_request
    async def choose():
        g.bird = "wren"

    @app.after_request
    async def tell(response):
        response.headers["X-Bird"] = g.bird
        return response

    app.route("/")(view(lambda: g.bird))

    response = client.get("/")

    assert response.text == response.headers["X-Bird"] == "wren"


def test_context_variables_cross_in_both_directions(app, client):
    bird = ContextVar("bird", default="none")
    app.before_request(lambda: bird.set("wren") and None)

    @app.route("/")
    async def index():
        before = bird.get()
        bird.set("robin")
        return before

    @app.after_request
    def tell(response):
        response.headers["X-Bird"] = bird.get()
        return response

    response = client.get("/")

    assert (response.text, response.headers["X-Bird"]) == ("wren", "robin")


def test_tasks_of_a_view_know_its_request(app, client):
    async def length(name):
        await asyncio.sleep(0)
        return len(request.args[name])

    @app.route("/")
    async def index():
        return [*await asyncio.gather(length("a"), length("b"))]

    assert client.get("/?a=wren&b=robin").get_json() == [4, 5]


def test_thread_that_asyncio_starts_knows_the_request(app, client):
    @app.route("/")
    async def index():
        return await asyncio.to_thread(lambda: request.args["bird"])

    assert client.get("/?bird=wren").text == "wren"


def test_executor_s_thread_does_not_know_the_request(app, client):
    @app.route("/")
    async def index():
        loop = asyncio.get_running_loop()
        return str(await loop.run_in_executor(None, has_app_context))

    assert client.get("/").text == "False"


def test_plain_generator_streams_from_an_async_view(app, client):
    # https://github.com/pallets/flask/issues/5774
    @app.route("/")
    async def index():
        @stream_with_context
        def pieces():
            yield request.path

        await asyncio.sleep(0)
        return pieces()

    assert client.get("/").text == "/"


def test_copied_context_reaches_an_async_function(app, client):
    @app.route("/")
    def index():
        bird = copy_current_request_context(view(lambda: request.args["bird"]))
        found = []
        thread = threading.Thread(target=lambda: found.append(bird()))
        thread.start()
        join(thread)
        return found[0]

    assert client.get("/?bird=wren").text == "wren"


def test_view_that_waits_holds_up_nobody(app):
    waits, goes_on = threading.Event(), threading.Event()

    @app.route("/slow")
    async def slow():
        waits.set()
        await asyncio.to_thread(goes_on.wait, PATIENCE)
        return "slow"

    app.route("/quick")(view(lambda: "quick"))
    texts = []
    thread = threading.Thread(
        target=lambda: texts.append(app.test_client().get("/slow").text)
    )
    thread.start()
    wait_for(waits, thread)

    texts.append(app.test_client().get("/quick").text)
    goes_on.set()
    join(thread)

    assert texts == ["quick", "slow"]


# --- where nothing can wait


@pytest.mark.differs("Flask says it in the words of asgiref")
def test_running_loop_is_told_what_to_do_instead(app, client):
    app.route("/")(view(lambda: "index"))

    async def visit():
        return client.get("/")

    with pytest.raises(RuntimeError, match=r"event loop.*to_thread"):
        asyncio.run(visit())


def test_async_test_visits_from_a_thread(app, client):
    app.route("/")(view(lambda: "index"))

    async def visit():
        return await asyncio.to_thread(client.get, "/")

    assert asyncio.run(visit()).text == "index"


@pytest.mark.holds_before("it has nothing to wait for")
def test_plain_view_answers_in_a_running_loop(app, client):
    app.route("/")(lambda: "index")

    async def visit():
        return client.get("/").text

    assert asyncio.run(visit()) == "index"


def test_without_asgiref_an_async_view_says_so(app, client, monkeypatch):
    monkeypatch.setitem(sys.modules, "asgiref", None)
    monkeypatch.setitem(sys.modules, "asgiref.sync", None)

    with pytest.raises(RuntimeError, match=r"(?i)install"):
        app.route("/")(view(lambda: "index"))
        client.get("/")


@pytest.mark.holds_before("it needs nothing")
def test_without_asgiref_the_rest_works(app, client, monkeypatch):
    monkeypatch.setitem(sys.modules, "asgiref", None)
    monkeypatch.setitem(sys.modules, "asgiref.sync", None)
    app.route("/")(lambda: "index")

    assert client.get("/").text == "index"


@pytest.mark.optional
@pytest.mark.differs("Flask's async views fail there by chance", safer=True)
def test_async_view_is_refused_where_gevent_is_at_work(app, monkeypatch):
    patched = SimpleNamespace(is_module_patched=lambda name: name == "threading")
    monkeypatch.setitem(sys.modules, "gevent.monkey", patched)

    with pytest.raises(RuntimeError, match="gevent"):
        app.route("/")(view(lambda: "index"))


@pytest.mark.differs("Flask lets the cancellation through to the server", safer=True)
def test_canceled_view_is_an_error_like_any_other(app, client):
    app.testing = False

    @app.route("/")
    async def index():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    @app.errorhandler(500)
    async def failed(error):
        return str(error.original_exception), 500

    assert "canceled" in client.get("/").text


def test_view_that_runs_out_of_time_can_answer(app, client):
    @app.route("/")
    async def index():
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0)
        except TimeoutError:
            return "too late", 503

    assert client.get("/").status_code == 503


def test_task_that_a_view_leaves_behind_is_canceled(app, client):
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    @app.route("/")
    async def index():
        g.work = asyncio.create_task(work())
        await asyncio.sleep(0)
        return "index"

    assert client.get("/").text == "index"
    assert ended == ["work"]


@pytest.mark.differs("Flask's error doesn't say what is missing")
def test_decorator_that_drops_a_coroutine_is_told_how_not_to(app, client):
    async def index():
        return "index"

    app.add_url_rule("/", "index", lambda: index())

    with pytest.raises(TypeError, match=r"await.*ensure_sync"):
        client.get("/")


def nothing(*arguments):
    """Do nothing."""


@pytest.mark.differs("Flask takes it, and never runs it", safer=True)
@pytest.mark.parametrize(
    "register",
    [
        lambda app: app.template_filter(),
        lambda app: app.template_test(),
        lambda app: app.template_global(),
        lambda app: Blueprint("shop", __name__).record,
        lambda app: Blueprint("shop", __name__).record_once,
    ],
)
def test_async_function_is_refused_where_nothing_awaits_it(app, register):
    with pytest.raises(TypeError, match="async def"):
        register(app)(view(nothing))


@pytest.mark.differs("Flask's `with_appcontext` drops the coroutine", safer=True)
def test_async_command_of_click_is_refused():
    from step20_async import with_appcontext

    with pytest.raises(TypeError, match="async def"):
        click.command()(with_appcontext(view(nothing)))


@pytest.mark.holds_before("templates could wait before views could")
def test_async_template_may_have_async_functions(app, client):
    app.jinja_options = {"enable_async": True}
    app.template_global("bird")(view(lambda: "wren"))
    app.route("/")(lambda: render_template_string("a {{ bird() }}"))

    assert client.get("/").text == "a wren"
