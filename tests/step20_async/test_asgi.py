"""What step 20 promises of servers that speak ASGI: the same app answers there, too."""

import asyncio
import threading
from contextvars import ContextVar

import pytest
from step20_async import App, Response, request
from step20_async.asgi import ASGIAdapter

PATIENCE = 60  # seconds, for a machine that has other things to do

pytestmark = [
    pytest.mark.optional,
    pytest.mark.differs("Flask leaves ASGI to other packages"),
]


@pytest.fixture
def app():
    app = App("wren")
    app.route("/", endpoint="hello")(lambda: "Hello")
    return app


class Client:
    """The server's side of one request, and the client behind it."""

    def __init__(self, *pieces):
        # what the client sends: pieces of a body, and then nothing until it leaves
        self.pieces = list(pieces) or [b""]
        self.received = 0
        self.sent = []
        self.leaves = asyncio.Event()

    async def receive(self):
        self.received += 1
        if self.pieces:
            body = self.pieces.pop(0)
            if body is None:
                return {"type": "http.disconnect"}
            more = bool(self.pieces)
            return {"type": "http.request", "body": body, "more_body": more}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])

    @property
    def body(self):
        return b"".join(each["body"] for each in self.sent[1:])


def scope_of(target="/", method="GET", headers=(), **more):
    """Return the scope of a request, as a server makes it."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"wren.example"), *headers],
        "client": ("192.0.2.1", 50000),
        "server": ("wren.example", 80),
    }
    return {**scope, **more}


def ask(app, scope, *pieces):
    """Send the app one request, and return the client with what it got."""

    async def visit():
        client = Client(*pieces)
        adapter = ASGIAdapter(app, threads=1)
        await asyncio.wait_for(adapter(scope, client.receive, client.send), PATIENCE)
        return client

    return asyncio.run(visit())


# --- requests


def test_app_answers(app):
    client = ask(app, scope_of())

    assert (client.status, client.body) == (200, b"Hello")
    assert client.headers[b"content-length"] == b"5"
    assert client.sent[-1] == {
        "type": "http.response.body",
        "body": b"",
        "more_body": False,
    }


def test_app_sees_the_url(app):
    app.route("/<name>")(lambda name: f"{name} {request.url} {request.remote_addr}")
    path = "/Z%C3%BCrich?bell=brass"

    client = ask(app, scope_of(path, path="/Zürich"))

    url = "http://wren.example/Zürich?bell=brass"
    assert client.body.decode() == f"Zürich {url} 192.0.2.1"


def test_path_comes_without_its_raw_form_too(app):
    app.route("/<name>")(lambda name: name)

    client = ask(app, scope_of("/Zürich", raw_path=None, server=None, client=None))

    assert client.body.decode() == "Zürich"


def test_app_may_be_mounted(app):
    app.route("/bells")(lambda: f"{request.script_root} {request.path}")

    client = ask(app, scope_of("/shop/bells", root_path="/shop"))

    assert client.body == b"/shop /bells"


def test_bytes_that_are_no_text_are_a_404(app):
    assert ask(app, scope_of("/%ff%fe", path="/\ufffd")).status == 404


@pytest.mark.parametrize(
    "path", ["*", "", "http://elsewhere.example/", "//x", "/%2e%2e/", "/%00", "/" * 99]
)
def test_odd_target_is_no_error_of_ours(app, path):
    assert ask(app, scope_of(path)).status < 500


def test_body_arrives_in_pieces(app):
    app.post("/")(lambda: request.get_data()[::-1])
    scope = scope_of(method="POST", headers=[(b"content-length", b"6")])

    assert ask(app, scope, b"abc", b"", b"def").body == b"fedcba"


def test_body_without_a_length_is_whole(app):
    app.post("/")(lambda: request.get_data())

    assert ask(app, scope_of(method="POST"), b"abc", b"def").body == b"abcdef"


def test_form_arrives(app):
    app.post("/")(lambda: request.form["bird"])
    kind = (b"content-type", b"application/x-www-form-urlencoded")

    assert ask(app, scope_of(method="POST", headers=[kind]), b"bird=wren").body


@pytest.mark.parametrize("length", [[], [(b"content-length", b"6")]])
def test_client_that_leaves_midway_has_sent_no_body(app, length):
    seen = []

    @app.post("/")
    def index():
        seen.append(request.get_data())
        return "Thanks"

    client = ask(app, scope_of(method="POST", headers=length), b"abc", None)

    assert seen == [] and client.body != b"Thanks"


def test_body_larger_than_allowed_is_refused(app):
    app.config["MAX_CONTENT_LENGTH"] = 5
    app.post("/")(lambda: request.get_data())

    assert ask(app, scope_of(method="POST"), b"abc", b"def").status == 413


def test_body_that_nobody_reads_is_not_taken_in(app):
    app.post("/")(lambda: "Hello")

    client = ask(app, scope_of(method="POST"), *[b"x" * 1000] * 50)

    assert client.body == b"Hello"
    assert client.received < 5


def test_fields_of_the_same_name_become_one(app):
    app.route("/h")(lambda: f"{request.headers['X-Bell']} {request.cookies}")
    fields = [
        (b"x-bell", b"brass"),
        (b"x-bell", b"steel"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
    ]

    body = ask(app, scope_of("/h", headers=fields)).body.decode()

    assert body == "brass,steel ImmutableMultiDict([('a', '1'), ('b', '2')])"


def test_underscore_does_not_pass_for_a_hyphen(app):
    app.route("/h")(lambda: request.headers.get("X-Forwarded-For", "none"))

    client = ask(app, scope_of("/h", headers=[(b"x_forwarded_for", b"127.0.0.1")]))

    assert client.body == b"none"


@pytest.mark.parametrize("value", [b"\xff", b"", b"a,b", b"[", b"\xc3\xa9"])
@pytest.mark.parametrize("name", [b"host", b"cookie", b"range", b"content-length"])
def test_odd_field_is_no_error_of_ours(app, name, value):
    scope = scope_of(headers=[(name, value)], method="POST")

    assert ask(app, scope, b"x").status < 500


# --- responses


def test_headers_arrive(app):
    @app.route("/cookies")
    def cookies():
        response = Response("")
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    fields = ask(app, scope_of("/cookies")).sent[0]["headers"]

    assert [name for name, _ in fields].count(b"set-cookie") == 2


def test_each_piece_is_sent_when_it_is_made(app):
    app.route("/birds")(lambda: iter(["wren ", "", "robin"]))

    client = ask(app, scope_of("/birds"))

    assert [each.get("body") for each in client.sent] == [None, b"wren ", b"robin", b""]


def test_any_wsgi_app_answers():
    def hello(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"Hello, ")
        return [b"world"]

    assert ask(hello, scope_of()).body == b"Hello, world"


def test_error_before_the_first_piece_may_change_the_status():
    def fails(environ, start_response):
        start_response("200 OK", [])
        start_response("500 Oh", [], (ValueError, ValueError("no"), None))
        return [b"failed"]

    assert ask(fails, scope_of()).status == 500


def test_error_after_the_first_piece_is_raised():
    def fails(environ, start_response):
        start_response("200 OK", [])(b"piece")
        start_response("500 Oh", [], (ValueError, ValueError("no"), None))
        return []

    with pytest.raises(ValueError, match="no"):
        ask(fails, scope_of())


def test_error_in_a_stream_reaches_the_server(app):
    closed = []

    @app.route("/birds")
    def birds():
        try:
            yield "wren"
            raise ValueError("no")
        finally:
            closed.append("birds")

    with pytest.raises(ValueError, match="no"):
        ask(app, scope_of("/birds"))
    assert closed == ["birds"]


# --- time


def run(main):
    """Run a test that is async."""
    return asyncio.run(asyncio.wait_for(main, PATIENCE))


def test_generator_ends_when_the_adapter_s_client_leaves(app):
    closed = []

    @app.route("/events")
    async def events():
        try:
            while True:
                yield "data: ring\n\n"
        finally:
            closed.append("events")

    async def visit():
        client, send = Client(), Client.send

        async def leave(message):
            await send(client, message)
            if len(client.sent) == 3:
                client.leaves.set()

        await ASGIAdapter(app)(scope_of("/events"), client.receive, leave)

    run(visit())

    assert closed == ["events"]


def test_slow_client_holds_up_the_generator(app):
    made, turns = [], []

    @app.route("/birds")
    def birds():
        for number in range(20):
            made.append(number)
            yield "."

    async def visit():
        client = Client()

        async def send(message):
            if message.get("body"):
                turns.append(len(made))
                await asyncio.sleep(0)

        await ASGIAdapter(app)(scope_of("/birds"), client.receive, send)

    run(visit())

    assert turns == [*range(1, 21)]


def test_view_that_blocks_holds_up_nobody(app):
    waits, goes_on = threading.Event(), threading.Event()

    @app.route("/slow")
    async def slow():
        waits.set()
        return str(goes_on.wait(PATIENCE))

    async def visit():
        adapter, slow, quick = ASGIAdapter(app, threads=2), Client(), Client()
        first = asyncio.create_task(adapter(scope_of("/slow"), slow.receive, slow.send))
        await asyncio.to_thread(waits.wait, PATIENCE)
        await adapter(scope_of(), quick.receive, quick.send)
        goes_on.set()
        await first
        return slow.body, quick.body

    assert run(visit()) == (b"True", b"Hello")


def test_more_requests_than_threads_wait(app):
    async def visit():
        adapter, clients = ASGIAdapter(app, threads=2), [Client() for _ in range(20)]
        visits = (adapter(scope_of(), each.receive, each.send) for each in clients)
        await asyncio.gather(*visits)
        return {each.body for each in clients}

    assert run(visit()) == {b"Hello"}


def test_client_that_left_while_it_waited_is_not_answered(app):
    waits, goes_on, answered = threading.Event(), threading.Event(), []

    @app.route("/slow")
    def slow():
        waits.set()
        return str(goes_on.wait(PATIENCE))

    app.route("/late")(lambda: answered.append("late") or "late")

    async def visit():
        adapter, first, late = ASGIAdapter(app, threads=1), Client(), Client(None)
        slow = asyncio.create_task(
            adapter(scope_of("/slow"), first.receive, first.send)
        )
        await asyncio.to_thread(waits.wait, PATIENCE)
        task = asyncio.create_task(adapter(scope_of("/late"), late.receive, late.send))
        while late.received == 0:
            await asyncio.sleep(0)
        goes_on.set()
        await asyncio.gather(slow, task)

    run(visit())

    assert answered == []


def test_server_that_stops_ends_the_generator(app):
    closed, began = threading.Event(), asyncio.Event()

    @app.route("/events")
    def events():
        try:
            while True:
                yield "data: ring\n\n"
        finally:
            closed.set()

    async def visit():
        client = Client()

        async def send(message):
            began.set()

        call = ASGIAdapter(app)(scope_of("/events"), client.receive, send)
        task = asyncio.create_task(call)
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await asyncio.to_thread(closed.wait, PATIENCE)

    assert run(visit())


def test_app_sees_the_server_s_context_variables(app):
    bird = ContextVar("bird", default="none")
    app.route("/bird")(lambda: bird.get())

    async def visit():
        client = Client()
        bird.set("wren")
        await ASGIAdapter(app)(scope_of("/bird"), client.receive, client.send)
        return client.body

    assert run(visit()) == b"wren"


# --- other protocols


def test_lifespan_is_answered(app):
    async def live():
        messages = iter(["lifespan.startup", "lifespan.shutdown"])
        sent = []

        async def receive():
            return {"type": next(messages)}

        async def send(message):
            sent.append(message["type"])

        await ASGIAdapter(app)({"type": "lifespan"}, receive, send)
        return sent

    assert run(live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_websocket_is_refused(app):
    async def connect():
        client = Client()
        scope = {**scope_of(), "type": "websocket"}
        await ASGIAdapter(app)(scope, client.receive, client.send)
        return client.sent

    assert run(connect()) == [{"type": "websocket.close"}]


def test_unknown_protocol_is_an_error(app):
    with pytest.raises(ValueError, match="telepathy"):
        ask(app, {"type": "telepathy"})
