"""Break the views of an app, one after another, and see which checks notice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from step05_testing import App, AppClient

Check = Callable[[AppClient], Any]
Saboteur = Callable[..., Any]

NOWHERE = "/there-is-no-such-page-here"


def sabotage(app: App, checks: list[Check]) -> list[tuple[str, str]]:
    """Return the sabotage that no check noticed, as a sorted list of (endpoint, kind).

    Raises `ValueError` if a check fails on the untouched app.
    """
    with tested(app):
        for check in checks:
            if notices(app, check):
                raise ValueError(f"{check.__name__} fails before anything is broken")
        return sorted(
            (endpoint, kind)
            for endpoint in list(app.view_functions)
            for kind, saboteur in saboteurs(app).items()
            if not any_notices(app, checks, endpoint, saboteur)
        )


def saboteurs(app: App) -> dict[str, Saboteur]:
    """Return what takes a view's place, by kind of sabotage."""
    elsewhere = app.test_client().get(NOWHERE).text

    def fail(**values: Any) -> None:
        raise RuntimeError("sabotage")

    return {
        "raises": fail,
        "empty": lambda **values: "",
        "other page": lambda **values: elsewhere,
    }


def any_notices(
    app: App, checks: list[Check], endpoint: str, saboteur: Saboteur
) -> bool:
    with replaced(app, endpoint, saboteur):
        return any(notices(app, check) for check in checks)


def notices(app: App, check: Check) -> bool:
    """Return whether a check fails for a new visitor."""
    try:
        check(app.test_client())
    except Exception:
        return True
    return False


@contextmanager
def tested(app: App) -> Iterator[None]:
    before, app.testing = app.testing, True
    try:
        yield
    finally:
        app.testing = before


@contextmanager
def replaced(app: App, endpoint: str, view: Saboteur) -> Iterator[None]:
    before, app.view_functions[endpoint] = app.view_functions[endpoint], view
    try:
        yield
    finally:
        app.view_functions[endpoint] = before
