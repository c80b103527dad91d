"""Contexts: which app and which request the running code works for.

What a request holds is in `wrappers`; when a context begins and ends is decided
in `app`.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar, Token, copy_context
from functools import wraps
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from werkzeug.local import LocalProxy

from .bridge import Source, pieces_of
from .hooks import After, AfterT, call_all
from .signals import appcontext_popped, appcontext_pushed, send

if TYPE_CHECKING:
    # for types alone: they import this module, so they can't be imported back
    from .app import App
    from .sessions import SessionMixin
    from .wrappers import Request

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


class Globals(SimpleNamespace):
    """Holds what a view and its helpers share until the context ends."""

    def __repr__(self) -> str:
        # without the values: nobody wants a password in the log
        return f"<g: {', '.join(self)}>"

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
    """What the code between `push` and `pop` works for: an app, maybe a request."""

    def __init__(self, app: "App", request: "Request | None" = None) -> None:
        self.app = app
        self.request = request
        self.g: Globals = app.app_ctx_globals_class()
        # called with the response
        self.after_request_functions: list[After] = []
        # the unhandled error that ended it, for teardown functions
        self.error: BaseException | None = None
        # the open streams: this context ends after the last of them
        self.streams: set[Stream] = set()
        # whether it's active after its request, for a test to look into
        self.kept = False
        # what undoes the push, while this context is active
        self.token: Token[Context] | None = None

    def __repr__(self) -> str:
        work = f" {self.request!r}" if self.request is not None else ""
        return f"<Context of {self.app!r}{work}>"

    def push(self) -> None:
        """Make this the active context; the one before is active again after `pop`.

        Raises `RuntimeError` if this one is active already.
        """
        if self.token is not None:
            raise RuntimeError(
                f"{self!r} is active already. Push a context once, or push a copy."
            )
        self.token, self.error = active.set(self), None
        try:
            send(appcontext_pushed, self.app)
            if self.request is not None and self.request.url_rule is None:
                self.app.match_request(self.request)
        except BaseException as error:
            # a timeout, say: a `with` block that fails to begin never ends
            self.clean_up(error, self.pop, error)
            raise

    def pop(self, error: BaseException | None = None) -> None:
        """End this context, and make the one before it active again.

        Raises `RuntimeError` and changes nothing if this context isn't active here. If
        others inside it are still active, ends them too, and raises `RuntimeError`
        unless a test keeps them. Teardown functions get the error, if there is one;
        what they raise is raised.
        """
        last = active.get(None)
        if last is None or self.token is None or not go_back(self.token):
            raise RuntimeError(
                f"{self!r} isn't active here, so it can't end. Pop a context once, in"
                " the thread or task that pushed it."
            )
        inner = end_inner(last, self)
        try:
            if error is not None:
                self.error = error
                # no response will be sent, so nobody will read them
                self.close_streams()
        finally:
            self.token = None
            call_all([context.release for context in (*inner, self)])
        if not all(context.kept for context in inner):
            raise RuntimeError(
                f"{self!r} ended while {last!r} was active. Pop contexts in the reverse"
                " order: the last one pushed comes first."
            )

    def release(self) -> None:
        """End this context unless its block or a stream still needs it."""
        if self.token is None and not self.streams:
            self.end()

    def end(self) -> None:
        """Let the app clean up, while this context is active for the last time."""
        ends = [self.app.do_teardown_appcontext]
        if self.request is not None:
            ends.insert(0, self.app.do_teardown_request)
        if self.error is not None and self.app.should_ignore_error(self.error):
            self.error = None
        token = active.set(self)
        try:
            call_all(ends, self.error)
        finally:
            active.reset(token)
            if self.request is not None:
                # closes the files that were uploaded
                self.request.close()
        send(appcontext_popped, self.app)

    def clean_up(
        self, error: BaseException, function: Callable[..., Any], *arguments: Any
    ) -> None:
        """Call a function that cleans up after an error, and raise what it raises.

        If the error is meant to end the process, only log what the function raises.
        """
        try:
            function(*arguments)
        except Exception as failure:
            if isinstance(error, Exception):
                raise
            self.app.logger.error("%r did not end cleanly", self, exc_info=failure)

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.pop()
        else:
            self.clean_up(error, self.pop, error)

    @property
    def session(self) -> "SessionMixin":
        """The session of the request's visitor, opened at its first use."""
        request, interface = cast("Request", self.request), self.app.session_interface
        if request.opened_session is None:
            opened = interface.open_session(self.app, request)
            if opened is None:
                opened = interface.make_null_session(self.app)
            opened.accessed = True
            # if another thread of this request was faster, its session counts
            vars(request).setdefault("opened_session", opened)
        return cast("SessionMixin", request.opened_session)

    @session.setter
    def session(self, session: "SessionMixin") -> None:
        """Put another session in its place, as Flask-SocketIO does."""
        cast("Request", self.request).opened_session = session

    def stream(self, source: Source) -> "Stream":
        """Return the source's pieces, each made inside this context."""
        return Stream(self, source)

    def close_streams(self) -> None:
        """Close the streams that nobody has read to the end."""
        call_all([stream.close for stream in self.streams])

    def copy(self) -> "Context":
        """Return a new context for the same request, with a `g` of its own."""
        copied = Context(self.app, self.request)
        copied.after_request_functions = self.after_request_functions
        return copied


