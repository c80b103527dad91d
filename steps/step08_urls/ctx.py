"""Contexts: which app and which request the running code works for.

What a request holds is in `wrappers`; when a context begins and ends is decided
in `app`.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar, Token
from functools import wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from werkzeug.local import LocalProxy

from .wrappers import Request

if TYPE_CHECKING:
    # for types alone: `app` imports this module, so it can't be imported back
    from .app import App

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

    def __init__(self, app: "App", request: Request | None = None) -> None:
        self.app = app
        self.request = request
        self.g: Globals = app.app_ctx_globals_class()
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
        self.token = active.set(self)
        try:
            if self.request is not None and self.request.url_rule is None:
                self.app.match_request(self.request)
        except BaseException:
            # a timeout, say: a `with` block that fails to begin never ends
            self.pop()
            raise

    def pop(self) -> None:
        """End this context, and make the one before it active again.

        Raises `RuntimeError` and changes nothing if this context isn't active here. If
        others inside it are still active, ends them too, and raises `RuntimeError`
        unless a test keeps them.
        """
        last = active.get(None)
        if last is None or self.token is None or not go_back(self.token):
            raise RuntimeError(
                f"{self!r} isn't active here, so it can't end. Pop a context once, in"
                " the thread or task that pushed it."
            )
        inner = end_inner(last, self)
        self.token = None
        if not all(context.kept for context in inner):
            raise RuntimeError(
                f"{self!r} ended while {last!r} was active. Pop contexts in the reverse"
                " order: the last one pushed comes first."
            )

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.pop()

    def copy(self) -> "Context":
        """Return a new context for the same request, with a `g` of its own."""
        return Context(self.app, self.request)


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


def current_request() -> Request:
    """Return the active request. Raises `RuntimeError` if there is none."""
    context = active.get(None)
    if context is None or context.request is None:
        raise RuntimeError(
            "There is no current request, so `request` can't be used here. Use it in"
            " a view, or inside `with app.test_request_context():`. If a view starts a"
            " thread, wrap its function in `copy_current_request_context`."
        )
    return context.request


def has_app_context() -> bool:
    """Return whether there is an active context."""
    return active.get(None) is not None


def has_request_context() -> bool:
    """Return whether there is an active request."""
    context = active.get(None)
    return context is not None and context.request is not None


def copy_current_request_context(function: FunctionT) -> FunctionT:
    """Wrap a function so that it sees the active request in another thread.

    Each call has a `g` of its own. Raises `RuntimeError` if there is no request.
    """
    current_request()
    context = current_context()

    @wraps(function)
    def in_context(*arguments: Any, **options: Any) -> Any:
        with context.copy():
            return function(*arguments, **options)

    return cast(FunctionT, in_context)


# proxies: each use of one looks up the active app, its request or its `g`
current_app: "App" = LocalProxy(lambda: current_context().app)  # type: ignore[assignment]
g: Globals = LocalProxy(lambda: current_context().g)  # type: ignore[assignment]
request: Request = LocalProxy(current_request)  # type: ignore[assignment]
