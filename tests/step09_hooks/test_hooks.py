"""What step 9 promises: functions before, after and at the end of each request."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO, StringIO
from wsgiref.handlers import SimpleHandler

import pytest
from step09_hooks import (
    App,
    Response,
    abort,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    request,
)
from werkzeug.exceptions import InternalServerError
from werkzeug.routing import BaseConverter
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as PlainResponse


@pytest.fixture
def app():
    app = App("hooked")
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
def client(app):
    return app.test_client()


@pytest.fixture
def errors(app):
    """Note the error of each request's end."""
    errors = []
    app.teardown_request(errors.append)
    return errors


# before


def test_before_request_runs_before_the_view(app, client):
    @app.before_request
    def choose_bell():
        g.bell = "brass"

    app.route("/bell")(lambda: g.bell)

    assert client.get("/bell").text == "brass"


def test_before_request_functions_run_in_their_order(app, client):
    called = []
    app.before_request(lambda: called.append("first"))
    app.before_request(lambda: called.append("second"))

    client.get("/")

    assert called == ["first", "second"]


def test_answer_of_before_request_stands_for_the_view(app, client):
    called = []
    app.before_request(lambda: ("closed", 503))
    app.before_request(lambda: called.append("second"))
    app.route("/view")(lambda: called.append("view"))

    response = client.get("/view")

    assert (response.status_code, response.text) == (503, "closed")
    assert called == []


def test_empty_answer_of_before_request_is_an_answer(app, client):
    app.before_request(lambda: "")

    assert client.get("/").text == ""


def test_answer_of_before_request_goes_through_after_request(app, client):
    app.before_request(lambda: "early")

    @app.after_request
    def mark(response):
        response.headers["X-Seen"] = response.get_data(as_text=True)
        return response

    assert client.get("/").headers["X-Seen"] == "early"


@pytest.mark.optional
@pytest.mark.differs("Flask names the view, which was never called")
def test_bad_answer_of_before_request_names_the_function(app, client):
    app.testing = True

    @app.before_request
    def count_to_three():
        return 3

    with pytest.raises(TypeError, match=r"count_to_three.*returned 3"):
        client.get("/")


def test_before_request_may_abort(app, client):
    @app.before_request
    def refuse():
        abort(403, "Not for you.")

    response = client.get("/")

    assert response.status_code == 403
    assert "Not for you." in response.text


def test_before_request_knows_the_rule_that_matched(app, client):
    seen = []
    app.before_request(lambda: seen.append((request.endpoint, request.view_args)))
    app.route("/songs/<int:number>")(lambda number: "")
    app.url_value_preprocessor(lambda endpoint, values: values.pop("number"))

    client.get("/songs/3")

    assert seen[0][1] == {}, "url_value_preprocessor comes first"


def test_before_request_runs_where_no_rule_fits(app, client):
    app.before_request(lambda: request.path)

    response = client.get("/nowhere")

    assert (response.status_code, response.text) == (200, "/nowhere")


def test_each_hook_gives_its_function_back(app):
    def function(*arguments):
        return None

    hooks = [
        app.before_request,
        app.after_request,
        app.teardown_request,
        app.teardown_appcontext,
    ]
    given = [hook(function) for hook in hooks]

    assert given == [function] * 4


# after


def test_after_request_changes_the_response(app, client):
    @app.after_request
    def add_header(response):
        response.headers["X-Bell"] = "brass"
        return response

    assert client.get("/").headers["X-Bell"] == "brass"


def test_after_request_may_give_another_response(app, client):
    app.after_request(lambda response: Response("instead", 418))

    response = client.get("/")

    assert (response.status_code, response.text) == (418, "instead")


def test_after_request_may_give_werkzeug_s_response(app, client):
    app.after_request(lambda response: PlainResponse("plain"))

    assert client.get("/").text == "plain"


def note(called, name):
    """Make an after_request function that notes its name."""

    def function(response):
        called.append(name)
        return response

    return function


