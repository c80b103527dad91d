"""The exercise `server`: the other side of WSGI, over raw sockets."""

import socket
from contextlib import contextmanager
from threading import Thread
from time import sleep
from wsgiref.validate import validator

from exercise import serve
from step01_wsgi.demo import app as demo

PATIENCE = 5  # seconds


@contextmanager
def serving(app, requests=1):
    """Serve an app in a thread for a number of requests; yield the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"requests": requests}
    thread = Thread(target=serve, args=(app, "127.0.0.1", port), kwargs=options)
    thread.daemon = True
    thread.start()
    yield port
    thread.join(PATIENCE)
    assert not thread.is_alive(), "serve didn't stop after its requests"


def connect(port):
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except ConnectionRefusedError:
            sleep(0.02)
    raise AssertionError("no server is listening")


def talk(port, *pieces):
    """Send a request in pieces, and return everything that comes back."""
    with connect(port) as connection:
        for piece in pieces:
            connection.sendall(piece)
            sleep(0.02)
        answer = b""
        while received := connection.recv(4096):
            answer += received
        return answer


def seen_by_app(*pieces):
    """Return the environ an app receives for a request."""
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        seen["body"] = environ["wsgi.input"].read(
            int(environ.get("CONTENT_LENGTH") or 0)
        )
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"seen"]

    with serving(app) as port:
        answer = talk(port, *pieces)
    return seen, answer


def test_answer_has_status_headers_and_body():
    _, answer = seen_by_app(b"GET / HTTP/1.1\r\nHost: wren.example\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")

    assert lines[0] in (b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK")
    assert b"Content-Type: text/plain" in lines
    assert b"connection: close" in [line.lower() for line in lines]
    assert body == b"seen"


def test_environ_describes_the_request():
    environ, _ = seen_by_app(
        b"GET /z%C3%BCrich?code=de%20 HTTP/1.1\r\n"
        b"Host: wren.example\r\nX-Bell: brass\r\n\r\n"
    )

    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/zürich"
    assert environ["QUERY_STRING"] == "code=de%20"
    assert environ["HTTP_HOST"] == "wren.example"
    assert environ["HTTP_X_BELL"] == "brass"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["wsgi.version"] == (1, 0)


def test_head_may_come_in_small_pieces():
    environ, _ = seen_by_app(
        b"GE", b"T /songs HT", b"TP/1.1\r\nHo", b"st: x\r\n\r", b"\n"
    )

    assert (environ["PATH_INFO"], environ["HTTP_HOST"]) == ("/songs", "x")


def test_body_is_as_long_as_it_says():
    environ, _ = seen_by_app(
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
        b"Content-Length: 10\r\n\r\nhello",
        b"wrens",
    )

    assert environ["body"] == b"hellowrens"
    assert environ["CONTENT_TYPE"] == "text/plain"


def test_nonsense_gets_400_and_the_next_visitor_an_answer():
    with serving(demo, requests=2) as port:
        assert talk(port, b"nonsense\r\n\r\n").split(b" ")[1] == b"400"
        assert b"200 OK" in talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_failing_app_gives_500_and_tells_nothing():
    def app(environ, start_response):
        raise RuntimeError("the password is hunter2")

    with serving(app) as port:
        answer = talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert answer.split(b" ")[1] == b"500" and b"hunter2" not in answer


def test_body_is_closed():
    class Body:
        closed = False

        def __iter__(self):
            return iter([b"one ", b"two"])

        def close(self):
            self.closed = True

    body = Body()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    with serving(app) as port:
        assert talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").endswith(
            b"one two"
        )
    assert body.closed


def test_demo_runs_on_it_and_pep_3333_has_no_complaint():
    with serving(validator(demo), requests=2) as port:
        front = talk(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").decode()
        party = talk(
            port, b"GET /z%C3%BCrich HTTP/1.1\r\nHost: localhost\r\n\r\n"
        ).decode()

    assert "bicycle bell" in front and "Wren in Zürich" in party
