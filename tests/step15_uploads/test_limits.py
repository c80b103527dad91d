"""What step 15 promises: bodies that are too large, or lie, are refused early."""

import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BytesIO, RawIOBase
from time import process_time

import pytest
from step15_uploads import App, request
from waitress.server import create_server
from waitress.wasyncore import close_all, poll
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import create_environ, run_wsgi_app

from costrel.testing.threads import join

PATIENCE = 15  # seconds
PLAIN = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=wren"
BY_WERKZEUG = "it is the work, or the default, of Werkzeug's parser"


def part(name, content, filename=None):
    """Write one part of a form."""
    file = f'; filename="{filename}"' if filename else ""
    head = f'Content-Disposition: form-data; name="{name}"{file}'
    return f"--wren\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def form(*parts):
    """Write a whole form."""
    return b"".join(parts) + b"--wren--\r\n"


def make_app(**settings):
    """Make an app whose views measure what they are sent."""
    app = App(__name__)
    app.testing = True
    app.config.update(settings)

    @app.post("/form")
    def measure_form():
        texts = [len(text) for _, text in request.form.items(multi=True)]
        files = [len(file.read()) for _, file in request.files.items(multi=True)]
        return {"texts": texts, "files": files}

    @app.post("/body")
    def measure_body():
        size = 0
        while piece := request.stream.read(500):
            size += len(piece)
        return str(size)

    return app


def post(app, body, content_type=MULTIPART, path="/form"):
    return app.test_client().post(path, data=body, content_type=content_type)


class Flood(RawIOBase):
    """A body that begins somehow, goes on for long, and counts what was read."""

    def __init__(self, beginning=b"", size=5_000_000):
        self.beginning = BytesIO(beginning)
        self.size = size
        self.was_read = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        wanted = min(len(buffer), self.size - self.was_read)
        # as much as was asked for, as a server gives it
        data = self.beginning.read(wanted).ljust(wanted, b"\0")
        buffer[: len(data)] = data
        self.was_read += len(data)
        return len(data)


def send(app, body, length=None, terminated=False, path="/body"):
    """Call an app as a server does, for a body with some length, or in chunks.

    Servers say by `wsgi.input_terminated` that they end each body themselves.
    """
    environ = create_environ(path, method="POST")
    environ.update({"wsgi.input": body, "CONTENT_TYPE": MULTIPART})
    environ.pop("CONTENT_LENGTH", None)
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    if terminated:
        environ["wsgi.input_terminated"] = True
    answer, status, _ = run_wsgi_app(app, environ, buffered=True)
    return int(status[:3]), b"".join(answer).decode()


# the length of a body


def test_settings_have_defaults():
    config = App(__name__).config

    assert config["MAX_CONTENT_LENGTH"] is None
    assert config["MAX_FORM_MEMORY_SIZE"] == 500_000
    assert config["MAX_FORM_PARTS"] == 1_000


@pytest.mark.parametrize("path", ["/form", "/body"])
def test_body_may_be_as_long_as_the_limit_and_no_longer(path):
    body = form(part("a", b"x" * 1000))
    app = make_app(MAX_CONTENT_LENGTH=len(body))

    assert post(app, body, path=path).status_code == 200
    assert post(app, body + b"x", path=path).status_code == 413


@pytest.mark.differs("Flask refuses it under servers that end bodies themselves")
def test_body_may_be_as_long_as_the_limit_under_any_server():
    app = make_app(MAX_CONTENT_LENGTH=1000)

    statuses = [
        send(app, BytesIO(b"x" * size), size, terminated)[0]
        for terminated in (False, True)
        for size in (1000, 1001)
    ]

    assert statuses == [200, 413, 200, 413]


def test_json_that_is_too_long_is_answered_with_413():
    app = make_app(MAX_CONTENT_LENGTH=1000)
    app.post("/json")(lambda: request.get_json())

    body = b'"' + b"x" * 1000 + b'"'

    assert post(app, body, "application/json", "/json").status_code == 413


def test_body_that_is_too_long_is_refused_unread():
    app = make_app(MAX_CONTENT_LENGTH=1000)
    body = Flood()

    status, _ = send(app, body, 10**12)

    assert (status, body.was_read) == (413, 0)


def test_body_that_nobody_reads_is_not_refused():
    app = make_app(MAX_CONTENT_LENGTH=1000)
    app.post("/ring")(lambda: "bim")
    body = Flood()

    assert send(app, body, 10**12, path="/ring") == (200, "bim")
    assert send(app, body, 10**12)[0] == 413
    assert body.was_read == 0


