"""What step 12 promises: files with what browsers need to cache and resume them."""

import os
import re
import socket
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from time import monotonic, sleep
from urllib.parse import unquote
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from step12_static import App, Response, send_file
from werkzeug.http import http_date, parse_options_header
from werkzeug.test import create_environ, run_wsgi_app

from costrel.testing.threads import join

PATIENCE = 15  # seconds
SONG = b"0123456789" * 10
WHEN = datetime(2026, 4, 1, 12, 0, 0, tzinfo=UTC)


class Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log_message(self, *arguments):
        pass


def app_that_sends(*arguments, **options):
    """Make an app whose only view sends a file."""
    app = App(__name__)
    app.testing = True
    app.route("/")(lambda: send_file(*arguments, **options))
    return app


def visit(app, headers=(), method="GET"):
    """Ask for the view, read the answer and close it."""
    client = app.test_client()
    return client.open("/", method=method, headers=dict(headers), buffered=True)


def get(path_or_file, headers=(), method="GET", **options):
    """Ask for a file in one way or another."""
    return visit(app_that_sends(path_or_file, **options), headers, method)


@pytest.fixture
def song(tmp_path):
    file = tmp_path / "wren.txt"
    file.write_bytes(SONG)
    return file


# what is sent


def test_path_begins_at_the_root_path(tmp_path, song):
    app = App(__name__, root_path=str(tmp_path))
    app.route("/")(lambda: send_file("wren.txt"))

    assert visit(app).data == SONG


def test_path_may_be_absolute_and_an_object(song):
    assert get(str(song)).data == SONG
    assert get(song).data == SONG


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.html", "text/html"),
        ("a.png", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("a.wren", "application/octet-stream"),
        ("none", "application/octet-stream"),
    ],
)
def test_type_comes_from_the_name(tmp_path, name, expected):
    (tmp_path / name).write_bytes(b"x")

    assert get(tmp_path / name).mimetype == expected


def test_type_may_be_given(song):
    response = visit(app_that_sends(song, "text/csv"))

    assert response.mimetype == "text/csv"


