"""The bridge between code that waits by `await` and code that can't.

What crosses it is decided where functions are registered, in `hooks`, `errors` and
`urls`, and for responses in `wrappers`. To cross it in another way, override
`App.async_to_sync`.
"""

import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Self

Function = Callable[..., Any]
# what a stream is made of
Source = Iterable[Any] | AsyncIterator[Any]


def is_async(function: Function) -> bool:
    """Return whether calling a function only makes a coroutine, to be awaited."""
    # an object may be called, too, and a class makes an instance
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)


def run_to_end(function: Function) -> Function:
    """Wrap an `async def`: each call runs it in an event loop and a thread of its own.

    It sees the caller's context variables, and what it sets stays set. Raises
    `RuntimeError` if asgiref isn't installed.
    """
    refuse_gevent(function)
    try:
        from asgiref.sync import async_to_sync
    except ImportError:
        raise RuntimeError(
            f"{function!r} is an `async def`, which needs the package asgiref: install"
            " it with `pip install asgiref`, or write `def`"
        ) from None
    # never the loop of an ASGI server: a view that blocks it would stop all others
    call = async_to_sync(function, force_new_loop=True)

    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        return wait_for(function, call, *arguments, **options)

    return run


def wait_for(what: Any, call: Function, /, *given: Any, **named: Any) -> Any:
    """Return the result of a call that lasts until `what` is done.

    Raises `RuntimeError` inside of a running event loop, and if `what` is canceled.
    """
    # takes a while to import, and most apps never need it
    import asyncio

    refuse_running_loop(what)
    try:
        return call(*given, **named)
    except asyncio.CancelledError as error:
        # it isn't an `Exception`: no handler would see it, and a worker might end
        raise RuntimeError(f"{what!r} was canceled before it was done") from error


def refuse_running_loop(what: Any) -> None:
    """Raise `RuntimeError` if an event loop is running in this thread."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        f"{what!r} can't run here: an event loop is running in this thread, and"
        " waiting would block it. In an `async def`, await it; or call the code"
        " around it in another thread, with `await asyncio.to_thread(...)`."
    )


def refuse_gevent(what: Any) -> None:
    """Raise `RuntimeError` if gevent has all requests in one thread.

    There is one event loop per thread, and two that wait by turns fail by chance.
    """
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        raise RuntimeError(
            f"{what!r} can't run under gevent: write `def`, which waits without"
            " blocking there, or serve the app with threads"
        )


class AsyncPieces:
    """Makes an async iterator's pieces one by one, for a server that can't await.

    All are made in one event loop, which ends with the iterator or by `close`.
    """

    def __init__(self, source: AsyncIterator[Any]) -> None:
        import asyncio

        refuse_gevent(source)
        self.source = source
        # it has a loop, and a copy of the context variables, from the first piece on
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.is_open = True

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if not self.is_open:
            raise StopIteration
        try:
            return self.run(self.next_piece)
        except StopAsyncIteration:
            self.close()
            raise StopIteration from None
        except BaseException:
            self.close()
            raise

    def run(self, function: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Return a method's result, once the loop has run it to its end."""
        return wait_for(self.source, lambda: self.runner.run(function()))

    async def next_piece(self) -> Any:
        return await anext(self.source)

    def close(self) -> None:
        """Let the iterator clean up, if it wasn't at its end, and end the loop."""
        if self.is_open:
            self.is_open = False
            try:
                self.run(self.close_source)
            finally:
                self.runner.close()

    async def close_source(self) -> None:
        aclose = getattr(self.source, "aclose", None)
        if aclose is not None:
            await aclose()


def pieces_of(source: Any) -> Any:
    """Return what a server can iterate over: `source`, or its pieces if it's async."""
    return AsyncPieces(source) if hasattr(source, "__anext__") else source