def test_413_has_the_app_s_own_page():
    app = make_app(MAX_CONTENT_LENGTH=1000)
    app.register_error_handler(413, lambda error: ("A shorter song, please.", 413))

    answer = post(app, form(part("a", b"x" * 1000)))

    assert (answer.status_code, answer.text) == (413, "A shorter song, please.")


# lengths that are missing, and lengths that lie


@pytest.mark.parametrize("path", ["/form", "/body"])
def test_body_without_an_end_is_read_up_to_the_limit(path):
    app = make_app(MAX_CONTENT_LENGTH=1_000_000)
    body = Flood(part("song", b"", "wren.ogg")[:-2])

    status, _ = send(app, body, terminated=True, path=path)

    assert status == 413
    # a piece more may be read, to see that there is more
    assert 1_000_000 <= body.was_read <= 1_300_000


def test_body_in_chunks_may_be_shorter_than_the_limit():
    app = make_app(MAX_CONTENT_LENGTH=1000)

    assert send(app, BytesIO(b"x" * 999), terminated=True) == (200, "999")
    assert send(app, BytesIO(b"x" * 1001), terminated=True)[0] == 413


READERS = {
    "data": lambda: request.data,
    "form": lambda: dict(request.form),
    "json": lambda: request.get_json(),
    "stream": lambda: request.stream.read(),
    "pieces": lambda: b"".join(iter(lambda: request.stream.read(300), b"")),
    "lines": lambda: b"".join(request.stream),
}
TYPES = {"form": PLAIN, "json": "application/json"}


def status_of_chunks(reader, body, limit=1000):
    """Return the status for a body in chunks that a view reads in one of the ways."""
    app = make_app(MAX_CONTENT_LENGTH=limit)

    @app.post("/read")
    def read():
        READERS[reader]()
        return "all of it"

    environ = create_environ("/read", method="POST")
    environ.pop("CONTENT_LENGTH", None)
    environ.update({"wsgi.input": body, "wsgi.input_terminated": True})
    environ["CONTENT_TYPE"] = TYPES.get(reader, "application/octet-stream")
    _, status, _ = run_wsgi_app(app, environ, buffered=True)
    return int(status[:3])


@pytest.mark.differs("Flask takes the first part of a body for the whole", safer=True)
@pytest.mark.parametrize("reader", READERS)
def test_body_in_chunks_is_taken_whole_or_not_at_all(reader):
    # "aaa" as JSON, and as a field
    bodies = [BytesIO(b'"' + b"a" * (size - 2) + b'"') for size in (1000, 1001, 5000)]

    statuses = [status_of_chunks(reader, body) for body in bodies]

    assert statuses == [200, 413, 413]


class Torn(BytesIO):
    """A body in chunks whose server finds out that the last ones are missing."""

    def readinto(self, buffer):
        if self.tell() == len(self.getvalue()):
            raise OSError("the last chunk is missing")
        return super().readinto(buffer)

    def read(self, size=-1):
        data = super().read(size)
        if not data or size < 0:
            raise OSError("the last chunk is missing")
        return data


@pytest.mark.differs("Flask answers with 500 if the body has no limit", safer=True)
@pytest.mark.parametrize("reader", READERS)
def test_chunks_that_break_off_are_answered_with_400(reader):
    assert status_of_chunks(reader, Torn(b"a" * 3000), limit=None) == 400


@pytest.mark.holds_before("a stream without a length is not read since step 2")
def test_body_is_empty_if_neither_length_nor_server_ends_it():
    body = Flood()

    assert send(make_app(), body) == (200, "0")
    assert body.was_read == 0


@pytest.mark.holds_before("a body without a server that ends it is so since step 2")
@pytest.mark.parametrize("path", ["/form", "/body"])
def test_body_that_breaks_off_is_answered_with_400(path):
    body = part("song", b"x" * 1000, "wren.ogg")

    assert send(make_app(), BytesIO(body), 2000, path=path)[0] == 400


@pytest.mark.differs(
    "Flask takes a half for the whole, under servers that end bodies", safer=True
)
@pytest.mark.parametrize("limit", [None, 2000, 10_000])
def test_body_that_breaks_off_is_answered_with_400_under_any_server(limit):
    app = make_app(MAX_CONTENT_LENGTH=limit)

    assert send(app, BytesIO(b"x" * 1000), 2000, terminated=True)[0] == 400


