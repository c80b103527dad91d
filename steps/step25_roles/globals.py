"""The proxies, in the module where Flask has them: they are made in `ctx`."""

from .ctx import app_ctx, current_app, g, request, request_ctx, session

__all__ = ["app_ctx", "current_app", "g", "request", "request_ctx", "session"]
