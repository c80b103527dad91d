"""What step 20 promises of responses that are made by an async generator."""

import asyncio
import threading
from contextlib import aclosing
from contextvars import ContextVar

import pytest
from step20_async import (
    App,
    Response,
    current_app,
    g,
    has_app_context,
    has_request_context,
    make_response,
    request,
    session,
    stream_with_context,
)

from costrel.testing.threads import join

PATIENCE = 60  # seconds, for a machine that has other things to do


class BellError(Exception):
    """What the tests' generators raise."""


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


@pytest.fixture
def ended():
    """What the generator `birds` notes at its end."""
    return []


@pytest.fixture
def birds(ended):
    """An async generator that notes how it ended."""

    async def birds():
        try:
            for bird in ("wren", "robin", "owl"):
                await asyncio.sleep(0)
                yield f"{bird} "
        finally:
            await asyncio.sleep(0)
            ended.append("birds")

    return birds


pytestmark = pytest.mark.differs("Flask can't send what an async generator makes")


# --- what can be streamed


def test_async_generator_is_a_body(app, client, birds):
    app.route("/")(birds)

    response = client.get("/")

    assert response.text == "wren robin owl "
    assert response.content_length is None


def test_async_view_may_return_an_async_generator(app, client, birds):
    @app.route("/")
    async def index():
        return birds(), 201, {"Content-Type": "text/plain"}

    response = client.get("/")

    assert (response.text, response.status_code) == ("wren robin owl ", 201)
    assert response.content_type == "text/plain"


@pytest.mark.parametrize("make", [Response, make_response])
def test_response_may_hold_an_async_generator(app, client, birds, make):
    @app.route("/")
    def index():
        response = make(birds())
        response.content_type = "text/event-stream"
        return response

    response = client.get("/")

    assert response.text == "wren robin owl "
    assert response.content_type == "text/event-stream"


def test_pieces_may_be_bytes(app, client):
    @app.route("/")
    async def index():
        yield b"W\xc3"
        yield b"\xb6"

    assert client.get("/").data == "Wö".encode()


def test_any_async_iterator_is_a_body(app, client):
    class Countdown:
        number = 3

        def __aiter__(self):
            return self

        async def __anext__(self):
            if self.number == 0:
                raise StopAsyncIteration
            self.number -= 1
            return str(self.number)

    app.route("/")(Countdown)

    assert client.get("/").text == "210"


def test_empty_stream_is_an_empty_body(app, client):
    @app.route("/")
    async def index():
        for piece in ():
            yield piece

    response = client.get("/")

    assert (response.status_code, response.data) == (200, b"")


def test_hook_and_handler_may_stream(app, client, birds):
    app.errorhandler(404)(lambda error: (birds(), 404))
    app.before_request(lambda: birds() if request.path == "/closed" else None)

    assert client.get("/nowhere").text == "wren robin owl "
    assert client.get("/closed").text == "wren robin owl "


def test_first_piece_is_sent_before_the_second_is_made(app, client):
    made = []

    @app.route("/")
    async def index():
        for piece in ("one", "two"):
            made.append(piece)
            yield piece

    response = client.get("/", buffered=False)
    pieces = response.iter_encoded()

    assert (next(pieces), made) == (b"one", ["one"])
    response.close()


# --- its loop, its context


def test_all_pieces_are_made_in_one_loop(app, client):
    loops = set()

    @app.route("/")
    async def index():
        for _ in range(3):
            await asyncio.sleep(0)
            loops.add(asyncio.get_running_loop())
            yield "."

    client.get("/", buffered=True)

    (loop,) = loops
    assert loop.is_closed()


def test_task_of_a_stream_goes_on_between_pieces_and_ends_with_it(app, client):
    ended = []

    async def work(queue):
        try:
            for number in range(100):
                await queue.put(str(number))
        finally:
            ended.append("work")

    @app.route("/")
    async def index():
        queue = asyncio.Queue(1)
        task = asyncio.create_task(work(queue))
        for _ in range(3):
            yield await queue.get()
        assert not task.done()

    assert client.get("/").text == "012"
    assert ended == ["work"]


def test_what_a_piece_sets_the_next_one_sees(app, client):
    bird = ContextVar("bird", default="none")

    @app.route("/")
    async def index():
        token = bird.set("wren")
        yield "one "
        yield bird.get()
        bird.reset(token)

    assert client.get("/").text == "one wren"
    assert bird.get() == "none"


def test_two_streams_by_turns_keep_their_own_variables(app, client):
    bird = ContextVar("bird", default="none")

    @app.route("/<name>")
    async def index(name):
        bird.set(name)
        yield "began"
        yield bird.get()

    ann = client.get("/ann", buffered=False)
    bob = client.get("/bob", buffered=False)
    pieces = [ann.iter_encoded(), bob.iter_encoded()]

    began = [next(each) for each in pieces]
    names = [next(each) for each in pieces]

    assert (began, names) == ([b"began", b"began"], [b"ann", b"bob"])
    ann.close()
    bob.close()


def test_stream_alone_has_no_request(app, client):
    @app.route("/")
    async def index():
        yield str(has_request_context())

    assert client.get("/").text == "False"