def test_after_request_functions_run_in_reverse_order(app, client):
    called = []
    app.after_request(note(called, "first"))
    app.after_request(note(called, "second"))

    client.get("/")

    assert called == ["second", "first"]


def test_each_after_request_gets_what_the_last_one_gave(app, client):
    app.after_request(lambda response: Response(f"{response.get_data(True)} outside"))
    app.after_request(lambda response: Response(f"{response.get_data(True)} inside"))

    assert client.get("/").text == "view inside outside"


def test_after_this_request_comes_before_after_request(app, client):
    called = []
    app.after_request(note(called, "of the app"))

    @app.route("/two")
    def two():
        after_this_request(note(called, "this, first"))
        after_this_request(note(called, "this, second"))
        return ""

    client.get("/two")

    assert called == ["this, first", "this, second", "of the app"]


def test_after_this_request_is_for_this_request_only(app, client):
    called = []

    @app.route("/once")
    def once():
        after_this_request(note(called, request.path))
        return ""

    client.get("/once")
    client.get("/")

    assert called == ["/once"]


@pytest.mark.optional
def test_after_this_request_may_add_another(app, client):
    called = []

    def first(response):
        after_this_request(note(called, "added"))
        return response

    @app.route("/two")
    def two():
        after_this_request(first)
        return ""

    client.get("/two")

    assert called == ["added"]


def test_after_this_request_works_where_nobody_has_a_response(app, client):
    @app.before_request
    def remember():
        @after_this_request
        def set_cookie(response):
            response.set_cookie("seen", "yes")
            return response

    client.get("/nowhere")

    assert client.get_cookie("seen").value == "yes"


@pytest.mark.differs("in Flask the function of a copied context is lost", safer=True)
def test_after_this_request_works_in_a_thread_of_the_request(app, client):
    def add_header(response):
        response.headers["X-Bell"] = "brass"
        return response

    @app.route("/thread")
    def thread():
        work = copy_current_request_context(lambda: after_this_request(add_header))
        with ThreadPoolExecutor() as pool:
            pool.submit(work).result()
        return ""

    assert client.get("/thread").headers["X-Bell"] == "brass"


def test_after_this_request_outside_of_a_request_says_so():
    with pytest.raises(RuntimeError, match="request"):
        after_this_request(lambda response: response)


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/refused", 403), ("/broken", 500)]
)
def test_after_request_sees_each_error_s_answer(app, client, path, status):
    @app.route("/refused")
    def refused():
        abort(403)

    @app.after_request
    def mark(response):
        response.headers["X-Status"] = str(response.status_code)
        return response

    assert client.get(path).headers["X-Status"] == str(status)


def test_after_request_sees_what_an_error_handler_answered(app, client):
    app.register_error_handler(LookupError, lambda error: ("found", 200))

    @app.after_request
    def shout(response):
        response.set_data(response.get_data(as_text=True).upper())
        return response

    assert client.get("/broken").text == "FOUND"


def test_after_request_sees_head_and_options(app, client):
    called = []
    app.after_request(note(called, "called"))

    client.head("/")
    client.options("/")

    assert called == ["called"] * 2


def test_after_request_that_fails_gives_500(app, client):
    app.register_error_handler(500, lambda error: (f"{error.original_exception}", 500))
    seen = []

    @app.after_request
    def fail_on_success(response):
        seen.append(response.status_code)
        if response.status_code == 200:
            raise ValueError("no header for you")
        return response

    response = client.get("/")

    assert (response.status_code, response.text) == (500, "no header for you")
    assert seen == [200, 500], "the 500 is a response as well"


def test_http_error_in_after_request_is_a_500_too(app, client):
    @app.after_request
    def refuse(response):
        abort(403) if response.status_code == 200 else None
        return response

    assert client.get("/").status_code == 500


