"""Threads in tests: what they wait for comes in time, or the test says what didn't."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError, Thread
from typing import TypeVar

T = TypeVar("T")
# seconds, for a machine that has other things to do
PATIENCE = 120.0


def at_once(count: int, function: Callable[[int], T]) -> list[T]:
    """Call a function with 0, 1, … in as many threads, all at the same moment.

    Return what it returns. Raises its error, or `AssertionError` if a thread is
    missing: one that couldn't begin must not keep the others waiting forever.
    """
    barrier = Barrier(count)

    def call(number: int) -> T:
        meet(barrier)
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        try:
            return list(pool.map(call, range(count)))
        finally:
            # if the pool couldn't start them all, nobody else will come
            barrier.abort()


def meet(barrier: Barrier) -> None:
    """Wait until all threads are there. Raises `AssertionError` if one isn't coming."""
    try:
        barrier.wait(PATIENCE)
    except BrokenBarrierError:
        raise AssertionError(
            f"{barrier.parties} threads were to meet, and not all of them came"
        ) from None


def join(thread: Thread) -> None:
    """Wait until a thread has ended. Raises `AssertionError` if it doesn't."""
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"{thread.name} hasn't ended in {PATIENCE:g} seconds"
