"""URLs, both ways: which view one leads to, and which one leads to a view.

What a rule is, `routing` says; hooks that change a URL's values are in `hooks`.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any, cast
from urllib.parse import quote

from werkzeug.routing import BuildError, Map, MapAdapter

from .config import Config
from .ctx import active
from .hooks import Registry, Setup, URLDefaults, URLValues, functions_for, setup
from .routing import Rule, make_rule, name_in, scopes_of
from .scaffold import ViewFunction, default_endpoint
from .wrappers import Request, find_host

BuildErrorHandler = Callable[[BuildError, str, URLValues], str | None]

# the configuration keys that say where an app lives: host, path, scheme
LOCATION = ("SERVER_NAME", "APPLICATION_ROOT", "PREFERRED_URL_SCHEME")
# what a URL's fragment may contain unquoted (RFC 3986, section 3.5), and the percent
# sign of what is quoted already
IN_FRAGMENT = "%!$&'()*+,/:;=?@"
# the subdomain of a host that isn't ours: no rule can have it
ELSEWHERE = "<elsewhere>"


class Router(Setup):
    """The part of an app that knows its rules: it matches URLs, and builds them."""

    # what rules are kept in, and what they are
    url_map_class = Map
    url_rule_class = Rule

    # the app has them
    config: Config
    url_default_functions: Registry[URLDefaults]

    @abstractmethod
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function to call without `await`."""

    def __init__(self, host_matching: bool, subdomain_matching: bool) -> None:
        # rule -> endpoint
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.subdomain_matching = subdomain_matching
        # endpoint -> view
        self.view_functions: dict[str, ViewFunction] = {}
        # endpoint -> the `async def` that its view runs
        self.async_views: dict[str, ViewFunction] = {}
        # called with error, endpoint and values when no URL can be built
        self.url_build_error_handlers: list[BuildErrorHandler] = []
        # (map, where the app is asked for) -> adapter; bounded: clients choose hosts
        self.bind = lru_cache(maxsize=64)(self.url_map_class.bind)

    @setup
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        provide_automatic_options: bool | None = None,
        *,
        methods: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        """Register `view_func` as the view of `rule`, under the name `endpoint`.

        Other options are those of Werkzeug's `Rule`. Raises `ValueError` if there
        is neither an endpoint nor a view, or if the endpoint has another view.
        """
        if endpoint is None:
            endpoint = default_endpoint(rule, view_func)
        self.check_endpoint(endpoint, view_func)
        self.url_map.add(
            make_rule(
                self.url_rule_class,
                rule,
                endpoint,
                view_func,
                methods,
                provide_automatic_options,
                self.config["PROVIDE_AUTOMATIC_OPTIONS"],
                **options,
            )
        )
        if view_func is not None:
            self.set_view(endpoint, view_func)

    def set_view(self, endpoint: str, view: ViewFunction) -> None:
        """Make a function the endpoint's view; an `async def` is run to its end."""
        self.view_functions[endpoint] = self.ensure_sync(view)
        if self.view_functions[endpoint] is not view:
            self.async_views[endpoint] = view

    def check_endpoint(self, endpoint: str, view: ViewFunction | None) -> None:
        """Raise `ValueError` if the endpoint has another view."""
        known = self.async_views.get(endpoint) or self.view_functions.get(
            endpoint, view
        )
        if view is not None and known != view:
            raise ValueError(
                f"endpoint {endpoint!r} has the view {known!r} already: rename"
                f" {view!r}, or give it an endpoint of its own"
            )

    def create_url_adapter(self, request: Request | None) -> MapAdapter:
        """Return a URL adapter that matches the request's own path by default.

        Without a request, it's one bound to SERVER_NAME. Extensions call this, and
        an app may replace it; else we use `shared_adapter`, which isn't made anew.
        """
        shared = self.shared_adapter(request)
        if request is None:
            return shared
        return type(shared)(
            shared.map,
            shared.server_name,
            shared.script_name,
            shared.subdomain,
            shared.url_scheme,
            request.path,
            request.method,
            request.query_string.decode(errors="replace"),
        )

    def shared_adapter(self, request: Request | None) -> MapAdapter:
        """Return a URL adapter for all requests to the place that this one is for.

        A configured host takes precedence over the request's, because a client can
        send any host. Raises `RuntimeError` if there is neither.
        """
        if request is not None:
            host, subdomain = self.config["SERVER_NAME"], None
            if host is None or self.url_map.host_matching:
                host = request.host
            elif self.subdomain_matching:
                home = find_host(request.scheme, host)
                subdomain = subdomain_of(request.host, home)
            return self.bind(
                self.url_map, host, request.root_path, subdomain, request.scheme
            )
        host, path, scheme = (self.config[key] for key in LOCATION)
        if host is None:
            raise RuntimeError(
                "Can't build a URL outside of a request without a host: set"
                " config['SERVER_NAME'] (and APPLICATION_ROOT and"
                " PREFERRED_URL_SCHEME unless they're '/' and 'http')."
            )
        return self.bind(self.url_map, host, path, url_scheme=scheme)

    @cached_property
    def has_own_adapters(self) -> bool:
        """Whether somebody replaced `create_url_adapter`, on the app or in a class."""
        own = type(self).create_url_adapter is not Router.create_url_adapter
        return own or "create_url_adapter" in vars(self)

    def base_url(self) -> str:
        """Return the URL of the app's root, as configured."""
        host, path, scheme = (self.config[key] for key in LOCATION)
        return f"{scheme}://{host or 'localhost'}/{path.lstrip('/')}"

    def match_request(self, request: Request) -> None:
        """Find the rule that matches the request's URL, and the rule's values.

        An exception (not found, a redirect) waits for `dispatch_request` to raise it.
        """
        query = request.query_string.decode(errors="replace")
        try:
            if self.has_own_adapters:
                found = self.create_url_adapter(request).match(return_rule=True)
            else:
                found = self.shared_adapter(request).match(
                    request.path, request.method, return_rule=True, query_args=query
                )
        except Exception as error:
            request.routing_exception = error
        else:
            rule = request.url_rule = cast(Rule, found[0])
            request.view_args = dict(found[1])
            request.scopes = scopes_of(rule.endpoint)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Return the URL of an endpoint; values not in its rule become the query.

        It's a path. With `_external` or `_scheme`, and outside of a request, it's an
        absolute URL. An endpoint that begins with a dot belongs to the request's
        blueprint. Raises `BuildError` if no rule fits, `ValueError` for a scheme
        in a URL that is not external, `RuntimeError` if no host is known.
        """
        request = self.own_request()
        if _external is None:
            _external = request is None or _scheme is not None
        if _scheme is not None and not _external:
            raise ValueError(
                f"_scheme={_scheme!r} needs an absolute URL, but _external is False"
            )
        own = self.has_own_adapters
        adapter = (self.create_url_adapter if own else self.shared_adapter)(request)
        endpoint = absolute_endpoint(endpoint, request)
        self.inject_url_defaults(endpoint, values)
        try:
            url = adapter.build(
                endpoint, values, _method, _external, url_scheme=_scheme
            )
        except BuildError as error:
            asked = {"_anchor": _anchor, "_method": _method, "_scheme": _scheme}
            values.update(asked, _external=_external)
            return self.handle_url_build_error(error, endpoint, values)
        return url if _anchor is None else f"{url}#{quote(_anchor, safe=IN_FRAGMENT)}"

    def own_request(self) -> Request | None:
        """Return the active request if it is this app's, else None."""
        context = active.get(None)
        return context.request if context and context.app is self else None

    def inject_url_defaults(self, endpoint: str, values: URLValues) -> None:
        """Add the values that `url_defaults` functions know."""
        scopes = scopes_of(endpoint)
        for function in functions_for(self.url_default_functions, scopes):
            function(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: URLValues
    ) -> str:
        """Return the URL of the first handler that has one, or raise the error.

        A handler that has none returns `None` or raises `BuildError`.
        """
        for handler in self.url_build_error_handlers:
            with suppress(BuildError):
                url = handler(error, endpoint, values)
                if url is not None:
                    return url
        raise error


def subdomain_of(host: str, home: str) -> str:
    """Return what a host has in front of the app's own, such as "de"."""
    subdomain, dot, rest = f".{host}".lower().rpartition(f".{home}".lower())
    return subdomain.lstrip(".") if dot and not rest else ELSEWHERE


def absolute_endpoint(endpoint: str, request: Request | None) -> str:
    """Return an endpoint, seen from the request's blueprint if it begins with a dot."""
    if not endpoint.startswith("."):
        return endpoint
    return name_in(request.blueprint if request else None, endpoint[1:])