def test_after_request_that_fails_always_is_logged_twice(app, client, caplog):
    app.logger.disabled = False

    @app.after_request
    def fail(response):
        raise ValueError(f"no header for the {response.status_code}")

    response = client.get("/")

    assert response.status_code == 500
    # in which words, and in how many records, is the app's own matter
    assert "no header for the 200" in caplog.text
    assert "no header for the 500" in caplog.text


def test_after_request_that_fails_reaches_a_test(app, client):
    app.testing = True

    @app.after_request
    def fail(response):
        raise ValueError("never")

    with pytest.raises(ValueError, match="never"):
        client.get("/")


@pytest.mark.optional
@pytest.mark.differs("Flask calls the next function with None, or the server gets it")
@pytest.mark.parametrize("given", [None, "text", ("text", 200)])
def test_after_request_that_gives_no_response_is_named(app, client, given):
    app.testing = True
    app.after_request(lambda response: response)

    @app.after_request
    def forgetful(response):
        return given

    with pytest.raises(TypeError, match=r"forgetful.* returned .*return the response"):
        client.get("/")


# teardown


def test_teardown_runs_after_after_request(app, client):
    called = []
    app.teardown_request(lambda error: called.append("teardown"))
    app.after_request(note(called, "after"))

    client.get("/")

    assert called == ["after", "teardown"]


def test_teardown_functions_run_in_reverse_order_the_request_s_first(app, client):
    called = []
    app.teardown_appcontext(lambda error: called.append("app, first"))
    app.teardown_appcontext(lambda error: called.append("app, second"))
    app.teardown_request(lambda error: called.append("request, first"))
    app.teardown_request(lambda error: called.append("request, second"))

    client.get("/")

    assert called == ["request, second", "request, first", "app, second", "app, first"]


def test_teardown_still_finds_request_and_g(app, client):
    seen = []
    app.before_request(lambda: setattr(g, "bell", "brass"))
    app.teardown_request(lambda error: seen.append((request.path, g.bell)))
    app.teardown_appcontext(
        lambda error: seen.append((current_app.import_name, g.bell))
    )

    client.get("/")

    assert seen == [("/", "brass"), ("hooked", "brass")]


@pytest.mark.differs("Flask never ends the context that was forgotten", safer=True)
def test_forgotten_context_ends_with_the_one_around_it(app):
    ended = []
    app.teardown_appcontext(lambda error: ended.append(g.name))
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    g.name = "outer"
    inner.push()
    g.name = "inner"

    with pytest.raises((RuntimeError, AssertionError)):
        outer.pop()

    assert ended == ["inner", "outer"] and not has_app_context()


@pytest.mark.differs("Flask never ends the context that was forgotten", safer=True)
def test_end_that_fails_in_a_forgotten_context_keeps_no_other_from_ending(app):
    ended = []

    @app.teardown_appcontext
    def end(error):
        ended.append(g.name)
        if g.name == "inner":
            raise LookupError("the inner end is broken")

    outer, inner = app.app_context(), app.app_context()
    outer.push()
    g.name = "outer"
    inner.push()
    g.name = "inner"

    with pytest.raises((LookupError, AssertionError)):
        outer.pop()

    assert ended == ["inner", "outer"] and not has_app_context()


@pytest.mark.until(20, "hooks may be `async def` there")
@pytest.mark.differs("Flask takes it, and every request fails until its extra is there")
@pytest.mark.parametrize("decorator", ["teardown_request", "teardown_appcontext"])
def test_async_teardown_function_is_refused(app, decorator):
    async def give_back(error):
        raise AssertionError("nobody awaits this")

    with pytest.raises(TypeError, match=r"give_back.*async def"):
        getattr(app, decorator)(give_back)


def test_teardown_s_result_means_nothing(app, client):
    app.teardown_request(lambda error: "instead")

    assert client.get("/").text == "view"


