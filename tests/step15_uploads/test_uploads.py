"""What step 15 promises: files are taken in little memory, kept whole, sent tamely."""

import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from errno import EFBIG
from io import BytesIO, RawIOBase
from pathlib import Path
from stat import S_ISREG
from time import time

import pytest
from step15_uploads import (
    App,
    request,
    save_upload,
    send_upload,
    stream_with_context,
)
from werkzeug.http import parse_options_header
from werkzeug.test import create_environ, run_wsgi_app

from costrel.testing.threads import join

SONG = b"chirp" * 1000
MEGABYTE = 10**6
DAY = 24 * 60 * 60
MULTIPART = "multipart/form-data; boundary=wren"
ALONE = "Flask leaves the keeping of files to its user"
OURS = pytest.mark.differs(ALONE)
SAFER = pytest.mark.differs(ALONE, safer=True)


def part(size, filename='; filename="wren.ogg"'):
    """Write a part of a form; by default a file."""
    head = f'--wren\r\nContent-Disposition: form-data; name="song"{filename}\r\n\r\n'
    return head.encode() + bytes(size) + b"\r\n"


END = b"--wren--"
# more than Werkzeug keeps in memory
TWO = part(MEGABYTE) * 2


@pytest.fixture
def app(tmp_path):
    """Return an app that takes songs, from a form or as they are, and sends them."""
    app = App(__name__, instance_path=str(tmp_path / "instance"))
    app.testing = True
    # what is done with songs
    app.songs = tmp_path / "instance" / "songs"

    @app.post("/form")
    def keep():
        return save_upload(request.files["song"], "songs")

    @app.post("/body")
    def keep_body():
        return save_upload(request.stream, "songs")

    @app.get("/songs/<name>")
    def give(name):
        return send_upload("songs", name, request.args.get("title"))

    return app


def kept(app):
    """List what is on the disk."""
    return sorted(app.songs.iterdir()) if app.songs.exists() else []


def send_song(app, name="wren.ogg", content=SONG, path="/form"):
    """Send a song as a form does."""
    data = {"song": (BytesIO(content), name)}
    return app.test_client().post(path, data=data)


def visit(app, name, method="GET", headers=(), **query):
    """Ask for a song, and read all of the answer."""
    return app.test_client().open(
        f"/songs/{name}",
        method=method,
        headers=dict(headers),
        query_string=query,
        buffered=True,
    )


# kept


@OURS
def test_uploaded_file_is_kept_in_the_instance_folder(app):
    name = send_song(app).text

    assert kept(app) == [app.songs / name]
    assert (app.songs / name).read_bytes() == SONG


@OURS
def test_body_can_be_kept_as_it_comes(app):
    name = app.test_client().post("/body", data=SONG).text

    assert (app.songs / name).read_bytes() == SONG


@SAFER
def test_kept_file_has_a_random_name(app):
    names = {send_song(app, "nightingale.html").text for _ in range(50)}

    assert len(names) == 50
    # too long to be guessed, with nothing of the visitor's and without an extension
    assert all(re.fullmatch("[0-9A-Za-z_-]{20,}", name) for name in names)
    assert not any("nightingale" in name for name in names)


@OURS
def test_folder_may_be_anywhere(app, tmp_path):
    @app.post("/elsewhere")
    def keep_elsewhere():
        return save_upload(request.files["song"], tmp_path / "disk" / "songs")

    name = send_song(app, path="/elsewhere").text

    assert (tmp_path / "disk" / "songs" / name).read_bytes() == SONG


@SAFER
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_kept_file_is_closed_to_other_accounts_of_the_machine(app):
    file = app.songs / send_song(app).text

    # it's enough if one of them is closed
    closed = [not path.stat().st_mode & 0o077 for path in (app.songs, file)]
    assert any(closed), "everyone on the machine can read it"


class Watched(BytesIO):
    """A body that looks at the folder while it is read."""

    def __init__(self, app):
        super().__init__(SONG)
        self.app, self.seen = app, set()

    def read(self, size=-1):
        self.seen.update(path.name for path in kept(self.app))
        return super().read(size)


