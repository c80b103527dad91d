"""The exercise `parts`: several parts of a file in one answer."""

import builtins
import io
from email import message_from_bytes, policy

import pytest
from exercise import send_parts
from step12_static import App
from werkzeug.test import create_environ

SONG = b"0123456789" * 10


@pytest.fixture
def song(tmp_path):
    file = tmp_path / "wren.txt"
    file.write_bytes(SONG)
    return file


def app_for(file):
    app = App(__name__)
    app.testing = True
    app.add_url_rule("/", "song", lambda: send_parts(file))
    return app


def get(file, wanted=None, **headers):
    if wanted:
        headers["Range"] = wanted
    return app_for(file).test_client().get("/", headers=headers, buffered=True)


def parts_of(response):
    """Take the answer apart: the place and the bytes of each part."""
    head = f"Content-Type: {response.content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + response.data, policy=policy.HTTP)
    assert message.is_multipart(), f"no parts in {response.data!r}"
    return [
        (part["Content-Range"], part.get_content()) for part in message.iter_parts()
    ]


def test_two_parts_come_in_one_answer(song):
    response = get(song, "bytes=0-9,50-54")

    assert response.status_code == 206
    assert response.mimetype == "multipart/byteranges"
    assert parts_of(response) == [
        ("bytes 0-9/100", "0123456789"),
        ("bytes 50-54/100", "01234"),
    ]


def test_parts_come_in_the_order_of_the_request(song):
    response = get(song, "bytes=0-0,90-95,-3")

    places = [place for place, _ in parts_of(response)]
    assert places == ["bytes 0-0/100", "bytes 90-95/100", "bytes 97-99/100"]


def test_each_part_has_the_type_of_the_file(song):
    assert get(song, "bytes=0-1,4-5").data.count(b"Content-Type: text/plain") == 2


def test_length_and_tag_are_right(song):
    whole, response = get(song), get(song, "bytes=0-1,4-5")

    assert response.content_length == len(response.data)
    assert response.headers["ETag"] == whole.headers["ETag"]


def test_boundary_is_new_each_time(song):
    first, second = get(song, "bytes=0-1,4-5"), get(song, "bytes=0-1,4-5")

    assert first.content_type != second.content_type


def test_part_behind_the_end_is_left_out(song):
    assert len(parts_of(get(song, "bytes=0-1,4-5,500-600"))) == 2


def test_parts_behind_the_end_alone_give_416(song):
    app = app_for(song)
    headers = {"Range": "bytes=500-600,700-"}

    response = app.test_client().get("/", headers=headers, buffered=True)

    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */100"


def test_one_part_is_answered_as_before(song):
    response = get(song, "bytes=40-")

    assert (response.status_code, response.data) == (206, SONG[40:])
    assert response.mimetype == "text/plain"


def test_whole_file_is_answered_as_before(song):
    response = get(song)

    assert (response.status_code, response.data) == (200, SONG)
    again = get(song, **{"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_changed_file_is_sent_whole(song):
    etag = get(song).headers["ETag"]
    same = get(song, "bytes=0-1,4-5", **{"If-Range": etag})
    song.write_bytes(b"another song")

    changed = get(song, "bytes=0-1,4-5", **{"If-Range": etag})

    assert same.status_code == 206
    assert (changed.status_code, changed.data) == (200, b"another song")


TOO_MANY = "bytes=" + ",".join(f"{n}-{n}" for n in range(11))


@pytest.mark.parametrize("wanted", [TOO_MANY, "bytes=0-99,-1", "bytes=0-50,-80"])
def test_greedy_request_gets_the_file_once(song, wanted):
    response = get(song, wanted)

    assert (response.status_code, response.data) == (200, SONG)


def test_parts_that_overlap_are_refused_as_before(song):
    overlapping = "bytes=" + ",".join(["0-"] * 50)

    assert get(song, "bytes=0-1,4-5").status_code == 206
    assert get(song, overlapping).status_code == 416


@pytest.fixture
def opened(monkeypatch):
    """Note which files are opened, by `open` and by paths."""
    files = []
    original = io.open

    def noted(*arguments, **options):
        files.append(original(*arguments, **options))
        return files[-1]

    monkeypatch.setattr(builtins, "open", noted)
    monkeypatch.setattr(io, "open", noted)
    return files


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_file_is_closed_when_the_client_leaves(song, opened, pieces):
    environ = create_environ("/", headers={"Range": "bytes=0-9,50-59"})
    body = app_for(song)(environ, lambda status, headers: None)
    stream = iter(body)
    for _ in range(pieces):
        next(stream)

    body.close()

    assert opened and all(file.closed for file in opened)


def test_large_part_is_read_in_pieces(tmp_path):
    path = tmp_path / "film.bin"
    with path.open("wb") as file:
        file.truncate(8 * 2**20)
    environ = create_environ("/", headers={"Range": "bytes=0-4194303,8000000-8000009"})
    body = app_for(path)(environ, lambda status, headers: None)

    longest = max(map(len, body))
    body.close()

    assert 10 < longest <= 2**20