def test_teardown_runs_before_the_body_is_sent(app, client):
    called = []
    app.teardown_request(lambda error: called.append("teardown"))

    @app.route("/stream")
    def stream():
        return (f"after {name}" for name in called)

    assert client.get("/stream").text == "after teardown"


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_teardown_without_an_error_gets_none(client, errors, path):
    client.get(path)

    assert errors == [None]


def test_teardown_gets_the_error_that_nobody_answered(app, client, errors):
    of_app = []
    app.teardown_appcontext(of_app.append)

    assert client.get("/broken").status_code == 500
    assert isinstance(errors[0], LookupError)
    assert of_app == errors


def test_teardown_gets_it_too_if_a_handler_made_the_500_nice(app, client, errors):
    app.register_error_handler(500, lambda error: ("We look.", 500))

    assert client.get("/broken").text == "We look."
    assert isinstance(errors[0], LookupError)


def test_teardown_gets_none_if_a_handler_answered_the_error(app, client, errors):
    app.register_error_handler(LookupError, lambda error: "found")

    assert client.get("/broken").text == "found"
    assert errors == [None]


def test_teardown_gets_the_error_of_a_handler(app, client, errors):
    @app.errorhandler(404)
    def fail(error):
        raise ValueError("the handler is broken")

    assert client.get("/nowhere").status_code == 500
    assert isinstance(errors[0], ValueError)


def test_teardown_gets_the_error_of_after_request(app, client, errors):
    @app.after_request
    def fail(response):
        raise ValueError("never")

    client.get("/")

    assert isinstance(errors[0], ValueError)


def test_teardown_gets_the_error_that_a_test_sees(app, client, errors):
    app.testing = True

    with pytest.raises(LookupError) as raised:
        client.get("/broken")

    assert errors == [raised.value]


