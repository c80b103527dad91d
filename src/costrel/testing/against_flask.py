"""Real Flask under the book's names, so that the book's tests can be run on it.

Where the book hands a view its request as a parameter, Flask has a proxy to import;
that is the only difference bridged here. Everything else is Flask's own.
"""

from collections.abc import Callable
from functools import cache, wraps
from inspect import signature
from typing import Any

import flask
from flask import *  # noqa: F403
from flask import request as current_request
from flask.cli import (
    AppGroup,
    ScriptInfo,
    load_dotenv,
    pass_script_info,
    with_appcontext,
)
from flask.cli import FlaskGroup as CommandLine
from flask.globals import app_ctx, request_ctx
from flask.logging import default_handler, wsgi_errors_stream
from flask.testing import FlaskClient as AppClient
from flask.testing import FlaskCliRunner as AppCliRunner
from flask.views import MethodView, View
from werkzeug.exceptions import HTTPException

__all__ = [
    "App",
    "AppClient",
    "AppCliRunner",
    "AppGroup",
    "CommandLine",
    "HTTPException",
    "MethodView",
    "ScriptInfo",
    "View",
    "app_ctx",
    "default_handler",
    "load_dotenv",
    "pass_script_info",
    "request_ctx",
    "with_appcontext",
    "wsgi_errors_stream",
]

ViewFunction = Callable[..., Any]

# a parameter's name -> what a view or an error handler gets for it
GIVEN: dict[str, Callable[[], Any]] = {
    "environ": lambda: current_request.environ,
    "request": lambda: current_request._get_current_object(),  # type: ignore[attr-defined]
}


def given(function: ViewFunction) -> ViewFunction:
    """Hand a function the parameters that it names and that no URL fills."""
    # a view that names none may be an object that can't be hashed
    named = GIVEN.keys() & signature(function).parameters
    return giving(function, frozenset(named)) if named else function


# cached, because Flask compares the functions that share an endpoint
@cache
def giving(function: ViewFunction, named: frozenset[str]) -> ViewFunction:
    @wraps(function)
    def call(*args: Any, **arguments: Any) -> Any:
        extra = {name: GIVEN[name]() for name in named - arguments.keys()}
        return function(*args, **arguments, **extra)

    return call


class App(flask.Flask):
    """A Flask application whose views and handlers may name `request`."""

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        *args: Any,
        **options: Any,
    ) -> None:
        """Register a rule, as Flask does, for a view that is passed what it names."""
        view = view_func and given(view_func)
        super().add_url_rule(rule, endpoint, view, *args, **options)

    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ViewFunction
    ) -> None:
        """Register a handler, as Flask does, that gets what it names."""
        super().register_error_handler(code_or_exception, given(f))