def test_packed_file_says_how_it_is_packed(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(b"x")

    response = get(tmp_path / "a.tar.gz")

    assert (response.mimetype, response.content_encoding) == (
        "application/x-tar",
        "gzip",
    )
    assert not get(tmp_path / "a.tar.gz", as_attachment=True).content_encoding


def test_open_file_is_sent(song):
    with song.open("rb") as file:
        assert get(file, mimetype="text/plain").data == SONG


def test_file_in_memory_is_sent():
    response = get(BytesIO(SONG), download_name="wren.txt")

    assert (response.data, response.mimetype) == (SONG, "text/plain")
    assert response.content_length == len(SONG)


@pytest.mark.optional
def test_file_without_name_needs_a_type():
    with pytest.raises(TypeError, match="mimetype"):
        get(BytesIO(SONG))


@pytest.mark.optional
def test_text_file_is_refused():
    with pytest.raises(ValueError, match="binary"):
        get(StringIO("song"), mimetype="text/plain")


def test_missing_file_is_our_mistake(tmp_path):
    with pytest.raises(FileNotFoundError):
        get(tmp_path / "none.txt")


def test_file_is_sent_in_a_request_only(song):
    with App(__name__).app_context(), pytest.raises(RuntimeError, match="request"):
        send_file(song)


def test_head_has_the_headers_and_no_body(song):
    whole, head = get(song), get(song, method="HEAD")

    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified"):
        assert head.headers[name] == whole.headers[name]


# under which name


def test_file_is_shown_unless_told(song):
    # a browser shows what has no such header
    disposition = get(song).headers.get("Content-Disposition", "inline")

    assert parse_options_header(disposition)[0] == "inline"


def test_attachment_is_saved_under_its_name(song):
    response = get(song, as_attachment=True, download_name="song.txt")

    disposition = parse_options_header(response.headers["Content-Disposition"])
    assert disposition == ("attachment", {"filename": "song.txt"})


@pytest.mark.parametrize(
    "name", ["Zürich.txt", "Wren – kit.txt", "小鳥.txt", 'ü"; x=y.txt']
)
def test_name_may_be_in_any_language(song, name):
    response = get(song, as_attachment=True, download_name=name)

    disposition = response.headers["Content-Disposition"]
    encoded = re.findall(r"(?i)\bfilename\*=utf-8'[^']*'([^\s;]+)", disposition)
    assert [unquote(each) for each in encoded] == [name]
    # what is left of the name in ASCII is for those who can't read the other
    assert disposition.isascii() and re.search(r"(?i)\bfilename=", disposition)
    kind, names = parse_options_header(disposition)
    assert (kind, set(names)) == ("attachment", {"filename"})


def test_name_is_one_line(song):
    with pytest.raises(ValueError):
        get(song, download_name="wren.txt\r\nX-Evil: yes")


# how long it is good for


def test_browser_asks_each_time_unless_told(song):
    response = get(song)

    assert response.cache_control.no_cache and response.cache_control.max_age is None


@pytest.mark.parametrize("lifetime", [3600, timedelta(hours=1)])
def test_configured_lifetime_is_sent(song, lifetime):
    app = app_that_sends(song)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = lifetime

    response = visit(app)

    assert response.cache_control.max_age == 3600
    assert not response.cache_control.no_cache


def test_lifetime_of_one_answer_counts_more(song):
    app = app_that_sends(song, max_age=60)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600

    assert visit(app).cache_control.max_age == 60


def test_lifetime_of_nothing_is_a_lifetime(song):
    app = app_that_sends(song, max_age=0)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600

    assert visit(app).cache_control.max_age == 0


def test_app_may_choose_a_lifetime_for_each_file(tmp_path):
    class Shop(App):
        def get_send_file_max_age(self, filename):
            asked.append(filename)
            return 9 if filename.endswith(".css") else None

    asked = []
    (tmp_path / "static").mkdir()
    for name in ("a.css", "a.js"):
        (tmp_path / "static" / name).write_bytes(b"x")
    client = Shop(__name__, root_path=str(tmp_path)).test_client()

    css = client.get("/static/a.css", buffered=True)
    js = client.get("/static/a.js", buffered=True)

    assert (css.cache_control.max_age, js.cache_control.max_age) == (9, None)
    assert {"a.css", "a.js"} <= set(asked)


# whether the browser has it already


def test_known_file_is_not_sent_again(song):
    first = get(song)

    second = get(song, {"If-None-Match": first.headers["ETag"]})

    assert (second.status_code, second.data) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]
    # the length of the file, if any (RFC 9110, section 8.6)
    assert second.headers.get("Content-Length", "100") == "100"


@pytest.mark.parametrize("tags", ["W/{}", '"other", {}', "*"])
def test_one_of_the_known_tags_is_enough(song, tags):
    etag = get(song).headers["ETag"]

    assert get(song, {"If-None-Match": tags.format(etag)}).status_code == 304


def test_changed_file_is_sent_again(song):
    first = get(song)
    song.write_bytes(b"new song")

    second = get(song, {"If-None-Match": first.headers["ETag"]})

    assert (second.status_code, second.data) == (200, b"new song")


@pytest.mark.optional
def test_same_content_under_another_name_has_another_tag(tmp_path, song):
    other = tmp_path / "other.txt"
    song.rename(other)
    before = get(other).headers["ETag"]
    other.rename(song)

    assert get(song).headers["ETag"] != before


def test_file_is_sent_only_if_it_is_newer(song):
    modified = get(song).last_modified
    older = http_date(modified - timedelta(seconds=1))

    assert get(song, {"If-Modified-Since": http_date(modified)}).status_code == 304
    assert get(song, {"If-Modified-Since": older}).data == SONG