@SAFER
def test_file_has_its_name_only_when_all_of_it_is_there(app):
    body = Watched(app)

    with app.test_request_context():
        name = save_upload(body, "songs")

    assert (app.songs / name).read_bytes() == SONG
    assert name not in body.seen, "half a song had the name of a whole one"


# not kept


@SAFER
def test_body_that_turns_out_too_large_leaves_no_file(app):
    app.config["MAX_CONTENT_LENGTH"] = MEGABYTE
    environ = create_environ("/body", method="POST")
    environ["wsgi.input"] = BytesIO(bytes(2 * MEGABYTE))
    environ["wsgi.input_terminated"] = True

    _, status, _ = run_wsgi_app(app, environ)

    assert status.startswith("413") and kept(app) == []


@SAFER
@pytest.mark.parametrize("path", ["/form", "/body"])
@pytest.mark.parametrize("terminated", [False, True])
def test_visitor_who_hangs_up_leaves_no_file(app, path, terminated):
    whole = send_song(app).text
    environ = create_environ(path, method="POST")
    environ["wsgi.input"] = BytesIO(part(2 * MEGABYTE))
    environ["CONTENT_TYPE"] = MULTIPART
    environ["CONTENT_LENGTH"] = str(3 * MEGABYTE)
    if terminated:
        environ["wsgi.input_terminated"] = True

    _, status, _ = run_wsgi_app(app, environ)

    assert status.startswith("400")
    assert kept(app) == [app.songs / whole]


INTERRUPTED = """
import os, signal, sys, threading
from pathlib import Path
from step15_uploads import App, save_upload

app = App(__name__, instance_path=sys.argv[1])
half, forever = threading.Event(), threading.Event()

class Slow:
    chirps = iter([b"chirp"])

    def read(self, size=-1):
        for chirp in self.chirps:
            return chirp
        print("half", flush=True)
        half.set()
        forever.wait()

def upload():
    try:
        with app.app_context():
            save_upload(Slow(), "songs")
    finally:
        # a framework that doesn't read has nothing to interrupt
        half.set()

# as a server's threads are, which do not keep it from ending
threading.Thread(target=upload, daemon=True).start()
half.wait()
"""


def interrupt(app, end):
    """Run a program that ends in the middle of an upload, as `end` says.

    Return whether the upload had begun.
    """
    program = app.songs.parent.parent / "interrupted.py"
    program.write_text(INTERRUPTED + end, encoding="utf-8")
    command = [sys.executable, str(program), str(app.songs.parent)]
    ended = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    return ended.stdout == b"half\n"


@SAFER
@pytest.mark.parametrize(
    "end",
    [
        pytest.param("raise KeyboardInterrupt", id="Ctrl-C"),
        pytest.param("sys.exit()", id="shutdown"),
    ],
)
def test_server_that_ends_in_the_middle_of_an_upload_leaves_no_file(app, end):
    assert interrupt(app, end)

    assert kept(app) == []


@SAFER
def test_what_a_killed_server_left_is_removed_two_days_later(app):
    interrupt(app, "os._exit(9)")
    for path in kept(app):
        os.utime(path, (time() - 2 * DAY,) * 2)

    name = send_song(app).text

    assert kept(app) == [app.songs / name]


@OURS
def test_upload_that_another_server_is_writing_is_left_alone(app):
    interrupt(app, "os._exit(9)")
    before = kept(app)

    name = send_song(app).text

    assert kept(app) == sorted([*before, app.songs / name])


