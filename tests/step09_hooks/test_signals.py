"""What step 9 promises: signals, for those who want to know and not to change."""

import gc
from contextvars import copy_context

import pytest
import step09_hooks
from step09_hooks import (
    App,
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    current_app,
    g,
    got_request_exception,
    has_app_context,
    request,
    request_finished,
    request_started,
    request_tearing_down,
)
from werkzeug.exceptions import Forbidden
from werkzeug.test import Client

NAMES = [
    "appcontext_pushed",
    "request_started",
    "request_finished",
    "got_request_exception",
    "request_tearing_down",
    "appcontext_tearing_down",
    "appcontext_popped",
]


@pytest.fixture
def app():
    app = App("told")
    app.logger.disabled = True

    @app.route("/")
    def index():
        return "view"

    @app.route("/broken")
    def broken():
        raise LookupError("the view is broken")

    yield app
    app.logger.disabled = False
    assert not has_app_context(), "a context leaked"


@pytest.fixture
def told(app):
    """Note each signal of the app: its name, and what it says."""
    told = []
    signals = {name: getattr(step09_hooks, name) for name in NAMES}
    listeners = {name: listener(name, told) for name in NAMES}
    for name in NAMES:
        signals[name].connect(listeners[name], app)
    yield told
    for name in NAMES:
        signals[name].disconnect(listeners[name])


def listener(name, told):
    """Make a listener that notes what it is told."""

    def listen(sender, **values):
        told.append((name, sender, values))

    return listen


def apart(function):
    """Call a function where a context that it leaks is in nobody's way."""
    copy_context().run(function)


def names(told):
    return [name for name, *_ in told]


def test_request_sends_its_signals_in_order(app, told):
    Client(app).get("/")

    assert names(told) == [
        "appcontext_pushed",
        "request_started",
        "request_finished",
        "request_tearing_down",
        "appcontext_tearing_down",
        "appcontext_popped",
    ]


def test_failing_view_tells_of_its_exception_before_it_is_answered(app, told):
    Client(app).get("/broken")

    assert names(told) == [
        "appcontext_pushed",
        "request_started",
        "got_request_exception",
        "request_finished",
        "request_tearing_down",
        "appcontext_tearing_down",
        "appcontext_popped",
    ]


def test_app_context_sends_the_signals_of_a_context(app, told):
    with app.app_context():
        assert names(told) == ["appcontext_pushed"]

    assert names(told) == [
        "appcontext_pushed",
        "appcontext_tearing_down",
        "appcontext_popped",
    ]


def test_sender_is_the_app_itself(app, told):
    Client(app).get("/broken")

    assert all(sender is app for _, sender, _ in told)


def test_finished_request_tells_its_response_as_it_will_be_sent(app):
    seen = []

    @app.after_request
    def mark(response):
        response.headers["X-Bell"] = "brass"
        return response

    def listen(sender, response=None, **more):
        told = response and (response.status_code, response.headers.get("X-Bell"))
        seen.append(told)

    with request_finished.connected_to(listen, app):
        Client(app).get("/nowhere")

    assert seen == [(404, "brass")]


def test_exception_is_told(app):
    seen = []

    def listen(sender, exception):
        seen.append((request.path, str(exception)))

    with got_request_exception.connected_to(listen, app):
        Client(app).get("/broken")

    assert seen == [("/broken", "the view is broken")]


def test_exception_is_told_in_tests_too(app):
    app.testing = True
    seen = []

    with (
        got_request_exception.connected_to(lambda sender, **told: seen.append(told)),
        pytest.raises(LookupError) as raised,
    ):
        Client(app).get("/broken")

    assert seen == [{"exception": raised.value}]


@pytest.mark.parametrize("path", ["/refused", "/nowhere", "/broken"])
def test_exception_that_was_answered_is_not_told(app, told, path):
    app.register_error_handler(LookupError, lambda error: "found")

    @app.route("/refused")
    def refused():
        raise Forbidden

    Client(app).get(path)

    assert "got_request_exception" not in names(told)


@pytest.mark.parametrize("signal", [request_tearing_down, appcontext_tearing_down])
@pytest.mark.parametrize(
    ("path", "error"), [("/", type(None)), ("/broken", LookupError)]
)
def test_tearing_down_tells_the_error(app, signal, path, error):
    seen = []

    def listen(sender, exc):
        seen.append(type(exc))

    with signal.connected_to(listen, app):
        Client(app).get(path)

    assert seen == [error]


def test_started_request_is_told_before_before_request(app):
    called = []
    app.before_request(lambda: called.append("before_request"))

    def listen(sender):
        called.append(f"started {request.path}")

    with request_started.connected_to(listen, app):
        Client(app).get("/")

    assert called == ["started /", "before_request"]


def test_tearing_down_is_told_after_the_teardown_functions(app):
    called = []
    app.teardown_request(lambda error: called.append("function"))

    def listen(sender, exc):
        called.append("listener")

    with request_tearing_down.connected_to(listen, app):
        Client(app).get("/")

    assert called == ["function", "listener"]


