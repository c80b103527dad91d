"""Request ids: what one visit did, found again among the log lines of many.

Each request has an id, and its response and its log lines have it, too. The id is no
secret and proves nothing: a client may choose it.
"""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from .. import (
    App,
    Response,
    current_app,
    has_request_context,
    request,
    request_finished,
    wsgi_errors_stream,
)

NAME = "requestids"
# in the environ, where a thread with a copied context finds the id, too
KEY = "requestids.id"
# what a client's id may look like; others could forge log lines, or fill the log
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_id() -> str:
    """Return an id that no other request has, in any process."""
    return uuid4().hex


class RequestIDs:
    """The extension: one object may serve several apps, since it keeps nothing."""

    def __init__(self, app: App | None = None, **options: Any) -> None:
        if app is not None:
            self.init_app(app, **options)

    def init_app(self, app: App, make_id: Callable[[], str] = new_id) -> None:
        """Give the app's requests ids, and write its log as lines of JSON.

        Logging that is configured already stays as it is: name `WithRequestID` and
        `JSONLines` in it. Raises `RuntimeError` if the app has ids already.
        """
        if NAME in app.extensions:
            raise RuntimeError(f"{app!r} has request ids already: call init_app once")
        app.extensions[NAME] = make_id
        app.config.setdefault("REQUEST_ID_HEADER", "X-Request-ID")
        # whether a client may choose an id, as a proxy in front of the app does
        app.config.setdefault("REQUEST_ID_FROM_CLIENT", True)
        app.after_request(send_id)
        app.add_template_global(request_id)
        request_finished.connect(log_answer, app)
        write_json(logging.getLogger(app.import_name))


def request_id() -> str:
    """Return the active request's id, chosen at its first use.

    Raises `RuntimeError` if the active app has no request ids.
    """
    if NAME not in current_app.extensions:
        raise RuntimeError(f"{current_app!r} has no request ids: call init_app with it")
    if KEY not in request.environ:
        request.environ[KEY] = clients_id() or current_app.extensions[NAME]()
    chosen: str = request.environ[KEY]
    return chosen


def clients_id() -> str | None:
    """Return the id that came with the request, if there's one that can be used."""
    if not current_app.config["REQUEST_ID_FROM_CLIENT"]:
        return None
    given = request.headers.get(current_app.config["REQUEST_ID_HEADER"], "")
    return given if WELL_FORMED.fullmatch(given) else None


def send_id(response: Response) -> Response:
    response.headers[current_app.config["REQUEST_ID_HEADER"]] = request_id()
    return response


def log_answer(app: App, response: Response, **more: Any) -> None:
    """Log a request at INFO, which Python leaves out unless it's configured."""
    answer = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
    }
    app.logger.info("answered", extra={"fields": answer})


class WithRequestID(logging.Filter):
    """Lets every record through, and notes the active request's id on it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Set `request_id`: it's "-" outside of a request, or without ids."""
        has_id = has_request_context() and NAME in current_app.extensions
        record.request_id = request_id() if has_id else "-"
        return True


class JSONLines(logging.Formatter):
    """Writes a record as a single line of JSON, whatever is in its message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger, message and id, and the record's `fields`."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=repr)


def write_json(logger: logging.Logger) -> None:
    """Let a logger write lines of JSON, unless something writes for it already."""
    if not logger.hasHandlers():
        handler = logging.StreamHandler(wsgi_errors_stream)
        handler.addFilter(WithRequestID())
        handler.setFormatter(JSONLines())
        logger.addHandler(handler)
