"""The extension that hardens an app: safe by default, with exceptions for single views.

What browsers are told is in `headers`, and `middleware` tells them. `transport` and
`isolation` decide which requests are refused. The session cookie is in `cookies`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from .. import abort, current_app, request
from ..wrappers import Response
from .cookies import HostCookieSessionInterface
from .headers import Policy, csp_nonce
from .isolation import may_load
from .middleware import POLICY, HeaderWriter
from .transport import needs_https, own_hosts, use_https

if TYPE_CHECKING:
    # for types alone: an extension gets the app, and makes none
    from ..app import App

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

NAME = "hardening"


class Hardening:
    """The extension: one object may harden several apps.

    Its options are those of `Policy`. Create it right after the app, its settings and
    its `jinja_options`, so that no other hook runs before its own.
    """

    def __init__(self, app: "App | None" = None, **options: Any) -> None:
        """Raise `TypeError` for an unknown option, `ValueError` for a wrong value."""
        # the default policy, changed by its options
        self.policy = Policy().but(**options)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: "App") -> None:
        """Harden an app. Raises `RuntimeError` if it has been hardened already."""
        if NAME in app.extensions:
            raise RuntimeError(f"{app!r} is hardened already: call init_app once")
        app.extensions[NAME] = Hardened(self.policy)
        app.config.setdefault("FORCE_HTTPS", True)
        # an empty list would trust every host
        if not app.config["TRUSTED_HOSTS"]:
            app.config["TRUSTED_HOSTS"] = own_hosts(app)
        if app.session_interface is type(app).session_interface:
            app.session_interface = HostCookieSessionInterface()
        app.before_request(check_request)
        app.add_template_global(csp_nonce)
        app.wsgi_app = HeaderWriter(app, self.policy)  # type: ignore[method-assign]

    def __call__(self, **options: Any) -> Callable[[ViewT], ViewT]:
        """Return a decorator that changes options for a view.

        The options also apply to the functions that the view wraps. Raises `TypeError`
        for an unknown option, `ValueError` for a wrong value, and `AttributeError` for
        a bound method: decorate it in its class.
        """
        self.policy.but(**options)

        def change(view: ViewT) -> ViewT:
            # the app may have registered any of these
            for layer in layers(view):
                options_below = getattr(layer, NAME, {})
                setattr(layer, NAME, {**options_below, **options})
            return view

        return change


@dataclass
class Hardened:
    """The extension's state for one app."""

    policy: Policy
    # endpoint -> the policy of its view
    policies: dict[str | None, Policy] = field(default_factory=dict)

    def policy_of(self, endpoint: str | None) -> Policy:
        """Return the policy of an endpoint's view, or the app's if there's no view."""
        if endpoint not in self.policies:
            view = current_app.view_functions.get(endpoint or "")
            self.policies[endpoint] = self.policy.but(**options_of(view))
        return self.policies[endpoint]


def options_of(view: Any) -> dict[str, Any]:
    """Return the options that `@hardening` set for a view, or for one that it wraps."""
    marked = (getattr(each, NAME) for each in layers(view) if hasattr(each, NAME))
    return next(marked, {})


def layers(view: Any) -> Iterator[Any]:
    """Go through a view and the functions that it wraps."""
    while view is not None:
        yield view
        view = getattr(view, "__wrapped__", None)


def check_request() -> Response | None:
    """Let the active request through, redirect it to HTTPS, or refuse it."""
    hardened: Hardened = current_app.extensions[NAME]
    policy = request.environ[POLICY] = hardened.policy_of(request.endpoint)
    if policy.force_https and needs_https():
        return use_https(policy.force_https_permanent)
    resource_policy = policy.cross_origin_resource_policy
    if not may_load(resource_policy, request.method, request.headers):
        abort(403, "Pages of other sites can link to this, but they can't load it.")
    return None
