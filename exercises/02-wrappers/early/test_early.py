"""The exercise `early`: fail while the status can still be chosen."""

from itertools import islice

import pytest
from exercise import early
from step02_wrappers import App
from werkzeug.test import create_environ


class Stream:
    """Three lines that note how many were taken, and whether they were closed."""

    def __init__(self, fails_at=None):
        self.fails_at = fails_at
        self.taken = 0
        self.closed = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.taken == self.fails_at:
            raise OSError("the disk is missing")
        if self.taken == 3:
            raise StopIteration
        self.taken += 1
        return f"line {self.taken}\n"

    def close(self):
        self.closed += 1


def test_first_piece_is_taken_at_once_and_no_other():
    stream = Stream()
    early(stream)

    assert stream.taken == 1


def test_pieces_come_whole_and_in_order():
    assert list(early(Stream())) == ["line 1\n", "line 2\n", "line 3\n"]


def test_piece_is_made_when_it_is_asked_for():
    stream = Stream()
    pieces = early(stream)
    next(pieces), next(pieces)

    assert stream.taken == 2


def test_stream_without_pieces_is_fine():
    assert list(early(iter(()))) == []


def test_list_and_bytes_are_fine():
    pieces = early([b"one", b"two"])
    pieces.close()

    assert list(pieces) == [b"one", b"two"]


def test_error_in_the_first_piece_comes_at_once_and_closes():
    stream = Stream(fails_at=0)

    with pytest.raises(OSError, match="missing"):
        early(stream)

    assert stream.closed == 1


def test_error_in_a_later_piece_comes_later():
    pieces = early(Stream(fails_at=1))

    assert next(pieces) == "line 1\n"
    with pytest.raises(OSError):
        next(pieces)


def app_with(stream):
    app = App(__name__)

    @app.route("/")
    def index():
        return early(stream)

    return app


@pytest.mark.until(4, "an error in a view is answered with a page, not raised")
def test_app_says_no_status_when_the_first_piece_fails():
    app = app_with(Stream(fails_at=0))
    said = []

    with pytest.raises(OSError):
        app(create_environ("/"), lambda *args: said.append(args))

    assert not said


@pytest.mark.parametrize("pieces", [0, 1, 99])
def test_visitor_who_leaves_early_leaks_nothing(pieces):
    stream = Stream()
    body = app_with(stream)(create_environ("/"), lambda *args: None)
    list(islice(body, pieces))
    body.close()

    assert stream.closed == 1


def test_generator_is_left_through_its_finally():
    left = []

    def lines():
        try:
            yield "one"
            yield "two"
        finally:
            left.append(True)

    early(lines()).close()

    assert left