@contextmanager
def disk_with(room):
    """Let no file grow beyond so many bytes, as if the disk were full then."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@SAFER
@pytest.mark.parametrize("path", ["/form", "/body"])
@pytest.mark.parametrize(
    ("room", "size"),
    [
        pytest.param(100_000, 200_000, id="while the file is written"),
        pytest.param(50, 100, id="when the file is closed"),
        pytest.param(100_000, MEGABYTE, id="while the form is read"),
    ],
)
def test_full_disk_leaves_no_file(app, path, room, size):
    app.testing = False
    app.logger.disabled = True
    body = part(size) + END
    client = app.test_client()
    whole = send_song(app).text

    with disk_with(room):
        answer = client.post(path, data=body, content_type=MULTIPART)

    assert answer.status_code == 500
    assert kept(app) == [app.songs / whole]


@OURS
def test_full_disk_is_told_to_the_app(app):

    @app.errorhandler(OSError)
    def say(error):
        return f"No room: {error.errno}", 507

    with disk_with(100):
        answer = send_song(app)

    assert (answer.status_code, answer.text) == (507, f"No room: {EFBIG}")


# where files wait for the view


def post_form(app, view, body, content_length=None):
    """Let a view answer a form; what goes wrong is answered with 500."""
    app.testing, app.logger.disabled = False, True
    app.post("/")(view)
    return app.test_client().post(
        "/",
        data=body,
        content_type=MULTIPART,
        content_length=content_length,
    )


def test_files_are_closed_when_the_request_ends(app):
    songs = []

    def look():
        songs.extend(request.files.getlist("song"))
        return str([song.closed for song in songs])

    assert post_form(app, look, TWO + END).text == "[False, False]"
    assert [song.closed for song in songs] == [True, True]


def test_files_are_closed_when_the_view_fails(app):
    songs = []

    def fail():
        songs.extend(request.files.getlist("song"))
        return 1 / len(request.form)

    assert post_form(app, fail, TWO + END).status_code == 500
    assert [song.closed for song in songs] == [True, True]


def open_files():
    """Return the files this process has open, by the system's numbers for them."""
    system = Path("/dev/fd")
    if not system.exists():
        pytest.skip("this system does not tell a process's open files")
    numbers = set()
    for number in [int(path.name) for path in system.iterdir()]:
        # one of them was the list itself, which is closed by now
        with suppress(OSError):
            if S_ISREG(os.fstat(number).st_mode):
                numbers.add(number)
    return numbers


@pytest.mark.differs("Flask leaves them to the garbage collector", safer=True)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(TWO + part(1) + END, 413, id="too many parts"),
        pytest.param(TWO + part(600_000, "") + END, 413, id="too long a text"),
        pytest.param(TWO + b"--wren\r\nWhat: now\r\n\r\n" + END, 200, id="no name"),
        pytest.param(TWO, 200, id="no end"),
    ],
)
def test_files_are_closed_when_the_form_fails(app, body, status):
    app.config["MAX_FORM_PARTS"] = 2 if b"What" not in body else 3
    before, errors = open_files(), []

    @app.errorhandler(413)
    def keep_error(error):
        # as a log or a debugger does: with all that hangs on it
        errors.append(error)
        return "", 413

    assert post_form(app, lambda: str(request.files), body).status_code == status
    assert not open_files() - before, "files of the form are still open"


@pytest.mark.differs("Flask closes them when the view has returned")
def test_files_are_open_as_long_as_the_answer_is_streamed(app):
    songs = []

    def echo():
        songs.extend(request.files.getlist("song"))
        return stream_with_context(iter(lambda: songs[0].read(500_000), b""))

    answer = post_form(app, echo, TWO + END)

    assert answer.data == bytes(MEGABYTE)
    answer.close()
    assert [song.closed for song in songs] == [True, True]