def test_pushed_context_is_active_and_popped_one_is_not(app):
    active = []

    def pushed(sender):
        active.append(current_app.import_name)

    def popped(sender):
        active.append(has_app_context())

    with (
        appcontext_pushed.connected_to(pushed, app),
        appcontext_popped.connected_to(popped, app),
    ):
        Client(app).get("/")

    assert active == ["told", False]


def test_test_can_fill_g_before_the_request(app):
    app.route("/visitor")(lambda: g.visitor)

    def log_in(sender):
        g.visitor = "Ada"

    with appcontext_pushed.connected_to(log_in, app):
        assert Client(app).get("/visitor").text == "Ada"


# who listens


def test_listener_of_one_app_hears_nothing_of_another(app, told):
    other = App("other")
    Client(other).get("/")

    assert told == []


def test_listener_without_an_app_hears_them_all(app):
    seen = []

    def listen(sender, **more):
        seen.append(sender)

    other = App("other")
    with request_started.connected_to(listen):
        Client(app).get("/")
        Client(other).get("/")

    assert seen == [app, other]


def test_disconnected_listener_hears_nothing(app):
    seen = []

    def listen(sender, **more):
        seen.append(sender)

    request_started.connect(listen, app)
    request_started.disconnect(listen, app)
    Client(app).get("/")

    assert seen == []


def test_listener_is_forgotten_with_its_last_name(app):
    seen = []
    request_started.connect(lambda sender, **more: seen.append(sender), app)
    gc.collect()

    Client(app).get("/")

    assert seen == []


def test_listener_that_is_decorated_is_kept(app):
    seen = []

    @request_started.connect_via(app)
    def listen(sender, **more):
        seen.append(sender)

    gc.collect()
    Client(app).get("/")
    request_started.disconnect(listen)

    assert seen == [app]


def test_what_a_listener_gives_is_ignored(app):
    with request_started.connected_to(lambda sender, **more: "instead", app):
        assert Client(app).get("/").text == "view"


@pytest.mark.optional
@pytest.mark.differs("Flask calls `send` each time, and blinker finds nobody")
def test_nothing_is_sent_where_nobody_listens(app, monkeypatch):
    def send(*arguments, **values):
        pytest.fail("a signal was sent")

    for name in NAMES:
        signal = getattr(step09_hooks, name)
        # another app of this process may have listeners
        monkeypatch.setattr(signal, "receivers", {})
        monkeypatch.setattr(signal, "send", send)

    def visit():
        assert Client(app).get("/").text == "view"
        assert Client(app).get("/broken").status_code == 500

    apart(visit)


# a listener that fails


def fail(sender, **more):
    raise ValueError("the listener is broken")


def status_seen(app, path):
    """Visit an app; where one of our errors leaves it, a server answers 500."""
    try:
        status = Client(app).get(path).status_code
    except* (ValueError, OSError):
        # alone or in a group
        status = 500
    return status


def test_listener_to_the_start_that_fails_is_an_error_like_any_other(app):
    app.register_error_handler(ValueError, lambda error: (f"handled: {error}", 400))

    with request_started.connected_to(fail, app):
        response = Client(app).get("/")

    assert (response.status_code, response.text) == (
        400,
        "handled: the listener is broken",
    )


def test_listener_to_the_finish_that_fails_gives_500(app):
    with request_finished.connected_to(fail, app):
        assert Client(app).get("/").status_code == 500


@pytest.mark.parametrize(
    ("signal", "path"),
    [
        (got_request_exception, "/broken"),
        (request_tearing_down, "/"),
        (appcontext_tearing_down, "/"),
    ],
)
def test_listener_that_fails_later_leaks_no_context(app, signal, path):
    with signal.connected_to(fail, app):
        status = status_seen(app, path)

    assert status == 500, "a bug of a listener is not hidden"
    assert not has_app_context()


@pytest.mark.differs(
    "Flask 3.1 leaves its app context active, and stumbles over it", safer=True
)
def test_listener_to_the_push_that_fails_leaks_no_context(app):
    errors = []
    app.teardown_appcontext(errors.append)

    def visit():
        assert status_seen(app, "/") == 500
        assert None not in errors, "a teardown that runs is told why"
        assert not has_app_context()

    with appcontext_pushed.connected_to(fail, app):
        apart(visit)


@pytest.mark.differs("Flask 3.1 doesn't end a context that could not begin")
def test_end_of_what_could_not_begin_may_fail_as_well(app):
    @app.teardown_appcontext
    def fail_at_the_end(error):
        raise OSError("the disk is full")

    def begin():
        with pytest.raises(OSError, match="the disk is full"):
            app.app_context().push()
        assert not has_app_context()

    with appcontext_pushed.connected_to(fail, app):
        apart(begin)


@pytest.mark.differs(
    "Flask 3.1 tells nobody that a request ends, if a function fails", safer=True
)
def test_listeners_hear_of_the_end_even_if_a_function_fails(app, told):
    @app.teardown_request
    def fail_at_the_end(error):
        raise OSError("the disk is full")

    assert status_seen(app, "/") == 500
    assert "request_tearing_down" in names(told)