# each thread, asyncio task and greenlet finds its own context here
active: ContextVar[Context] = ContextVar("active")


def go_back(token: "Token[Context]") -> bool:
    """Undo a push, and return whether that worked: not in another thread or task."""
    try:
        active.reset(token)
    except ValueError:
        return False
    return True


def end_inner(last: Context, outer: Context) -> list[Context]:
    """Mark the contexts inside `outer` as ended, and return them, the last first."""
    inner = []
    while last is not outer:
        inner.append(last)
        token, last.token = last.token, None
        last = cast("Token[Context]", token).old_value
    return inner


def current_context() -> Context:
    """Return the active context. Raises `RuntimeError` if there is none."""
    context = active.get(None)
    if context is None:
        raise RuntimeError(
            "There is no current app, so `current_app` and `g` can't be used here."
            " Use them in a view, or inside `with app.app_context():`."
        )
    return context


def current_request() -> "Request":
    """Return the active request. Raises `RuntimeError` if there is none."""
    context = active.get(None)
    if context is None or context.request is None:
        raise RuntimeError(
            "There is no current request, so `request` and `session` can't be used"
            " here. Use them in a view, or inside `with app.test_request_context():`."
            " If a view starts a thread, wrap its function in"
            " `copy_current_request_context`."
        )
    return context.request


def current_request_context() -> Context:
    """Return the context of the active request, or raise as `current_request` does."""
    current_request()
    return current_context()


def current_session() -> "SessionMixin":
    """Return the active request's session. Raises `RuntimeError` without one."""
    return current_request_context().session


def has_app_context() -> bool:
    """Return whether there is an active context."""
    return active.get(None) is not None


def has_request_context() -> bool:
    """Return whether there is an active request."""
    context = active.get(None)
    return context is not None and context.request is not None


def after_this_request(function: AfterT) -> AfterT:
    """Register a function that gets this request's response and returns it, or another.

    Raises `RuntimeError` if there is no request.
    """
    context = current_request_context()
    context.after_request_functions.append(context.app.ensure_sync(function))
    return function


def copy_current_request_context(function: FunctionT) -> FunctionT:
    """Wrap a function so that it sees the active request in another thread.

    Each call has a `g` of its own. Raises `RuntimeError` if there is no request.
    """
    context = current_request_context()
    call = context.app.ensure_sync(function)

    @wraps(function)
    def in_context(*arguments: Any, **options: Any) -> Any:
        with context.copy():
            return call(*arguments, **options)

    return cast(FunctionT, in_context)


class Stream:
    """Makes each piece inside a context, and ends the context after the last one."""

    def __init__(self, context: Context, source: Source) -> None:
        self.context = context
        self.source = pieces_of(source)
        self.pieces = iter(self.source)
        # every piece runs with these variables, whichever thread asks for it
        self.scope = copy_context()
        context.streams.add(self)
        if context.request is not None:
            # the pieces may read the session after the headers were sent, so say now
            # that the response is this visitor's
            _ = context.session

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        try:
            return self.scope.run(next, self.pieces)
        except BaseException as error:
            # the view may still catch it, as long as the view is running
            if not isinstance(error, StopIteration) and self.context.token is None:
                self.context.error = error
            self.context.clean_up(error, self.close)
            raise

    def close(self) -> None:
        """Release the context, once, however much has been read."""
        if self not in self.context.streams:
            return
        self.context.streams.remove(self)
        call_all([self.close_source, self.context.release])

    def close_source(self) -> None:
        close = getattr(self.source, "close", None)
        if close is not None:
            self.scope.run(close)


def stream_with_context(stream: Source | Callable[..., Source]) -> Any:
    """Keep the active context for a generator that outlives its view.

    The context ends with the generator, or with the response. Also decorates a
    function that returns a generator. Raises `RuntimeError` without a context.
    """
    if not callable(stream):
        return current_context().stream(stream)
    make_stream = stream

    @wraps(make_stream)
    def in_context(*arguments: Any, **options: Any) -> Stream:
        return current_context().stream(make_stream(*arguments, **options))

    return in_context


# proxies: each use of one looks up the active context, or what is in it
app_ctx: Context = LocalProxy(current_context)  # type: ignore[assignment]
request_ctx: Context = LocalProxy(current_request_context)  # type: ignore[assignment]
current_app: "App" = LocalProxy(lambda: current_context().app)  # type: ignore[assignment]
g: Globals = LocalProxy(lambda: current_context().g)  # type: ignore[assignment]
request: "Request" = LocalProxy(current_request)  # type: ignore[assignment]
session: "SessionMixin" = LocalProxy(current_session)  # type: ignore[assignment]

# what Flask calls it, for apps and extensions that were written for it
AppContext = RequestContext = Context