class Large(RawIOBase):
    """A body of zeros between a head and a tail, made while it is read."""

    def __init__(self, size, head=b"", tail=b""):
        self.size = len(head) + size + len(tail)
        self.parts = [BytesIO(head), size, BytesIO(tail)]

    def readable(self):
        return True

    def readinto(self, buffer):
        head, size, tail = self.parts
        data = head.read(len(buffer))
        if not data and size:
            data = bytes(min(len(buffer), size))
            self.parts[1] -= len(data)
        data = data or tail.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class MemoryWatch:
    """Measures, again and again, by how much the process has grown."""

    def __init__(self):
        self.statm = Path("/proc/self/statm")
        if not self.statm.exists():
            pytest.skip("this system does not tell a process's memory")
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def now(self):
        pages = int(self.statm.read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def watch(self):
        while not self.stopped.wait(0.002):
            self.peak = max(self.peak, self.now())

    def __enter__(self):
        self.before = self.peak = self.now()
        self.thread.start()
        return self

    def __exit__(self, *exc_info):
        self.stopped.set()
        join(self.thread)
        self.grown = self.peak - self.before


@OURS
@pytest.mark.once("300 megabytes take seconds")
@pytest.mark.parametrize("path", ["/form", "/body"])
def test_300_megabytes_take_little_memory(app, path):
    head, tail = part(0).removesuffix(b"\r\n"), b"\r\n" + END
    body = Large(300 * 2**20, head, tail)
    environ = create_environ(path, method="POST")
    environ["wsgi.input"] = body
    environ["CONTENT_LENGTH"] = str(body.size)
    environ["CONTENT_TYPE"] = MULTIPART

    with MemoryWatch() as memory:
        name, status, _ = run_wsgi_app(app, environ, buffered=True)

    assert status == "200 OK"
    assert (app.songs / b"".join(name).decode()).stat().st_size >= 300 * 2**20
    assert memory.grown < 60 * 2**20


# sent


@SAFER
def test_kept_file_is_sent_as_a_download(app):
    answer = visit(app, send_song(app, "wren.html").text)

    assert answer.data == SONG
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def policy_of(answer):
    """Take a policy apart: what each of its directives says (CSP, section 2.2.1)."""
    parts = answer.headers["Content-Security-Policy"].split(";")
    words = [part.split() for part in parts if part.strip()]
    # of two with one name, the first counts
    return {name.lower(): values for name, *values in reversed(words)}


@SAFER
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 200),
        ("HEAD", {}, 200),
        ("GET", {"Range": "bytes=5-9"}, 206),
        ("GET", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
    ],
)
def test_each_answer_forbids_the_file_to_run(app, method, headers, status):
    answer = visit(app, send_song(app).text, method, headers)

    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    policy = policy_of(answer)
    assert policy["default-src"] == ["'none'"]
    assert not {"allow-scripts", "allow-same-origin"} & set(policy["sandbox"])


@SAFER
def test_picture_may_be_shown_and_does_not_run_either(app):
    @app.get("/picture/<name>")
    def picture(name):
        return send_upload("songs", name, as_attachment=False, mimetype="image/svg+xml")

    name = send_song(app, "wren.svg", b"<svg/>").text
    with app.test_client().get(f"/picture/{name}") as answer:
        assert answer.mimetype == "image/svg+xml"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


@SAFER
def test_no_shared_cache_keeps_what_was_uploaded(app):
    # for the public files of the app
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600

    control = visit(app, send_song(app).text).cache_control

    assert control.private and control.no_cache
    assert not control.public and control.max_age is None


@OURS
def test_visitor_s_browser_may_keep_it_if_allowed(app):
    @app.get("/mine/<name>")
    def mine(name):
        return send_upload("songs", name, max_age=60)

    with app.test_client().get(f"/mine/{send_song(app).text}") as answer:
        control = answer.cache_control

    assert control.private and not control.public
    assert control.max_age == 60 and not control.no_cache


@OURS
@pytest.mark.parametrize(
    ("title", "saved_as"),
    [
        (None, ["{name}"]),
        ("wren.ogg", ["wren.ogg"]),
        ("Zürich.ogg", ["Zürich.ogg"]),
        ('a"b.ogg', ['a"b.ogg']),
        # for what can't be read, another sign may stand
        ("a\r\nSet-Cookie: b=c", ["a{}Set-Cookie: b=c"]),
        ("wren\0.ogg", ["wren{}.ogg"]),
        ("song\u202eggo.exe", ["song{}ggo.exe"]),
        ("\r\n", ["{name}", "{}"]),
    ],
)
def test_download_has_the_visitor_s_name_as_far_as_it_can_be_read(app, title, saved_as):
    name = send_song(app).text

    answer = visit(app, name, title=title)

    kind, options = parse_options_header(answer.headers["Content-Disposition"])
    allowed = {
        text.format(signs, name=name) for text in saved_as for signs in ("", "_", "__")
    }
    assert kind == "attachment"
    assert options["filename"] in allowed


@OURS
@pytest.mark.parametrize("name", ["0" * 32, "..", "%2e%2e%2fsecret", "\0", "x" * 5000])
def test_what_was_not_kept_is_not_found(app, name):
    known = send_song(app).text
    (app.songs.parent / "secret").write_text("hunter2", encoding="utf-8")

    assert visit(app, known).status_code == 200
    assert visit(app, name).status_code == 404
