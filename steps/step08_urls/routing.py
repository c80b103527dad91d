"""Rules: which URLs a view answers, and with which methods.

Which function an endpoint names is decided in `app`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.routing import Rule as RuleBase


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
    **options: Any,
) -> Rule:
    """Make a rule; defaults come from the view's own attributes.

    Raises `TypeError` if `methods` is a single string.
    """
    if methods is None:
        methods = getattr(view, "methods", None) or ("GET",)
    allowed = method_set(methods, path)
    if automatic_options is None:
        automatic_options = getattr(view, "provide_automatic_options", None)
    if automatic_options is None:
        automatic_options = "OPTIONS" not in allowed
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
