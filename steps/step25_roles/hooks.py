"""Hooks: how they're registered, and for which requests they count.

A registry maps a scope to its functions; which scopes an endpoint is in, `routing`
says. When the functions are called is decided in `app`, `urls` and `templating`.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .bridge import is_async
from .routing import Scope

if TYPE_CHECKING:
    # for types alone: they import this module, so they can't be imported back
    from .app import App
    from .wrappers import Response

T = TypeVar("T")
Method = TypeVar("Method", bound=Callable[..., Any])
Before = Callable[[], Any]
BeforeT = TypeVar("BeforeT", bound=Before)
After = Callable[["Response"], "Response"]
AfterT = TypeVar(
    "AfterT", bound=Callable[["Response"], "Response | Awaitable[Response]"]
)
Teardown = Callable[[BaseException | None], Any]
TeardownT = TypeVar("TeardownT", bound=Teardown)
ContextProcessor = Callable[[], dict[str, Any]]
ContextProcessorT = TypeVar(
    "ContextProcessorT", bound=Callable[[], dict[str, Any] | Awaitable[dict[str, Any]]]
)
URLValues = dict[str, Any]
URLDefaults = Callable[[str, URLValues], None]
URLDefaultsT = TypeVar("URLDefaultsT", bound=URLDefaults)
URLValuePreprocessor = Callable[[str | None, URLValues | None], None]
URLValuePreprocessorT = TypeVar("URLValuePreprocessorT", bound=URLValuePreprocessor)

Registry = defaultdict[Scope, list[T]]
# what a set-up method does: something to an app, for one scope
Step = Callable[["App", Scope], object]


def functions_for(registry: Registry[T], scopes: Sequence[Scope]) -> list[T]:
    """Return the functions of all scopes, in order. Ask each time: they may grow."""
    if not registry:
        # as most registries of most apps are
        return []
    if len(scopes) == 1:
        return registry[scopes[0]]
    return [function for scope in scopes for function in registry.get(scope, ())]


def setup(method: Method) -> Method:
    """Make a set-up method raise `RuntimeError` when it's too late to call it."""

    @wraps(method)
    def checked(part: "Setup", *arguments: Any, **options: Any) -> Any:
        part.check_setup(method.__name__)
        return method(part, *arguments, **options)

    return cast(Method, checked)


class Setup(ABC):
    """What can be set up: an app, or a part of one."""

    @abstractmethod
    def apply(self, step: Step) -> None:
        """Call a step with the app and the scope: now, or once the app is known."""

    @abstractmethod
    def check_setup(self, method: str) -> None:
        """Raise `RuntimeError` if it's too late to call a set-up method."""


class Hooks(Setup):
    """The decorators that register hooks, for an app or a part of one."""

    def add_hook(self, registry: str, function: Callable[..., Any]) -> None:
        """Add a function to one of the app's registries; the app waits for its end."""
        self.apply(
            lambda app, scope: getattr(app, registry)[scope].append(
                app.ensure_sync(function)
            )
        )

    @setup
    def before_request(self, f: BeforeT) -> BeforeT:
        """Register a function to call before each view.

        If it returns anything but None, that is the response, and no view is called.
        """
        self.add_hook("before_request_funcs", f)
        return f

    @setup
    def after_request(self, f: AfterT) -> AfterT:
        """Register a function that gets each response and returns it, or another.

        The last one registered is called first.
        """
        self.add_hook("after_request_funcs", f)
        return f

    @setup
    def teardown_request(self, f: TeardownT) -> TeardownT:
        """Register a function to call at each request's end, whatever happened.

        It gets the unhandled error, or None.
        """
        self.add_hook("teardown_request_funcs", f)
        return f

    @setup
    def context_processor(self, f: ContextProcessorT) -> ContextProcessorT:
        """Register a function that returns names for every template."""
        self.add_hook("template_context_processors", f)
        return f

    @setup
    def url_defaults(self, f: URLDefaultsT) -> URLDefaultsT:
        """Register a function that adds to the values of each URL being built."""
        refuse_async(f)
        self.apply(lambda app, scope: app.url_default_functions[scope].append(f))
        return f

    @setup
    def url_value_preprocessor(self, f: URLValuePreprocessorT) -> URLValuePreprocessorT:
        """Register a function that changes a URL's values before the view."""
        refuse_async(f)
        self.apply(lambda app, scope: app.url_value_preprocessors[scope].append(f))
        return f


def refuse_async(function: Callable[..., Any]) -> None:
    """Raise `TypeError` for an `async def` whose coroutine would be dropped."""
    if is_async(function):
        raise TypeError(
            f"{function!r} is an `async def`, but nothing awaits it here: use `def`"
        )


def call_all(functions: Iterable[Callable[..., Any]], *arguments: Any) -> None:
    """Call all functions, even if some raise, and only then raise their errors.

    Several errors are raised as one `BaseExceptionGroup`.
    """
    errors = []
    for function in functions:
        try:
            function(*arguments)
        except BaseException as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise BaseExceptionGroup("several functions failed", errors)
