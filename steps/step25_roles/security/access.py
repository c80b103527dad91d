"""Who may do what: rules, written on views and found by endpoint before each request.

A decorator that only wraps a view does nothing above `@app.route`, which has registered
the view by then. So a rule is noted on what it decorates, and a request's endpoint
leads to it, in whichever order the decorators are. What a role may do is in `roles`,
and whose things are whose in `ownership`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .. import Blueprint, abort, current_app, request
from .audit import LONGEST, permission_denied, report
from .hardening import layers
from .login import current_user, login_fresh, needs_refresh, unauthorized, unwrapped

if TYPE_CHECKING:
    # for types alone: an extension gets the app, and makes none
    from .. import App

T = TypeVar("T")
PartT = TypeVar("PartT", bound="Callable[..., Any] | Blueprint | type")

# the attributes of a view, a class of views or a blueprint: its rules, and whether
# each view in it needs one
RULES = "access_rules"
CLOSED = "access_closed"


@dataclass(frozen=True)
class Rule:
    """What a view asks of its user: roles, permissions, or no more than a login."""

    # the decorator as it was typed, for logs and messages
    name: str
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    # whether the user needs `all` of them, or `any`
    enough: Callable[[Iterable[bool]], bool] = all
    # whether the password must have been given recently
    fresh: bool = False

    def is_met(self, user: Any) -> bool:
        """Return whether the rule lets in a user, or the users of a `Role`."""
        roles = map(user.has_role, self.roles)
        return self.enough([*roles, *map(user.has_permission, self.permissions)])

    def refuse(self) -> Any:
        """Return the answer to a request that breaks the rule, or None.

        Raises `Forbidden` if the user is logged in and lacks something.
        """
        if self is PUBLIC:
            return None
        if not current_user.is_authenticated:
            return unauthorized()
        if not self.is_met(current_user):
            forbid(self.name)
        if self.fresh and not login_fresh():
            return needs_refresh()
        return None


PUBLIC = Rule("public")
LOGIN = Rule("login_required")
FRESH_LOGIN = Rule("fresh_login_required", fresh=True)


def forbid(reason: str) -> None:
    """Log what the current user was refused, and raise `Forbidden`."""
    report_refusal(reason)
    abort(403, "Your account isn't allowed to do this.")


def report_refusal(reason: str) -> None:
    """Write a refusal to the audit log, and send its signal."""
    user = unwrapped(current_user) if current_user.is_authenticated else None
    report(
        permission_denied,
        user,
        reason=reason,
        endpoint=request.endpoint,
        method=request.method,
        path=request.path[:LONGEST],
    )


def note(part: Any, rule: Rule) -> None:
    """Write a rule on a view, a class of views or a blueprint."""
    rules = (rule, *getattr(part, RULES, ()))
    setattr(part, RULES, tuple(dict.fromkeys(rules)))


def require(part: PartT, rule: Rule) -> PartT:
    """Return a view that follows a rule, or a class or a blueprint whose views do.

    A function that isn't a view, or lost the note in another decorator, follows the
    rule whenever it's called. Raises `TypeError` for an app.
    """
    if hasattr(part, "wsgi_app"):
        raise TypeError(
            f"{rule.name} is for views and blueprints: for {part!r}, call"
            " deny_by_default, and give each view a rule"
        )
    # the app may have registered any of these
    for layer in layers(part):
        # a bound method can't have one
        with suppress(AttributeError):
            note(layer, rule)
    if isinstance(part, Blueprint | type):
        return part
    view: Callable[..., Any] = part

    @wraps(view)
    def guarded(*arguments: Any, **values: Any) -> Any:
        refusal = rule.refuse()
        if refusal is not None:
            return refusal
        return current_app.ensure_sync(view)(*arguments, **values)

    note(guarded, rule)
    return cast(PartT, guarded)


def public(part: PartT) -> PartT:
    """Let everyone in, unless another rule says otherwise.

    Decorate a view, or a blueprint. Rules add up: inside a blueprint for admins, a
    public view is for admins.
    """
    return require(part, PUBLIC)


def login_required(part: PartT) -> PartT:
    """Let in users, and have others log in first. Decorate a view, or a blueprint."""
    return require(part, LOGIN)


def fresh_login_required(part: PartT) -> PartT:
    """Let in users who gave their password recently: see `SECURITY_FRESHNESS`."""
    return require(part, FRESH_LOGIN)


def roles_required(*roles: str) -> Callable[[PartT], PartT]:
    """Let in users who have all of these roles. Decorate a view, or a blueprint."""
    name = call("roles_required", roles)
    return partial(require, rule=Rule(name, roles=roles))


def roles_accepted(*roles: str) -> Callable[[PartT], PartT]:
    """Let in users who have one of these roles. Decorate a view, or a blueprint."""
    name = call("roles_accepted", roles)
    return partial(require, rule=Rule(name, roles=roles, enough=any))


def permissions_required(*fsperms: str) -> Callable[[PartT], PartT]:
    """Let in users whose roles have all of these permissions."""
    name = call("permissions_required", fsperms)
    return partial(require, rule=Rule(name, permissions=fsperms))


def permissions_accepted(*fsperms: str) -> Callable[[PartT], PartT]:
    """Let in users whose roles have one of these permissions."""
    name = call("permissions_accepted", fsperms)
    return partial(require, rule=Rule(name, permissions=fsperms, enough=any))


def call(decorator: str, names: tuple[str, ...]) -> str:
    """Return a decorator's call as it is in the code.

    Raises `TypeError` without names: that would let in everyone who's logged in.
    """
    if not names or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{decorator} needs names, as in @{decorator}('admin')")
    return f"{decorator}({', '.join(map(repr, names))})"


def deny_by_default(part: T) -> T:
    """Demand a rule of each view of an app, or of a blueprint and those inside it.

    An app's static files are public. A view without a rule is an error: see
    `check_rules`. Raises `RuntimeError` for an app that `Security` doesn't know yet.
    """
    if not isinstance(part, Blueprint):
        check_security(part)
    setattr(part, CLOSED, True)
    return part


def check_security(app: Any) -> None:
    """Raise `RuntimeError` for an app in which nothing would check a rule."""
    if "security" not in app.extensions:
        raise RuntimeError(f"nobody can log in to {app!r}: call Security(app, …) first")


def rules_of(app: "App", endpoint: str, method: str) -> tuple[Rule, ...]:
    """Return the rules for a method of an endpoint, from the outside in."""
    parts = parts_of(app, endpoint, method)
    rules = [rule for part in parts for rule in getattr(part, RULES, ())]
    return tuple(dict.fromkeys(rules))


def parts_of(app: "App", endpoint: str, method: str) -> Iterator[Any]:
    """Go through what can have rules: blueprints, the view, its classes and method."""
    yield from blueprints_of(app, endpoint)
    view: Any = app.view_functions.get(endpoint)
    yield from layers(view)
    kind = getattr(view, "view_class", None)
    if kind is not None:
        # a class has the rules of all its bases
        yield from kind.__mro__
        name = method.lower()
        # without `head`, a class answers HEAD with `get`
        name = "get" if name == "head" and not getattr(kind, name, None) else name
        yield from layers(getattr(kind, name, None))


def blueprints_of(app: "App", endpoint: str) -> Iterator[Blueprint]:
    """Go through the blueprints of an endpoint, from the outermost."""
    names = endpoint.split(".")[:-1]
    for number in range(len(names)):
        blueprint = app.blueprints.get(".".join(names[: number + 1]))
        if blueprint is not None:
            yield blueprint


def is_closed(app: "App", endpoint: str) -> bool:
    """Return whether a view needs a rule."""
    if endpoint == "static" and app.has_static_folder:
        # a blueprint's files are in its own "name.static"
        return False
    parts = [app, *blueprints_of(app, endpoint)]
    return any(getattr(part, CLOSED, False) for part in parts)


class Access:
    """The rules of an app's views: looked up once, checked before each request."""

    def __init__(self, app: "App") -> None:
        self.app = app
        self.is_checked = False
        # a limited number: clients can make up as many methods as they like
        self.rules_for = lru_cache(maxsize=1000)(partial(rules_of, app))

    def check_request(self) -> Any:
        """Return the answer to a request that's refused, or None to let it through.

        Raises `RuntimeError` before the first request if an app isn't ready for it.
        """
        if request.endpoint is None:
            return None
        if not self.is_checked:
            check_rules(self.app)
            self.is_checked = True
        for rule in self.rules_for(request.endpoint, request.method):
            refusal = rule.refuse()
            if refusal is not None:
                return refusal
        return None


