"""Views that are classes: a resource, with a Python method for each HTTP method.

Which rule leads to a view, and with which methods, is decided in `routing`.
"""

from collections.abc import Callable, Coroutine, Iterable
from types import CoroutineType
from typing import Any, ClassVar, cast

from werkzeug.exceptions import MethodNotAllowed

from .ctx import current_app, current_request
from .routing import method_set
from .scaffold import ViewFunction

Decorator = Callable[[ViewFunction], ViewFunction]

# what a class may have a Python method for (RFC 9110, section 9, and RFC 5789)
HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
# the names of those Python methods, for extensions that look for them
http_method_funcs = frozenset(map(str.lower, HTTP_METHODS))


class View:
    """A class that answers requests: register what its `as_view` returns."""

    # the HTTP methods that its rules answer; None means GET
    methods: ClassVar[Iterable[str] | None] = None
    # whether the app answers OPTIONS; None means only if the view doesn't
    provide_automatic_options: ClassVar[bool | None] = None
    # what the view is wrapped in, from the inside out
    decorators: ClassVar[Iterable[Decorator]] = ()
    # False makes one instance answer everyone: keep no visitor's data on it
    init_every_request: ClassVar[bool] = True

    def dispatch_request(self, *arguments: Any, **values: Any) -> Any:
        """Return what a view may return; the values are the URL's."""
        raise NotImplementedError(
            f"{type(self).__name__} can't answer: give it a method `dispatch_request`,"
            " or make it a `MethodView`"
        )

    @classmethod
    def as_view(cls, name: str, *arguments: Any, **options: Any) -> ViewFunction:
        """Return a function that answers with an instance of this class.

        The name is the endpoint's. The arguments are those of the class, which is
        called for each request.
        """
        shared = None if cls.init_every_request else cls(*arguments, **options)

        def answer(**values: Any) -> Any:
            instance = shared
            if instance is None:
                # looked up at each request: a test may have swapped the class
                instance = view.view_class(*arguments, **options)
            return finished(instance.dispatch_request(**values))

        view: Any = cls.sign(answer, name)
        for decorator in cls.decorators:
            view = cls.sign(decorator(view), name)
        return cast(ViewFunction, view)

    @classmethod
    def sign(cls, view: Any, name: str) -> Any:
        """Write on a function whose view it is, and what its rules need to know."""
        view.__name__ = view.__qualname__ = name
        view.__module__, view.__doc__ = cls.__module__, cls.__doc__
        view.view_class, view.methods = cls, cls.methods
        view.provide_automatic_options = cls.provide_automatic_options
        return view


class MethodView(View):
    """A view that answers GET with its method `get`, POST with `post`, and so on.

    What a subclass and its bases answer is collected in `methods`, unless the
    subclass lists its own.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "methods" not in vars(cls):
            own = {each for each in HTTP_METHODS if each.lower() in vars(cls)}
            found = own.union(*map(methods_of, cls.__bases__))
            # `post = None` takes away what a base has
            gone = {each for each in found if getattr(cls, each.lower(), each) is None}
            cls.methods = found - gone or None

    def dispatch_request(self, *arguments: Any, **values: Any) -> Any:
        """Call the method that the request names; without `head`, HEAD calls `get`.

        Raises `MethodNotAllowed` if a rule lets through what the class doesn't have.
        """
        name = current_request().method.lower()
        method = getattr(self, name, None)
        if method is None and name == "head":
            method = getattr(self, "get", None)
        if method is None:
            raise MethodNotAllowed(methods_of(type(self)) & implemented(self))
        return finished(method(*arguments, **values))


def finished(result: Any) -> Any:
    """Return a result, or that of a coroutine after it has run to its end."""
    if not isinstance(result, CoroutineType):
        return result
    return current_app.ensure_sync(awaited)(result)


async def awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return await coroutine


def methods_of(kind: type) -> set[str]:
    """Return the HTTP methods that a class answers and its subclasses inherit."""
    if issubclass(kind, View):
        # it may have others that it doesn't list: they stay closed
        return method_set(kind.methods or (), kind.__name__)
    return implemented(kind)


def implemented(thing: object) -> set[str]:
    """Return the HTTP methods that a class or an instance has Python methods for."""
    return {each for each in HTTP_METHODS if getattr(thing, each.lower(), None)}
