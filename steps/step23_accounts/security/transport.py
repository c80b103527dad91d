"""How a request got here: which hosts it may be for, and whether others could read it.

The host is checked when the `Request` is made, before any hook runs: see `wrappers`.
"""

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .. import abort, current_app, redirect, request
from ..wrappers import Response

if TYPE_CHECKING:
    from ..app import App

# the names of this machine
LOCAL = ("localhost", ".localhost", "127.0.0.1")


def own_hosts(app: "App") -> list[str]:
    """Return the hosts that an app answers for if it doesn't list any."""
    name = app.config["SERVER_NAME"]
    if not name:
        return [*LOCAL]
    # with a dot in front, its subdomains are included
    return [*LOCAL, f".{name}" if app.subdomain_matching else name]


def needs_https() -> bool:
    """Return whether others could have read the active request, or changed it."""
    if request.is_secure or current_app.debug:
        return False
    return current_app.config["FORCE_HTTPS"] and not is_loopback(request.host)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine (W3C Secure Contexts, section 3.1)."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def use_https(permanent: bool) -> Response:
    """Redirect the active request to the same URL over HTTPS, at its usual port.

    Refuse anything that a browser wouldn't send to open a page: its body and its
    credentials came in the clear, and a redirect would hide that from the developer.
    """
    accepted = request.accept_mimetypes
    opens_page = not accepted or accepted.accept_html
    if request.method not in ("GET", "HEAD") or not opens_page:
        abort(403, "This came in the clear, so it was refused. Use HTTPS.")
    url = urlsplit(request.url)
    name = request.host.removesuffix(f":{url.port}")
    url = url._replace(scheme="https", netloc=name)
    return redirect(url.geturl(), 301 if permanent else 302)
