"""Rules: which URLs a view answers, and with which methods.

Which function an endpoint names is decided in `urls`.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate
from typing import Any

from werkzeug.routing import Rule as RuleBase

# where a hook or handler applies: a blueprint's full name, or None for the whole app
Scope = str | None


class Rule(RuleBase):
    """A URL rule that knows whether the app answers OPTIONS for its view."""

    endpoint: str
    provide_automatic_options = False


def make_rule(
    rule_class: type[Rule],
    path: str,
    endpoint: str,
    view: Callable[..., Any] | None,
    methods: Iterable[str] | None,
    automatic_options: bool | None,
    by_default: bool,
    **options: Any,
) -> Rule:
    """Make a rule; the view's own attributes count more than a default.

    Raises `TypeError` if `methods` is a single string.
    """
    if methods is None:
        methods = getattr(view, "methods", None) or ("GET",)
    allowed = method_set(methods, path)
    if automatic_options is None:
        automatic_options = getattr(view, "provide_automatic_options", None)
    if automatic_options is None:
        automatic_options = by_default and "OPTIONS" not in allowed
    allowed |= method_set(getattr(view, "required_methods", ()), path)
    if automatic_options:
        allowed.add("OPTIONS")
    rule = rule_class(path, endpoint=endpoint, methods=allowed, **options)
    rule.provide_automatic_options = automatic_options
    return rule


def method_set(methods: Iterable[str], path: str) -> set[str]:
    """Return the methods of a rule in capitals."""
    if isinstance(methods, str):
        raise TypeError(
            f"the methods of {path!r} are {methods!r}: give a list of strings,"
            f" as in methods=[{methods!r}]"
        )
    return {method.upper() for method in methods}


@lru_cache(maxsize=1024)
def scopes_of(endpoint: str) -> tuple[Scope, ...]:
    """Return the scopes that an endpoint is in, from the outermost.

    Those of "shop.cart.add" are None, "shop" and "shop.cart".
    """
    *names, _ = endpoint.split(".")
    return (None, *accumulate(names, "{}.{}".format))


def name_in(scope: Scope, name: str) -> str:
    """Return the full name of an endpoint or a blueprint in a scope."""
    return f"{scope}.{name}" if scope else name
