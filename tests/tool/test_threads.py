"""Threads in tests: none of them keeps a test waiting forever."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from costrel.testing import threads


def test_all_begin_at_the_same_moment() -> None:
    barrier = threading.Barrier(8)

    found = threads.at_once(8, lambda number: (barrier.wait(60), number)[1])

    assert found == [*range(8)]


def test_error_of_a_thread_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        threads.at_once(2, lambda number: 1 // number)


def test_thread_that_cannot_begin_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = ThreadPoolExecutor.submit

    def submit(pool: ThreadPoolExecutor, call: object, number: int) -> object:
        if number == 7:
            raise RuntimeError("can't start new thread")
        return real(pool, call, number)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)

    with pytest.raises(RuntimeError, match="can't start new thread"):
        threads.at_once(8, str)


def test_thread_that_dies_before_it_begins_is_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "PATIENCE", 0.1)
    monkeypatch.setattr(
        threads, "ThreadPoolExecutor", lambda count: ThreadPoolExecutor(count - 1)
    )

    with pytest.raises(AssertionError, match="8 threads were to meet"):
        threads.at_once(8, str)


def test_thread_that_does_not_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PATIENCE", 0.01)
    end = threading.Event()
    thread = threading.Thread(target=end.wait, args=[60], name="the reader")
    thread.start()

    try:
        with pytest.raises(AssertionError, match=r"the reader hasn't ended in 0\.01 s"):
            threads.join(thread)
    finally:
        end.set()
        thread.join(60)