def test_tag_counts_more_than_the_date(song):
    headers = {
        "If-None-Match": '"other"',
        "If-Modified-Since": http_date(get(song).last_modified),
    }

    assert get(song, headers).status_code == 200


def test_tag_that_must_match_and_does_not_gives_412(song):
    assert get(song, {"If-Match": '"other"'}).status_code == 412


def test_tag_and_date_may_be_given():
    options = {"mimetype": "text/plain", "etag": "v7", "last_modified": WHEN}
    response = get(BytesIO(SONG), **options)

    assert (response.headers["ETag"], response.last_modified) == ('"v7"', WHEN)
    again = get(BytesIO(SONG), {"If-None-Match": '"v7"'}, **options)
    assert again.status_code == 304


def test_file_without_tag_is_known_by_its_date(song):
    response = get(song, etag=False)

    assert "ETag" not in response.headers
    since = {"If-Modified-Since": response.headers["Last-Modified"]}
    assert get(song, since, etag=False).status_code == 304


def test_unconditional_file_is_always_sent_whole(song):
    headers = {"If-None-Match": "*", "Range": "bytes=0-1"}

    response = get(song, headers, conditional=False)

    assert (response.status_code, response.data) == (200, SONG)


# a part of it


def test_file_says_that_it_has_parts(song):
    assert get(song).headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("wanted", "part", "told"),
    [
        ("bytes=0-9", SONG[:10], "bytes 0-9/100"),
        ("bytes=0-0", SONG[:1], "bytes 0-0/100"),
        ("bytes=95-", SONG[95:], "bytes 95-99/100"),
        ("bytes=-5", SONG[95:], "bytes 95-99/100"),
        ("bytes=90-5000", SONG[90:], "bytes 90-99/100"),
    ],
)
def test_part_is_sent(song, wanted, part, told):
    response = get(song, {"Range": wanted})

    assert (response.status_code, response.data) == (206, part)
    assert response.headers["Content-Range"] == told
    assert response.content_length == len(part)


def test_part_of_a_file_in_memory_is_sent():
    response = get(BytesIO(SONG), {"Range": "bytes=-3"}, mimetype="text/plain")

    assert (response.status_code, response.data) == (206, SONG[-3:])


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=5000-6000"])
def test_part_that_is_not_there_gives_416(song, wanted):
    response = get(song, {"Range": wanted})

    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */100"


@pytest.mark.parametrize("wanted", ["bytes=9-3", "bytes=a-b", "pages=1-2"])
def test_part_that_nobody_understands_is_not_sent(song, wanted):
    response = get(song, {"Range": wanted})

    # RFC 9110, section 14.2: a bad range may be ignored or refused, and an unknown
    # unit has to be ignored; Werkzeug refuses that too
    whole = (response.status_code, response.data) == (200, SONG)
    assert whole or response.status_code == 416


@pytest.mark.optional
def test_several_parts_at_once_are_refused(song):
    assert get(song, {"Range": "bytes=0-1,4-5"}).status_code == 416


def test_empty_file_has_no_parts(tmp_path):
    (tmp_path / "empty.txt").touch()

    response = get(tmp_path / "empty.txt", {"Range": "bytes=0-9"})

    # RFC 9110, section 14.2: either the range is ignored, or there is no such part
    whole = (response.status_code, response.data) == (200, b"")
    assert whole or response.status_code == 416


def test_broken_download_is_resumed(song):
    first = get(song)
    headers = {"Range": "bytes=40-", "If-Range": first.headers["ETag"]}

    rest = get(song, headers)

    assert rest.status_code == 206
    assert first.data[:40] + rest.data == SONG


def test_download_of_a_changed_file_begins_again(song):
    etag = get(song).headers["ETag"]
    song.write_bytes(b"another song")

    response = get(song, {"Range": "bytes=40-", "If-Range": etag})

    assert (response.status_code, response.data) == (200, b"another song")