def check_rules(app: "App") -> None:
    """Look for rules that are missing, and for names in rules that no role has.

    Raises `RuntimeError` with all of them. It's called before the first request;
    call it where the app is complete, and the server won't even start.
    """
    check_security(app)
    # a GET and its HEAD have the same problem
    problems = dict.fromkeys([*missing_rules(app), *unknown_names(app)])
    if problems:
        raise RuntimeError(
            f"{app!r} isn't ready for visitors: " + "; ".join(problems) + ". Each view"
            " needs a rule, or its blueprint does: @public, @login_required,"
            " @roles_required('admin'), …"
        )


def missing_rules(app: "App") -> Iterator[str]:
    for url_rule in app.url_map.iter_rules():
        endpoint = url_rule.endpoint
        methods = {
            each for each in methods_of(url_rule) if not rules_of(app, endpoint, each)
        }
        if "GET" in methods:
            methods.discard("HEAD")
        if methods and is_closed(app, endpoint):
            names = ", ".join(sorted(methods))
            yield f"view {endpoint!r} has no rule for {names} {url_rule.rule}"


def methods_of(url_rule: Any) -> set[str]:
    """Return the methods for which a view is called; without any, it's for all."""
    # the app itself answers these
    automatic = getattr(url_rule, "provide_automatic_options", False)
    return (url_rule.methods or {"any"}) - ({"OPTIONS"} if automatic else set())


def views_of(app: "App") -> Iterator[tuple[str, str, str]]:
    """Go through the endpoints and methods that lead to a view, with their URLs."""
    for url_rule in app.url_map.iter_rules():
        for method in methods_of(url_rule):
            yield url_rule.endpoint, method, url_rule.rule


def unknown_names(app: "App") -> Iterator[str]:
    roles = app.extensions["security"].roles
    permissions = {each for role in roles.values() for each in role.permissions}
    for endpoint, method, _ in views_of(app):
        for rule in rules_of(app, endpoint, method):
            for name in {*rule.roles} - roles.keys():
                yield f"view {endpoint!r} requires the role {name!r}: there is none"
            for name in {*rule.permissions} - permissions:
                yield f"view {endpoint!r} requires {name!r}, which no role has"
