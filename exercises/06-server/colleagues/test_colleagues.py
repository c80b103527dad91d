"""The exercise `colleagues`: a traceback for this machine, and for nobody else."""

import io

import pytest
from exercise import Colleagues
from step06_server import App
from werkzeug.test import create_environ

SECRET = "the password is <script>hunter2</script>"
HERE = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]
ELSEWHERE = [
    "203.0.113.7",
    "192.168.1.5",
    "0.0.0.0",
    "::",
    "2001:db8::1",
    "::ffff:203.0.113.7",
    "localhost",
    "127.0.0.1, 203.0.113.7",
    "",
    None,
]


class Visit:
    """One request, sent by a server that does what PEP 3333 says."""

    def __init__(self, app, address, **headers):
        self.environ = create_environ("/", errors_stream=io.StringIO())
        self.environ.update(headers)
        self.environ.pop("REMOTE_ADDR", None)
        if address is not None:
            self.environ["REMOTE_ADDR"] = address
        self.app = app
        self.head = None
        self.sent = b""
        self.error = None

    def start_response(self, status, headers, exc_info=None):
        if exc_info and self.sent:
            raise exc_info[1].with_traceback(exc_info[2])
        assert exc_info or self.head is None, "a second head, without exc_info"
        self.head = (status, dict(headers))
        return self.send

    def send(self, piece):
        assert self.head is not None, "a piece before the head"
        self.sent += piece

    def run(self):
        """Send everything; keep an error that reaches the server."""
        body = None
        try:
            body = self.app(self.environ, self.start_response)
            for piece in body:
                self.send(piece)
        except Exception as error:
            self.error = error
        finally:
            if hasattr(body, "close"):
                body.close()
        return self

    @property
    def page(self):
        return self.sent.decode()

    @property
    def log(self):
        return self.environ["wsgi.errors"].getvalue()


def broken(environ, start_response):
    raise RuntimeError(SECRET)


def visit(app, address="203.0.113.7", **headers):
    return Visit(Colleagues(app), address, **headers).run()


@pytest.mark.parametrize("address", HERE)
def test_visitor_from_this_machine_sees_the_traceback(address):
    seen = visit(broken, address)

    assert seen.head[0] == "500 Internal Server Error"
    assert "Traceback" in seen.page and "test_colleagues.py" in seen.page
    assert "RuntimeError" in seen.page and "hunter2" in seen.page


@pytest.mark.parametrize("address", ELSEWHERE)
def test_stranger_sees_nothing_of_the_error(address):
    seen = visit(broken, address)

    assert seen.head[0] == "500 Internal Server Error"
    for trace in ["Traceback", "RuntimeError", "hunter2", "test_colleagues", "raise"]:
        assert trace not in seen.page


def test_stranger_sees_the_same_page_for_each_error():
    def other(environ, start_response):
        return 1 / 0

    assert visit(broken).page == visit(other).page != ""


@pytest.mark.parametrize("claim", ["127.0.0.1", "::1", "localhost"])
def test_stranger_cannot_claim_to_be_here(claim):
    headers = ["X_FORWARDED_FOR", "X_REAL_IP", "CLIENT_IP", "FORWARDED", "HOST"]

    seen = visit(broken, **{f"HTTP_{header}": claim for header in headers})

    assert "hunter2" not in seen.page


def test_message_is_text_and_no_script():
    page = visit(broken, "127.0.0.1").page

    assert "&lt;script&gt;" in page and "<script>" not in page


def test_message_may_hold_any_character():
    def odd(environ, start_response):
        raise RuntimeError("ü \udcff")

    seen = visit(odd, "127.0.0.1")

    assert seen.error is None and "ü" in seen.page


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
def test_error_is_logged_for_everyone(address):
    assert SECRET in visit(broken, address).log


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
def test_page_is_html_of_the_length_it_says(address):
    seen = visit(broken, address)

    assert seen.head[1]["Content-Type"].startswith("text/html")
    assert int(seen.head[1].get("Content-Length", len(seen.sent))) == len(seen.sent)


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
def test_head_that_was_not_sent_is_replaced(address):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "5"), ("X-Bell", "brass")])
        raise RuntimeError(SECRET)

    seen = visit(app, address)

    assert seen.error is None
    assert seen.head[0].startswith("500") and "X-Bell" not in seen.head[1]


def test_error_before_the_first_piece_gets_a_page():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise RuntimeError(SECRET)
        yield b"never"

    assert "hunter2" in visit(app, "127.0.0.1").page


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
def test_error_after_the_head_reaches_the_server(address):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"half a page"
        raise RuntimeError(SECRET)

    seen = visit(app, address)

    assert seen.sent == b"half a page"
    assert isinstance(seen.error, RuntimeError) and str(seen.error) == SECRET
    assert SECRET in seen.log


class Body:
    """A body that counts its pieces and notes that it was closed."""

    def __init__(self, pieces, fails=False):
        self.pieces = pieces
        self.fails = fails
        self.made = 0
        self.closed = 0

    def __iter__(self):
        for _ in range(self.pieces):
            self.made += 1
            yield b"piece "
        if self.fails:
            raise RuntimeError(SECRET)

    def close(self):
        self.closed += 1


def sends(body):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    return app


def test_body_is_passed_on_piece_by_piece():
    body = Body(3)
    started = Visit(None, "127.0.0.1")

    pieces = iter(Colleagues(sends(body))(started.environ, started.start_response))

    assert (next(pieces), body.made) == (b"piece ", 1)


@pytest.mark.parametrize(("pieces", "fails"), [(3, False), (0, True), (2, True)])
def test_body_is_closed_once(pieces, fails):
    body = Body(pieces, fails)

    visit(sends(body))

    assert body.closed == 1


def test_body_is_closed_when_the_visitor_leaves():
    body = Body(3)
    started = Visit(None, "127.0.0.1")

    answer = Colleagues(sends(body))(started.environ, started.start_response)
    next(iter(answer))
    answer.close()

    assert body.closed == 1


def test_good_answer_is_left_alone():
    seen = visit(sends(Body(2)), "127.0.0.1")

    assert seen.head == ("200 OK", {"Content-Type": "text/plain"})
    assert (seen.sent, seen.log) == (b"piece piece ", "")


def test_ctrl_c_is_no_error_of_the_app():
    def app(environ, start_response):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        visit(app)


def test_it_wraps_an_app_in_debug_mode():
    app = App(__name__)
    app.debug = True
    app.route("/")(lambda: 1 / 0)
    app.wsgi_app = Colleagues(app.wsgi_app)

    here, elsewhere = Visit(app, "::1").run(), Visit(app, "203.0.113.7").run()

    assert "ZeroDivisionError" in here.page
    assert elsewhere.head[0].startswith("500") and "Zero" not in elsewhere.page
