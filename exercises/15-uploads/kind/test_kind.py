"""The exercise `kind`: what a song is, by its first bytes."""

from io import BytesIO

import pytest
from exercise import song_kind
from step15_uploads import App, request, save_upload
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnsupportedMediaType

SONGS = {
    "audio/ogg": [b"OggS" + bytes(100)],
    "audio/flac": [b"fLaC" + bytes(100)],
    "audio/wav": [b"RIFF\x10\x00\x00\x00WAVEfmt " + bytes(100)],
    "audio/mpeg": [b"ID3\x04" + bytes(100), b"\xff\xfb\x90" + bytes(100), b"\xff\xe0"],
}
OTHERS = [
    b"",
    b"<!doctype html>",
    b"Ogg",
    b" OggS",
    b"RIFF\x10\x00\x00\x00AVI LIST",
    b"RIFFWAVE",
    b"\xff",
    b"\xff\xd8\xff\xe0",
]


class Song(BytesIO):
    """A file that counts what is read of it."""

    was_read = 0

    def read(self, size=-1):
        data = super().read(size)
        self.was_read += len(data)
        return data


@pytest.mark.parametrize(
    ("kind", "song"), [(kind, song) for kind, songs in SONGS.items() for song in songs]
)
@pytest.mark.parametrize("name", ["song.ogg", "song.html", ""])
def test_song_is_known_by_its_beginning(kind, song, name):
    assert song_kind(FileStorage(BytesIO(song), name)) == kind


@pytest.mark.parametrize("song", OTHERS)
def test_other_files_are_refused(song):
    with pytest.raises(UnsupportedMediaType):
        song_kind(FileStorage(BytesIO(song), "song.ogg", content_type="audio/ogg"))


def test_file_is_where_it_was():
    file = BytesIO(b"....OggS" + bytes(100))
    file.seek(4)

    song_kind(FileStorage(file, "song.ogg"))

    assert file.tell() == 4


def test_little_is_read():
    song = Song(b"OggS" + bytes(1_000_000))

    song_kind(FileStorage(song, "song.ogg"))

    assert song.was_read <= 1000


def test_all_of_the_song_is_kept(tmp_path):
    app = App(__name__, instance_path=str(tmp_path))
    song = SONGS["audio/wav"][0]

    @app.post("/")
    def keep():
        upload = request.files["song"]
        song_kind(upload)
        return save_upload(upload, "songs")

    form = {"song": (BytesIO(song), "song.html")}
    name = app.test_client().post("/", data=form).text

    assert (tmp_path / "songs" / name).read_bytes() == song
