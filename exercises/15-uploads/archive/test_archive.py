"""The exercise `archive`: a ZIP archive that is made while it is sent."""

import tracemalloc
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from exercise import send_archive
from step15_uploads import App
from werkzeug.test import create_environ, run_wsgi_app


def app_for(files):
    app = App(__name__)
    app.testing = True
    app.add_url_rule("/", "songs", lambda: send_archive(files, "songs.zip"))
    return app


def unpack(files):
    """Return the archive of some files."""
    answer = app_for(files).test_client().get("/", buffered=True)
    return ZipFile(BytesIO(answer.data))


@pytest.fixture
def songs(tmp_path):
    """Return three songs, and where they are."""
    contents = {"a.ogg": b"chirp" * 1000, "Bär.ogg": b"", "c.ogg": bytes(300_000)}
    for number, content in enumerate(contents.values()):
        (tmp_path / str(number)).write_bytes(content)
    paths = {name: tmp_path / str(n) for n, name in enumerate(contents)}
    return contents, paths


def test_archive_is_a_download(songs):
    with app_for(songs[1]).test_client().get("/") as answer:
        assert answer.mimetype == "application/zip"
        assert answer.headers["Content-Disposition"] == "attachment; filename=songs.zip"


def test_files_are_in_the_archive(songs):
    contents, paths = songs

    archive = unpack(paths)

    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == contents
    assert {entry.compress_type for entry in archive.infolist()} == {ZIP_STORED}


def test_archive_may_be_empty():
    assert unpack({}).namelist() == []


def test_pieces_are_small_and_memory_stays_flat(tmp_path):
    for number in range(4):
        with (tmp_path / str(number)).open("wb") as file:
            file.truncate(20_000_000)
    app = app_for({f"{n}.ogg": tmp_path / str(n) for n in range(4)})
    pieces, _, _ = run_wsgi_app(app, create_environ("/"))
    size = largest = 0
    tracemalloc.start()

    for piece in pieces:
        size += len(piece)
        largest = max(largest, len(piece))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    pieces.close()
    assert size > 80_000_000
    assert largest <= 1_000_000
    assert peak < 5_000_000


def test_one_file_is_open_at_a_time_and_none_when_the_visitor_leaves(
    songs, monkeypatch
):
    opened = []
    open_file = Path.open

    def open_and_note(path, *arguments, **options):
        assert all(file.closed for file in opened), "two files are open"
        opened.append(open_file(path, *arguments, **options))
        return opened[-1]

    monkeypatch.setattr(Path, "open", open_and_note)
    app = app_for(dict.fromkeys(("a", "b"), songs[1]["c.ogg"]))
    pieces, _, _ = run_wsgi_app(app, create_environ("/"))
    next(iter(pieces))
    pieces.close()

    assert all(file.closed for file in opened)
    assert len(unpack(songs[1]).namelist()) == 3


@pytest.mark.parametrize(
    ("names", "packed"),
    [
        (["../../a.ogg"], ["a.ogg"]),
        (["C:\\songs\\a.ogg"], ["a.ogg"]),
        (["/etc/passwd"], ["passwd"]),
        (["songs/", "..", "a/.", "\\"], ["song", "2-song", "3-song", "4-song"]),
        (["x/a.ogg", "y/a.ogg", "a.ogg"], ["a.ogg", "2-a.ogg", "3-a.ogg"]),
    ],
)
def test_names_stay_in_the_folder(songs, names, packed):
    assert unpack(dict.fromkeys(names, songs[1]["a.ogg"])).namelist() == packed


def test_file_that_is_gone_is_left_out(songs, tmp_path):
    contents, paths = songs
    files = {"gone.ogg": tmp_path / "gone", **paths}

    assert unpack(files).namelist() == list(contents)