@pytest.mark.holds_before("a body ends at its length since step 2")
@pytest.mark.parametrize("terminated", [False, True])
def test_body_is_read_up_to_its_length(terminated):
    body = Flood() if not terminated else BytesIO(b"x" * 300)

    assert send(make_app(), body, 300, terminated) == (200, "300")


@pytest.mark.holds_before("what is no length counts as nothing since step 2")
@pytest.mark.parametrize("length", ["", "٣", "1_0"])
def test_length_that_is_none_means_an_empty_body(length):
    assert send(make_app(), Flood(), length) == (200, "0")


# the parts of a form


def test_text_that_is_too_long_is_answered_with_413():
    app = make_app(MAX_FORM_MEMORY_SIZE=100_000)

    assert post(app, form(part("a", b"x" * 90_000))).status_code == 200
    assert post(app, form(part("a", b"x" * 100_001))).status_code == 413


def test_limit_for_texts_is_for_each_of_them():
    app = make_app(MAX_FORM_MEMORY_SIZE=100_000)
    text = part("a", b"x" * 90_000)

    assert post(app, form(text, text)).json["texts"] == [90_000, 90_000]
    assert post(app, form(text, part("a", b"x" * 100_001))).status_code == 413


def test_limit_for_texts_is_not_for_files():
    app = make_app(MAX_FORM_MEMORY_SIZE=100_000)
    song = b"x" * 200_000

    assert post(app, form(part("a", song, "a.ogg"))).json["files"] == [200_000]
    assert post(app, form(part("a", song))).status_code == 413


def test_form_with_too_many_parts_is_answered_with_413():
    app = make_app(MAX_FORM_PARTS=3)
    text, file = part("a", b""), part("a", b"", "a.ogg")

    assert post(app, form(text, file, text)).status_code == 200
    assert post(app, form(text, file, text, file)).status_code == 413


@pytest.mark.holds_before(BY_WERKZEUG)
def test_many_tiny_parts_are_refused_by_default():
    app = make_app()

    assert post(app, form(part("a", b"") * 1000)).status_code == 200
    assert post(app, form(part("a", b"") * 1001)).status_code == 413


def test_form_has_no_limits_where_they_are_none():
    app = make_app(MAX_FORM_MEMORY_SIZE=None, MAX_FORM_PARTS=None)

    assert post(app, form(part("a", b"") * 1001)).status_code == 200
    assert post(app, form(part("a", b"x" * 600_000))).status_code == 200


@pytest.mark.differs("Flask counts the parts of a multipart form alone", safer=True)
def test_plain_form_with_too_many_fields_is_answered_with_413():
    app = make_app(MAX_FORM_PARTS=3)

    assert post(app, b"a=1&b=2&c", PLAIN).json["texts"] == [1, 1, 0]
    assert post(app, b"a=1&b=2&c&d", PLAIN).status_code == 413


@pytest.mark.holds_before("without a limit nothing is counted")
def test_plain_form_has_no_limit_where_it_is_none():
    app = make_app(MAX_FORM_PARTS=None)

    assert len(post(app, b"a&" * 2000, PLAIN).json["texts"]) == 2000


@pytest.mark.holds_before(BY_WERKZEUG)
def test_field_of_a_plain_form_is_limited_by_the_form_s_length():
    body = b"a=" + b"x" * 600_000

    answer = post(make_app(), body, PLAIN)

    assert answer.json["texts"] == [600_000]


@pytest.mark.differs("Flask takes a name of any length", safer=True)
def test_name_of_a_file_is_one_that_a_disk_could_keep():
    app = make_app()

    assert post(app, form(part("a", b"x", "n" * 255))).status_code == 200
    assert post(app, form(part("a", b"x", "n" * 256))).status_code == 400


@pytest.mark.holds_before(BY_WERKZEUG)
@pytest.mark.parametrize(
    "body",
    [
        b"no part at all",
        b"--wren\r\nContent-Length: 1\r\n\r\nx\r\n--wren--",
        part("a", b"no end"),
        b"--wren\r\n" + b"x" * 1000,
        b"",
    ],
)
def test_form_that_is_broken_is_empty(body):
    assert post(make_app(), body).json == {"texts": [], "files": []}


