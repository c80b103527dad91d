"""Functions for views that need the active app or request: `url_for` and its kin.

The proxies themselves are in `ctx`; what an app does to build a URL is in `app`.
"""

import re
from typing import Any, NoReturn, cast

import werkzeug.exceptions
import werkzeug.utils
from werkzeug.exceptions import BadRequest
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as ResponseBase

from .ctx import current_app
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


def is_local_url(url: str) -> bool:
    """Return whether a URL is a path on the host that the browser is on."""
    return LOCAL_URL.fullmatch(url) is not None