def test_download_is_resumed_by_date_too(song):
    # a file of this very second might change again in it, and keep its date
    os.utime(song, (WHEN.timestamp(), WHEN.timestamp()))
    modified = get(song).last_modified
    older = modified - timedelta(days=1)

    same = get(song, {"Range": "bytes=40-", "If-Range": http_date(modified)})
    changed = get(song, {"Range": "bytes=40-", "If-Range": http_date(older)})

    assert (same.status_code, changed.status_code) == (206, 200)


def test_head_of_a_part_has_no_body(song):
    response = get(song, {"Range": "bytes=0-9"}, method="HEAD")

    assert response.data == b""
    # RFC 9110, section 14.2, has parts for GET alone; Werkzeug tells of them here too
    told = (response.status_code, response.content_length)
    assert told in [(200, 100), (206, 10)]


# by whom, and what is left behind


@pytest.mark.optional
def test_server_in_front_may_send_the_file(song):
    app = app_that_sends(song)
    app.config["USE_X_SENDFILE"] = True

    response = visit(app)

    assert response.headers["X-Sendfile"] == str(song)
    assert response.data == b""
    known = {"If-None-Match": response.headers["ETag"]}
    assert "X-Sendfile" not in visit(app, known).headers


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("HEAD", {}),
        ("GET", {"Range": "bytes=2-3"}),
        ("GET", {"If-None-Match": '"v7"'}),
        ("GET", {"Range": "bytes=5000-"}),
    ],
)
def test_file_is_closed_when_it_was_answered(method, headers):
    file = BytesIO(SONG)

    options = {"mimetype": "text/plain", "etag": "v7"}
    get(file, headers, method, **options)

    assert file.closed


@contextmanager
def serving(app):
    """Serve an app from a thread and yield the port."""
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            join(thread)


def make_large(path, size):
    """Make a file of nothing but holes, where the disk can."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_file_is_closed_when_the_client_leaves(tmp_path):
    path = make_large(tmp_path / "large.bin", 64 * 2**20)
    with path.open("rb") as file:
        app = app_that_sends(file, mimetype="application/zip")
        with serving(app) as port:
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as visitor:
                visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert visitor.recv(12) == b"HTTP/1.0 200"
            deadline = monotonic() + PATIENCE
            while not file.closed:
                assert monotonic() < deadline, "the file is still open"
                sleep(0.01)


def test_file_is_read_in_pieces(tmp_path):
    path = make_large(tmp_path / "large.bin", 8 * 2**20)
    app = app_that_sends(path)

    pieces, status, headers = run_wsgi_app(app, create_environ("/"))
    first = next(iter(pieces))
    pieces.close()

    assert status == "200 OK" and headers["Content-Length"] == str(8 * 2**20)
    assert len(first) <= 2**20


@pytest.mark.once("reading a gigabyte takes a second")
def test_gigabyte_is_sent_with_flat_memory(tmp_path):
    resource = pytest.importorskip("resource")
    path = make_large(tmp_path / "film.bin", 2**30)
    app = app_that_sends(path)
    pieces = app(create_environ("/"), lambda *answer: None)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    size = sum(map(len, pieces))
    pieces.close()

    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # kilobytes, on macOS bytes
    unit = 1 if sys.platform == "darwin" else 1024
    assert size == 2**30
    assert (after - before) * unit < 16 * 2**20


@pytest.mark.optional
def test_file_is_sent_by_the_apps_class_of_responses(tmp_path):
    class Signed(Response):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.headers["X-Bell"] = "wren"

    class Shop(App):
        response_class = Signed

    app = Shop(__name__)
    (tmp_path / "bell.txt").write_text("ring", encoding="utf-8")
    app.add_url_rule("/", "bell", lambda: send_file(tmp_path / "bell.txt"))

    with app.test_client().get("/") as response:
        assert response.headers["X-Bell"] == "wren"