@pytest.mark.parametrize("order", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_teardown_runs_when_the_process_is_told_to_end(app, client, errors, order):
    @app.route("/end")
    def end():
        raise order

    with pytest.raises(order):
        client.get("/end")

    assert isinstance(errors[0], order)


def test_teardown_runs_when_the_handler_of_500_fails(app, client, errors):
    @app.errorhandler(500)
    def fail(error):
        raise ValueError("that too")

    with pytest.raises(ValueError, match="that too"):
        client.get("/broken")

    assert len(errors) == 1 and errors[0] is not None


@pytest.mark.optional
def test_error_that_is_false_reaches_the_teardown(app, client, errors):
    class NoSongsError(Exception):
        def __len__(self):
            return 0

    @app.route("/songs")
    def songs():
        raise NoSongsError

    client.get("/songs")

    assert isinstance(errors[0], NoSongsError)


def test_failing_converter_runs_the_teardown(app, client, errors):
    class Broken(BaseConverter):
        def to_python(self, value):
            raise LookupError("the converter is broken")

    app.url_map.converters["broken"] = Broken
    app.route("/songs/<broken:song>")(lambda song: "")
    app.testing = True

    with pytest.raises(LookupError, match="converter"):
        client.get("/songs/1")

    assert len(errors) == 1


# a teardown that fails


def fail_at_the_end(error):
    raise OSError("the disk is full")


@contextmanager
def ungrouped():
    """Take the one error of a group out of it: an app may raise it either way."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None


def test_teardown_that_fails_ends_the_context(app, client):
    app.teardown_request(fail_at_the_end)

    with pytest.raises(OSError, match="full"), ungrouped():
        client.get("/")

    assert not has_app_context()


@pytest.mark.differs(
    "Flask 3.1 skips the functions behind the one that fails", safer=True
)
def test_teardown_that_fails_keeps_no_other_from_running(app, client):
    called = []
    app.teardown_request(lambda error: called.append("request, first"))
    app.teardown_request(fail_at_the_end)
    app.teardown_request(lambda error: called.append("request, third"))

    with pytest.raises(OSError, match="full"), ungrouped():
        client.get("/")

    assert called == ["request, third", "request, first"]


def test_teardown_of_the_request_that_fails_leaves_the_app_s(app, client):
    called = []
    app.teardown_request(fail_at_the_end)
    app.teardown_appcontext(lambda error: called.append("app"))

    with pytest.raises(OSError, match="full"), ungrouped():
        client.get("/")

    assert called == ["app"]


@pytest.mark.optional
@pytest.mark.differs(
    "Flask 3.1 raises the first error, and calls no other function", safer=True
)
def test_errors_of_several_teardowns_are_raised_together(app, client):
    @app.teardown_request
    def fail_too(error):
        raise ValueError("and the light is off")

    app.teardown_request(fail_at_the_end)

    with pytest.raises(BaseExceptionGroup) as raised:
        client.get("/")

    assert raised.group_contains(OSError, match="full")
    assert raised.group_contains(ValueError, match="light")


def test_any_number_of_teardown_functions_is_called(app, client):
    called = []
    for number in range(2000):
        app.teardown_request(lambda error, number=number: called.append(number))

    client.get("/")

    assert called == [*reversed(range(2000))]


@pytest.mark.parametrize("order", [KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.differs(
    "in Flask the teardown's error replaces the order to end", safer=True
)
def test_teardown_that_fails_does_not_stop_the_end_of_the_process(app, client, order):
    app.teardown_request(fail_at_the_end)

    @app.route("/end")
    def end():
        raise order

    with pytest.raises(order):
        client.get("/end")


@pytest.mark.differs("in Flask an AssertionError replaces the order to end", safer=True)
def test_forgotten_context_does_not_stop_the_end_of_the_process(app, client):
    @app.route("/end")
    def end():
        app.app_context().push()
        raise SystemExit

    with pytest.raises(SystemExit):
        client.get("/end")


@pytest.mark.differs(
    "Flask 3.1 skips the functions behind the one that fails", safer=True
)
def test_order_to_end_that_comes_in_a_teardown_goes_on(app, client):
    called = []
    app.teardown_request(lambda error: called.append("first"))

    @app.teardown_request
    def end(error):
        raise SystemExit

    with pytest.raises(SystemExit), ungrouped():
        client.get("/")

    assert called == ["first"]


# a response that nobody will read


@pytest.fixture
def closed(app):
    """Note which paths' responses were closed."""
    closed = []

    @app.after_request
    def note_the_end(response):
        response.call_on_close(lambda path=request.path: closed.append(path))
        return response

    return closed


@pytest.mark.differs("Flask never closes the response", safer=True)
def test_response_is_closed_if_a_teardown_fails(app, client, closed):
    app.teardown_request(fail_at_the_end)

    with pytest.raises(OSError, match="full"), ungrouped():
        client.get("/")

    assert closed == ["/"]


@pytest.mark.differs("Flask never closes the response", safer=True)
def test_server_need_not_close_a_response_that_it_never_got(app, closed):
    app.teardown_appcontext(fail_at_the_end)
    handler = SimpleHandler(BytesIO(), BytesIO(), StringIO(), create_environ("/"))

    handler.run(app)

    assert closed == ["/"]


@pytest.mark.differs("Flask never closes the response", safer=True)
def test_response_is_closed_if_it_cannot_be_started(app, closed):
    def start_response(status, headers, exc_info=None):
        raise AssertionError("a hop-by-hop header")

    with pytest.raises(AssertionError, match="hop-by-hop"):
        app(create_environ("/"), start_response)

    assert closed == ["/"]


@pytest.mark.differs("Flask never closes the response", safer=True)
def test_response_is_closed_if_a_hook_fails_on_it(app, client):
    closed = []

    @app.after_request
    def fail(response):
        if request.path == "/":
            raise ValueError("no header for this page")
        return response

    @app.after_request
    def note_the_end(response):
        response.call_on_close(lambda: closed.append(response.status_code))
        return response

    client.get("/").close()

    assert closed == [200, 500]


def test_response_that_cannot_be_closed_leaves_the_error_alone(app, client):
    app.teardown_request(fail_at_the_end)

    @app.after_request
    def fail_later(response):
        response.call_on_close(lambda: 1 / 0)
        return response

    with pytest.raises(OSError, match="full"), ungrouped():
        client.get("/")


def test_request_after_a_failed_teardown_is_like_any_other(app, client):
    ends = []

    @app.teardown_request
    def fail_once(error):
        ends.append(error)
        if len(ends) == 1:
            fail_at_the_end(error)

    with pytest.raises(OSError, match="full"), ungrouped():
        client.get("/")

    assert client.get("/").text == "view"
    assert ends == [None, None]


# contexts without a visitor


def test_app_context_runs_the_app_s_teardown_only(app, errors):
    of_app = []
    app.teardown_appcontext(of_app.append)

    with app.app_context():
        assert of_app == []

    assert (of_app, errors) == ([None], [])


def test_teardown_of_an_app_context_gets_the_error_that_ended_it(app):
    of_app = []
    app.teardown_appcontext(of_app.append)
    error = KeyError("bell")

    with pytest.raises(KeyError), app.app_context():
        raise error

    assert of_app == [error]


def test_teardown_gets_the_error_that_pop_is_told(app, errors):
    error = KeyError("bell")
    context = app.test_request_context()
    context.push()

    context.pop(error)

    assert errors == [error]


def test_test_request_context_runs_teardown_and_no_other_hook(app, errors):
    called = []
    app.before_request(lambda: called.append("before"))
    app.after_request(note(called, "after"))

    with app.test_request_context("/"):
        assert errors == []

    assert (called, errors) == ([], [None])


@pytest.mark.optional
def test_before_and_after_can_be_run_by_hand(app):
    app.before_request(lambda: setattr(g, "bell", "brass"))
    app.after_request(lambda response: Response(g.bell))

    with app.test_request_context("/"):
        assert app.preprocess_request() is None
        assert app.process_response(Response("")).get_data(True) == "brass"


@pytest.mark.optional
def test_parts_around_an_answer_can_be_overridden():
    called = []

    class Told(App):
        def preprocess_request(self):
            called.append("preprocess_request")
            return super().preprocess_request()

        def finalize_request(self, result, from_error_handler=False):
            called.append("finalize_request")
            return super().finalize_request(result, from_error_handler)

        def process_response(self, response):
            called.append("process_response")
            return super().process_response(response)

        def do_teardown_request(self, exc=None):
            called.append("do_teardown_request")
            super().do_teardown_request(exc)

        def do_teardown_appcontext(self, exc=None):
            called.append("do_teardown_appcontext")
            super().do_teardown_appcontext(exc)

    Told("told").test_client().get("/nowhere")

    assert called == [
        "preprocess_request",
        "finalize_request",
        "process_response",
        "do_teardown_request",
        "do_teardown_appcontext",
    ]


@pytest.mark.optional
def test_overridden_dispatch_may_return_what_a_view_may():
    class Closed(App):
        def dispatch_request(self):
            return "closed", 503

    response = Closed("closed").test_client().get("/")

    assert (response.status_code, response.text) == (503, "closed")


@pytest.mark.differs(
    "Flask runs the teardown functions first, and fails then", safer=True
)
def test_end_that_is_refused_runs_no_teardown(app, errors):
    async def end(context):
        context.pop()

    async def main():
        with app.test_request_context("/") as context:
            [error] = await asyncio.gather(end(context), return_exceptions=True)
            return error, list(errors)

    error, before_the_end = asyncio.run(main())

    assert isinstance(error, RuntimeError)
    assert (before_the_end, errors) == ([], [None])


def test_inner_context_has_its_own_end(app, client, errors):
    of_app = []
    app.teardown_appcontext(lambda error: of_app.append(g.get("name", "outer")))

    @app.route("/nested")
    def nested():
        with app.app_context():
            g.name = "inner"
        return ""

    client.get("/nested")

    assert of_app == ["inner", "outer"]
    assert errors == [None]


# the context that a test client keeps


@pytest.mark.optional
def test_kept_context_was_torn_down_and_is_again(app, client, errors):
    with client:
        client.get("/")
        assert (request.path, errors) == ("/", [None])

    assert errors == [None, None]


@pytest.mark.optional
def test_kept_context_ends_before_the_next_request_begins(app, client):
    called = []
    app.before_request(lambda: called.append(f"begin {request.path}"))
    app.teardown_request(lambda error: called.append(f"end {request.path}"))

    with client:
        client.get("/")
        client.get("/nowhere")
        assert called[1:4] == ["end /", "end /", "begin /nowhere"]


@pytest.mark.optional
def test_error_of_a_kept_request_is_told_once(app, client, errors):
    with client:
        client.get("/broken")

    assert isinstance(errors[0], LookupError)
    assert errors[1:] == [None]


def test_kept_context_keeps_what_before_request_left(app, client):
    app.before_request(lambda: setattr(g, "bell", "brass"))

    with client:
        client.get("/")
        assert g.bell == "brass"


# set up, then asked


@pytest.mark.parametrize(
    "set_up",
    [
        lambda app: app.before_request(lambda: None),
        lambda app: app.after_request(lambda response: response),
        lambda app: app.teardown_request(lambda error: None),
        lambda app: app.teardown_appcontext(lambda error: None),
        lambda app: app.url_defaults(lambda endpoint, values: None),
        lambda app: app.url_value_preprocessor(lambda endpoint, values: None),
        lambda app: app.errorhandler(404)(lambda error: "x"),
        lambda app: app.get("/late")(lambda: "x"),
        lambda app: app.add_url_rule("/late", "late"),
    ],
)
def test_app_cannot_be_set_up_after_its_first_request(app, client, set_up):
    client.get("/nowhere")

    # Flask raises AssertionError
    with pytest.raises((RuntimeError, AssertionError), match="first request"):
        set_up(app)


def test_lists_of_hooks_may_grow_at_any_time(app, client):
    """Flask-Caching appends to one during a request."""
    called = []
    client.get("/")
    funcs = app.after_request_funcs
    late = funcs.setdefault(None, []) if isinstance(funcs, dict) else funcs
    late.append(note(called, "late"))

    client.get("/")

    assert called == ["late"]


# several apps


def test_hooks_of_one_app_are_not_another_s(app, client):
    called = []
    other = App("other")
    other.before_request(lambda: called.append("before"))
    other.after_request(note(called, "after"))
    other.teardown_request(lambda error: called.append("request"))
    other.teardown_appcontext(lambda error: called.append("app"))

    client.get("/")

    assert called == []


def test_500_finds_its_error_in_after_request_by_the_handler(app, client):
    """What a page's author does who wants the error in a hook."""

    @app.errorhandler(InternalServerError)
    def keep(error):
        g.error = error.original_exception
        return error

    seen = []

    @app.after_request
    def look(response):
        seen.append(g.get("error"))
        return response

    client.get("/broken")

    assert isinstance(seen[0], LookupError)


# what an app may replace


@pytest.mark.optional
def test_app_may_answer_http_errors_itself():
    class PlainApp(App):
        def handle_http_exception(self, error):
            return Response(error.name, error.code)

    response = PlainApp(__name__).test_client().get("/nowhere")

    assert (response.status_code, response.text) == (404, "Not Found")


@pytest.mark.optional
def test_app_may_log_errors_itself(app, client, monkeypatch):
    logged = []
    monkeypatch.setattr(app, "log_exception", logged.append)

    client.get("/broken")

    kind, error, traceback = logged[0]
    assert (kind, str(error)) == (LookupError, "the view is broken")
    assert traceback is error.__traceback__


@pytest.mark.optional
def test_app_may_keep_an_error_from_teardown_functions(app, client, errors):
    app.should_ignore_error = lambda error: isinstance(error, LookupError)

    client.get("/broken")

    assert errors == [None]
