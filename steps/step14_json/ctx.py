"""Contexts: for which app and which request the running code works.

What a request holds is described in `wrappers`; when a context begins and ends
is the matter of `app`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar, Token
from functools import wraps
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from werkzeug.local import LocalProxy

from .sessions import Session
from .signals import appcontext_popped, appcontext_pushed, send
from .wrappers import Request, Response

After = Callable[[Response], Response]


class Globals(SimpleNamespace):
    """Room for what a view and its helpers share until the context ends."""

    def get(self, name: str, default: Any = None) -> Any:
        return vars(self).get(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        return vars(self).setdefault(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        return vars(self).pop(name, *default)

    def __contains__(self, name: str) -> bool:
        return name in vars(self)

    def __iter__(self) -> Iterator[str]:
        return iter(vars(self))


class Context:
    """Says what the code between push and pop works for: an app, maybe a request."""

    # the app is an `App`: `app` knows this module, not the other way round
    def __init__(self, app: Any, request: Request | None = None) -> None:
        self.app = app
        self.request = request
        self.g = Globals()
        # the session, once it was used, and the messages for this visitor, once read
        self.opened_session: Session | None = None
        self.flashes: list[tuple[str, str]] | None = None
        # whether the response's headers are on their way, and the session's cookie too
        self.answered = False
        # called with the response
        self.after_request_functions: list[After] = []
        # what ended the request, if no handler of its own answered it
        self.error: BaseException | None = None
        # the streams that still need this context: it ends after the last of them
        self.streams: set[Stream] = set()
        # how to undo each push
        self.tokens: list[Token[Context]] = []

    def __repr__(self) -> str:
        work = f" {self.request!r}" if self.request is not None else ""
        return f"<Context of {self.app!r}{work}>"

    def push(self) -> None:
        """Make this the active context; the one before is active again after `pop`."""
        self.tokens.append(active.set(self))
        try:
            send(appcontext_pushed, self.app)
            if self.request is not None and self.request.url_rule is None:
                self.app.match_request(self.request)
        except BaseException as error:
            # a timeout, say: nobody will pop what could not be pushed
            self.pop(error)
            raise

    def pop(self, error: BaseException | None = None) -> None:
        """End this context, because of an error or not, and go back to the one before.

        Raises `RuntimeError` if this one was not active.
        """
        last = active.get(None)
        if last is None or not self.tokens:
            raise RuntimeError(
                f"{self!r} can't end, for it is not active here: end each context"
                " once, in the thread or task in which it began"
            )
        try:
            # who pushes it twice ends it once; an error leaves nothing to stream
            if len(self.tokens) == 1 and (error is not None or not self.streams):
                self.streams.clear()
                self.app.do_teardown(self, self.error if error is None else error)
        finally:
            active.reset(self.tokens.pop())
        if last is not self:
            raise RuntimeError(
                f"{self!r} ended while {last!r} was active: end contexts in the"
                " reverse order of their beginning"
            )
        send(appcontext_popped, self.app)

    def __enter__(self) -> Self:
        self.error = None
        self.push()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pop(error)

    @property
    def session(self) -> Session:
        """The session of the request's visitor, opened at its first use."""
        if self.opened_session is None:
            interface, request = self.app.session_interface, self.request
            opened = interface.open_session(self.app, request)
            if opened is None:
                opened = interface.make_null_session(self.app)
            self.opened_session = opened
        return self.opened_session

    def close_streams(self) -> None:
        """End the context even if nobody has read its streams to their end."""
        for stream in tuple(self.streams):
            stream.close()

    def copy(self) -> "Context":
        """Give a context of the same request, for another thread or task."""
        copied = Context(self.app, self.request)
        copied.opened_session = self.opened_session
        return copied


# each thread, asyncio task and greenlet finds its own context here
active: ContextVar[Context] = ContextVar("active")


def current_context() -> Context:
    """Give the active context. Raises `RuntimeError` if there is none."""
    context = active.get(None)
    if context is None:
        raise RuntimeError(
            "no app is at work here, so current_app and g mean nothing: use them"
            " in a view, or begin with `with app.app_context():`"
        )
    return context


def current_request() -> Request:
    """Give the active request. Raises `RuntimeError` if there is none."""
    context = active.get(None)
    if context is None or context.request is None:
        raise RuntimeError(
            "no request is being answered here, so `request` and `session` mean"
            " nothing: use them in a view; in a thread that a view starts, wrap the"
            " function in copy_current_request_context; in a test or a shell, begin"
            " with `with app.test_request_context():`"
        )
    return context.request


def current_session() -> Session:
    """Give the active request's session. Raises `RuntimeError` without a request."""
    current_request()
    return current_context().session


def has_app_context() -> bool:
    """Tell whether `current_app` and `g` mean something here."""
    return active.get(None) is not None


def has_request_context() -> bool:
    """Tell whether `request` means something here."""
    context = active.get(None)
    return context is not None and context.request is not None


def after_this_request(function: After) -> After:
    """Let the decorated function change the response to the active request.

    Raises `RuntimeError` if there is no request.
    """
    current_request()
    current_context().after_request_functions.append(function)
    return function


def copy_current_request_context(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that runs elsewhere, in a thread say, see the active request.

    Each call has a `g` of its own. Raises `RuntimeError` if there is no request.
    """
    current_request()
    context = current_context()

    @wraps(function)
    def in_context(*arguments: Any, **options: Any) -> Any:
        with context.copy():
            return function(*arguments, **options)

    return in_context


class Stream:
    """Gives pieces, each made while a context is active, which ends after the last."""

    def __init__(self, context: Context, source: Iterable[Any]) -> None:
        self.context = context
        self.source = source
        self.pieces = iter(source)
        context.streams.add(self)
        if context.request is not None:
            # the pieces may read the session when the headers are gone: so say now
            # that the response is this visitor's
            _ = context.session

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        # the server may ask for each piece in another thread
        token = active.set(self.context)
        try:
            return next(self.pieces)
        except BaseException as error:
            # while the view is at work, its errors are its own
            if not isinstance(error, StopIteration) and not self.context.tokens:
                self.context.error = error
            self.close()
            raise
        finally:
            active.reset(token)

    def close(self) -> None:
        """Let go of the context, once, however much was read."""
        if self not in self.context.streams:
            return
        self.context.streams.remove(self)
        self.context.push()
        try:
            close = getattr(self.source, "close", None)
            if close is not None:
                close()
        finally:
            self.context.pop()


def stream_with_context(stream: Iterable[Any] | Callable[..., Iterable[Any]]) -> Any:
    """Let a generator that outlives its view see the active context.

    The context ends with the generator, or with the response. A function that
    returns a generator can be decorated. Raises `RuntimeError` without a context.
    """
    if not callable(stream):
        return Stream(current_context(), stream)
    make_stream = stream

    @wraps(make_stream)
    def in_context(*arguments: Any, **options: Any) -> Stream:
        return Stream(current_context(), make_stream(*arguments, **options))

    return in_context


# what stands in for the active app, its request, its `g` and its visitor's session
current_app: Any = LocalProxy(lambda: current_context().app)
g: Globals = LocalProxy(lambda: current_context().g)  # type: ignore[assignment]
request: Request = LocalProxy(current_request)  # type: ignore[assignment]
session: Session = LocalProxy(current_session)  # type: ignore[assignment]
