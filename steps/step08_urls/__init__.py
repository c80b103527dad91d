"""The public names, in the order of the book."""

from .app import App
from .ctx import (
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
)
from .helpers import abort, is_local_url, redirect, url_for
from .testing import AppClient
from .wrappers import Request, Response

__all__ = [
    "App",
    "AppClient",
    "Request",
    "Response",
    "abort",
    "copy_current_request_context",
    "current_app",
    "g",
    "has_app_context",
    "has_request_context",
    "is_local_url",
    "redirect",
    "request",
    "url_for",
]