@pytest.mark.holds_before(BY_WERKZEUG)
@pytest.mark.parametrize(
    "noise",
    [
        *[b"\r\n--wre", b"\r\n", b"\r", b"\n--", b"--wren ", b"\r\n--wren-\r", b" "],
        pytest.param(b"\r" + b"x" * 499_999, id="one line break"),
        pytest.param(b"\r\n--wren" + b" " * 499_992, id="half a boundary"),
    ],
)
def test_file_full_of_almost_boundaries_takes_no_long_time(noise):
    song = noise * (500_000 // len(noise))
    body = form(part("song", song, "wren.ogg"))
    began = process_time()

    answer = post(make_app(), body)

    # a search that starts anew at each of them would take minutes
    assert process_time() - began < 5
    assert answer.status_code in (200, 413)


@pytest.mark.holds_before(BY_WERKZEUG)
@pytest.mark.parametrize("boundary", ["(.*)+$", "[", "wren" * 250, "\\", "ä"])
def test_boundary_may_be_any_text(boundary):
    body = form(part("a", b"x")).replace(b"wren", boundary.encode())
    content_type = f'multipart/form-data; boundary="{boundary}"'

    assert post(make_app(), body, content_type).status_code == 200


# limits of one request


@pytest.mark.parametrize(("limit", "status"), [(2000, 200), (500, 413)])
def test_view_may_set_a_limit_of_its_own(limit, status):
    app = make_app(MAX_CONTENT_LENGTH=1000)

    @app.post("/own")
    def own():
        request.max_content_length = limit
        return str(len(request.get_data()))

    assert post(app, b"x" * 1500, path="/own").status_code == status
    assert post(app, b"x" * 1500, path="/body").status_code == 413


@pytest.mark.optional
@pytest.mark.parametrize("name", ["max_form_memory_size", "max_form_parts"])
def test_view_may_set_limits_for_its_form(name):
    app = make_app(MAX_FORM_MEMORY_SIZE=70_000, MAX_FORM_PARTS=2)
    large = form(part("a", b"x" * 80_000), part("b", b""), part("c", b""))

    @app.post("/own")
    def own():
        setattr(request, name, 1)
        return str(len(request.form))

    @app.post("/larger")
    def larger():
        request.max_form_memory_size = request.max_form_parts = 100_000
        return str(len(request.form))

    assert post(app, large, path="/own").status_code == 413
    assert post(app, large, path="/form").status_code == 413
    assert post(app, large, path="/larger").text == "3"


@pytest.mark.optional
@pytest.mark.differs("Flask takes None for 'not set': the limit of the app stays")
def test_view_may_lift_the_limit():
    app = make_app(MAX_CONTENT_LENGTH=1000)

    @app.post("/own")
    def own():
        request.max_content_length = None
        return str(len(request.get_data()))

    assert post(app, b"x" * 1500, path="/own").text == "1500"
    assert post(app, b"x" * 1500, path="/body").status_code == 413


def test_limit_that_comes_after_the_body_comes_too_late():
    app = make_app(MAX_CONTENT_LENGTH=1000)

    @app.before_request
    def look_inside():
        request.form.get("token")

    @app.post("/own")
    def own():
        request.max_content_length = 2000
        return "never"

    assert post(app, b"x" * 1500, path="/own").status_code == 413


# what the client sees of it


class Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log(self, *arguments):
        pass


@contextmanager
def served_by_werkzeug(app):
    server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        join(thread)
        server.server_close()


@contextmanager
def served_by_waitress(app):
    sockets, stopped = {}, threading.Event()
    server = create_server(app, sockets, host="127.0.0.1", port=0)

    def run():
        while not stopped.is_set():
            poll(0.01, sockets)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        stopped.set()
        join(thread)
        server.task_dispatcher.shutdown()
        server.task_dispatcher.shutdown()
        close_all(sockets)


def status_of(port: int, size: int) -> int:
    """Send a body of so many bytes, and return the status of the answer."""
    for _ in range(20):
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("POST", "/body", b"x" * size)
            return connection.getresponse().status
        except ConnectionError:
            # Werkzeug's server reads the rest of a refused body only as long as no
            # break is longer than 10 ms, as it may be on a busy machine
            continue
        finally:
            connection.close()
    raise AssertionError("the connection broke each time")


@pytest.mark.parametrize("serve", [served_by_werkzeug, served_by_waitress])
def test_client_sees_the_413_and_the_next_one_is_served(serve):
    app = make_app(MAX_CONTENT_LENGTH=1_000_000)
    app.register_error_handler(413, lambda error: ("A shorter song, please.", 413))

    with serve(app) as port:
        statuses = [status_of(port, size) for size in (5_000_000, 1000)]

    assert statuses == [413, 200]