def test_stream_with_context_keeps_the_request(app, client):
    async def pieces():
        yield request.path
        await asyncio.sleep(0)
        yield f" {g.bird} {current_app.name}"

    @app.route("/")
    async def index():
        g.bird = "wren"
        return stream_with_context(pieces())

    assert client.get("/").text == "/ wren wren"


def test_stream_with_context_decorates_an_async_generator(app, client):
    @app.route("/")
    @stream_with_context
    async def index():
        yield request.path

    assert client.get("/").text == "/"


def test_stream_may_read_the_session(app, client):
    async def pieces():
        yield session.get("bird", "none")

    app.route("/")(lambda: stream_with_context(pieces()))
    with client.session_transaction() as visitor:
        visitor["bird"] = "wren"

    assert client.get("/").text == "wren"


def test_context_ends_after_the_stream(app, client, ended, birds):
    @app.teardown_request
    async def end(error):
        ended.append(f"teardown {error!r}")

    app.route("/")(lambda: stream_with_context(birds()))

    client.get("/", buffered=True)

    assert ended == ["birds", "teardown None"]


# --- how it ends


@pytest.mark.parametrize("keep", [iter, stream_with_context])
def test_client_that_leaves_ends_the_generator(app, client, ended, birds, keep):
    app.route("/")(lambda: birds() if keep is iter else keep(birds()))
    response = client.get("/", buffered=False)
    next(response.iter_encoded())

    response.close()

    assert ended == ["birds"]


def test_generators_inside_of_a_stream_end_with_it(app, client, ended, birds):
    @app.route("/")
    async def index():
        # without `aclosing`, Python may never run what is in its `finally`
        async with aclosing(birds()) as pieces:
            async for bird in pieces:
                yield bird

    response = client.get("/", buffered=False)
    next(response.iter_encoded())

    response.close()

    assert ended == ["birds"]


@pytest.mark.parametrize("path", ["/", "/missing"])
def test_stream_that_nobody_reads_is_never_started(app, client, path):
    started = []

    async def pieces():
        started.append("pieces")
        yield "piece"

    @app.route("/")
    def index():
        return pieces()

    @app.route("/missing")
    def missing():
        return pieces(), 304

    response = client.head(path)

    assert response.data == b""
    assert started == []


def test_async_iterator_that_nobody_reads_is_closed(app, client):
    class Bell:
        closed = False

        def __aiter__(self):
            return self

        async def __anext__(self):
            raise StopAsyncIteration

        async def aclose(self):
            self.closed = True

    bell = Bell()
    app.route("/")(lambda: bell)

    client.head("/", buffered=True)

    assert bell.closed


def test_error_after_the_first_piece_ends_the_generator(app, client, ended):
    @app.route("/")
    async def index():
        try:
            yield "one"
            raise BellError
        finally:
            ended.append("index")

    response = client.get("/", buffered=False)
    pieces = response.iter_encoded()

    assert next(pieces) == b"one"
    with pytest.raises(BellError):
        next(pieces)
    assert ended == ["index"]
    response.close()


def test_teardown_gets_the_stream_s_error(app, client):
    ended = []

    async def pieces():
        yield "one"
        raise BellError

    app.route("/")(lambda: stream_with_context(pieces()))
    app.teardown_request(lambda error: ended.append(repr(error)))

    with pytest.raises(BellError):
        client.get("/", buffered=True)

    assert ended == ["BellError()"]


def test_canceled_stream_is_an_error_like_any_other(app, client):
    @app.route("/")
    async def index():
        yield "one"
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="canceled"):
        client.get("/", buffered=True)


def test_generator_that_fails_while_it_closes_is_ended(app, client):
    loops = []

    @app.route("/")
    async def index():
        try:
            loops.append(asyncio.get_running_loop())
            yield "one"
            yield "two"
        finally:
            raise BellError

    response = client.get("/", buffered=False)
    next(response.iter_encoded())

    with pytest.raises(BellError):
        response.close()

    assert loops[0].is_closed()


def test_stream_can_be_closed_twice(app, client, ended, birds):
    app.route("/")(birds)
    response = client.get("/", buffered=False)
    next(response.iter_encoded())

    response.close()
    response.close()

    assert ended == ["birds"]


def test_server_may_close_from_another_thread(app, client, ended, birds):
    app.route("/")(birds)
    response = client.get("/", buffered=False)
    next(response.iter_encoded())
    thread = threading.Thread(target=response.close)

    thread.start()
    join(thread)

    assert ended == ["birds"]


def test_stream_at_its_end_stays_there(app, client, birds):
    app.route("/")(birds)
    found = []

    @app.after_request
    def read_twice(response):
        found.extend([*response.response])
        found.append(next(response.response, "nothing more"))
        return response

    client.get("/")

    assert found[2:] == ["owl ", "nothing more"]


def test_running_loop_is_told_that_it_would_be_blocked(app, client, birds):
    app.route("/")(birds)

    async def visit():
        return client.get("/", buffered=True)

    with pytest.raises(RuntimeError, match=r"event loop.*to_thread"):
        asyncio.run(visit())


def test_after_request_sees_the_pieces_of_a_stream(app, client, birds):
    app.route("/")(birds)

    @app.after_request
    def count(response):
        pieces = response.response
        response.response = (piece.upper() for piece in pieces)
        response.call_on_close(pieces.close)
        return response

    assert client.get("/").text == "WREN ROBIN OWL "
