"""The exercise `room`: a folder that is never fuller than it may be."""

from io import BytesIO

import pytest
from exercise import save_within
from step15_uploads import App, request
from werkzeug.exceptions import HTTPException


class Endless:
    """A file without an end, that counts what is read of it."""

    was_read = 0

    def read(self, size=-1):
        assert size > 0, "all of an endless file was asked for"
        self.was_read += size
        return bytes(size)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "songs"


@pytest.fixture
def client(tmp_path, folder):
    app = App(__name__, instance_path=str(tmp_path))

    @app.post("/form")
    def keep():
        return save_within(request.files["song"], folder, 1000)

    @app.post("/body")
    def keep_body():
        return save_within(request.stream, folder, 1000)

    return app.test_client()


def size_of(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def test_upload_is_kept(client, folder):
    form = {"song": (BytesIO(b"chirp"), "wren.ogg")}

    answer = client.post("/form", data=form)

    assert answer.status_code == 200
    assert (folder / answer.text).read_bytes() == b"chirp"


def test_folder_may_be_filled_to_the_last_byte(client, folder):
    statuses = [client.post("/body", data=bytes(500)).status_code for _ in range(2)]

    assert statuses == [200, 200]
    assert size_of(folder) == 1000


def test_what_does_not_fit_is_answered_with_507(client, folder):
    statuses = [
        client.post("/body", data=bytes(size)).status_code for size in (600, 401)
    ]

    assert statuses == [200, 507]
    assert [path.stat().st_size for path in folder.iterdir()] == [600]


def test_smaller_one_may_come_after_it(client, folder):
    sizes = (600, 401, 400, 1, 0)

    statuses = [client.post("/body", data=bytes(size)).status_code for size in sizes]

    assert statuses == [200, 507, 200, 507, 200]
    assert size_of(folder) == 1000


def test_endless_upload_ends(tmp_path, folder):
    app, song = App(__name__, instance_path=str(tmp_path)), Endless()

    with app.app_context(), pytest.raises(HTTPException):
        save_within(song, folder, 1_000_000)

    assert song.was_read < 4_000_000
    assert list(folder.iterdir()) == []


def test_visitor_who_hangs_up_leaves_nothing(tmp_path, folder):
    class Broken(Endless):
        def read(self, size=-1):
            if self.was_read:
                raise ConnectionResetError
            return super().read(size)

    app = App(__name__, instance_path=str(tmp_path))

    with app.app_context(), pytest.raises(ConnectionResetError):
        save_within(Broken(), folder, 10**9)

    assert list(folder.iterdir()) == []
