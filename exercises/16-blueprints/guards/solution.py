"""Which views a guard doesn't protect, read from the app's own registries."""

from collections.abc import Callable, Iterator
from typing import Any

from step16_blueprints import App

Hook = Callable[[], Any]


def unguarded(app: App, guard: Hook, prefix: str) -> list[str]:
    """Return the rules below a prefix whose views the guard doesn't protect."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if is_below(rule.rule, prefix) and first_hook(app, rule.endpoint) != guard
    )


def is_below(path: str, prefix: str) -> bool:
    whole = prefix.rstrip("/")
    return path == whole or path.startswith(f"{whole}/")


def first_hook(app: App, endpoint: str) -> Hook | None:
    """Return the hook that runs first for an endpoint."""
    for scope in scopes_of(endpoint):
        hooks = app.before_request_funcs.get(scope)
        if hooks:
            return hooks[0]
    return None


def scopes_of(endpoint: str) -> Iterator[str | None]:
    """Yield None for the app, and then the endpoint's blueprints from the outermost."""
    yield None
    names = endpoint.split(".")
    for length in range(1, len(names)):
        yield ".".join(names[:length])
