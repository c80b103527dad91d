"""The public names, in the order of the book."""

from .app import App
from .config import Config
from .ctx import (
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
)
from .helpers import abort, is_local_url, redirect, url_for
from .signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)
from .testing import AppClient
from .wrappers import Request, Response

__all__ = [
    "App",
    "AppClient",
    "Config",
    "Request",
    "Response",
    "abort",
    "after_this_request",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "copy_current_request_context",
    "current_app",
    "g",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "is_local_url",
    "redirect",
    "request",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "url_for",
]
