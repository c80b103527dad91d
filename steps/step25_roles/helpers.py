"""Functions for views that need the active app or request: `url_for` and its kin.

The proxies themselves are in `ctx`; what an app does to build a URL is in `app`.
"""

import re
from collections.abc import Iterable
from typing import Any, NoReturn, cast

import werkzeug.exceptions
import werkzeug.utils
from werkzeug.exceptions import (
    BadRequest,
    PreconditionFailed,
    PreconditionRequired,
)
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as ResponseBase

from .ctx import current_app, current_context, current_request, session
from .signals import message_flashed, send
from .wrappers import Response

# a path without characters that browsers skip, and without a second slash of either
# kind in front: `//host` and `/\host` lead to that host
LOCAL_URL = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: Any,
) -> str:
    """Return the URL of an endpoint of the active app: see `App.url_for`."""
    url: str = current_app.url_for(
        endpoint,
        _anchor=_anchor,
        _method=_method,
        _scheme=_scheme,
        _external=_external,
        **values,
    )
    return url


def abort(code: int | ResponseBase, *arguments: Any, **options: Any) -> NoReturn:
    """Raise the `HTTPException` of a status code, or one that sends a response.

    The active app's `aborter` does it; without an app, Werkzeug does.
    """
    aborter = current_app.aborter if current_app else werkzeug.exceptions.abort
    aborter(code, *arguments, **options)


def redirect(
    location: str,
    code: int = 302,
    Response: type[Response] = Response,  # noqa: N803 (its name in Flask)
) -> Response:
    """Return a response that redirects the client (RFC 9110, section 15.4).

    Check a location that came from the client with `is_local_url` first. Raises
    `BadRequest` if it isn't a URL. The active app chooses the response's class;
    without an app, that's `Response`.
    """
    if current_app:
        return current_app.redirect(location, code)
    return make_redirect(location, code, Response)


def make_redirect(location: str, code: int, response_class: type[Response]) -> Response:
    """Make the response for `redirect`."""
    if not is_sendable(location):
        raise BadRequest("The target of this redirect isn't a URL.")
    return cast(Response, werkzeug.utils.redirect(location, code, response_class))


def is_sendable(url: str) -> bool:
    """Return whether a URL can be written into a header field."""
    try:
        return iri_to_uri(url).isprintable()
    except ValueError:
        return False


def make_response(*result: Any) -> Response:
    """Return the response for what a view may return, so that it can be changed."""
    value = result[0] if len(result) == 1 else result or ""
    current_request().source = "make_response"
    return current_app.make_response(value)


def flash(message: str, category: str = "message") -> None:
    """Keep a message for the next page that the visitor sees."""
    session["_flashes"] = [*session.get("_flashes", []), (category, message)]
    app = current_context().app
    send(message_flashed, app, message=message, category=category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[Any]:
    """Return the messages for the visitor, and remove them from the session.

    With categories, each is a tuple (category, message). The filter names the
    categories you want. Further calls in the same request return the same messages.
    """
    request = current_request()
    if request.flashes is None:
        # a test may look into the context once more, by pushing it again
        if request.answered and current_context().token is None:
            raise RuntimeError(
                "the response's headers have been sent, so messages can't be taken out"
                " of the session anymore: call get_flashed_messages() in the view,"
                " before the stream starts"
            )
        request.flashes = session.pop("_flashes", []) if "_flashes" in session else []
    wanted = set(category_filter)
    flashes = [each for each in request.flashes if not wanted or each[0] in wanted]
    return flashes if with_categories else [message for _, message in flashes]


def is_local_url(url: str) -> bool:
    """Return whether a URL is a path on the host that the browser is on."""
    return LOCAL_URL.fullmatch(url) is not None


def check_if_match(etag: str) -> None:
    """Raise unless the client has seen the version that it's about to change.

    `etag` is the current version's strong tag, without quotes. Without an If-Match
    that's a 428 (RFC 6585, section 3), with an older tag a 412 (RFC 9110, section
    13.1.1). `*` matches any version. Take a lock before you read the tag, and keep it
    until the change is written, or another client may write in between.
    """
    request = current_request()
    if "If-Match" not in request.headers:
        raise PreconditionRequired("Send the ETag of the version you change: If-Match.")
    # weak tags match nothing: they may mean more than one version
    if not request.if_match.contains(etag):
        raise PreconditionFailed("This has changed since you read it.")
