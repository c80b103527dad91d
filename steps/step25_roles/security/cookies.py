"""Cookies that other sites, other hosts, and anyone along the way can't get at.

What's in the session cookie, and how it's signed, is decided in `sessions`.
"""

from typing import Any

from ..sessions import SecureCookieSessionInterface, SessionInterface


class HostCookies(SessionInterface):
    """A mixin for session interfaces: its cookie is for HTTPS, and for our host only.

    A browser accepts a cookie named `__Host-…` from that host only, over HTTPS
    (RFC 6265bis, section 4.1.3). In debug mode, the cookie works at any address.
    """

    def get_cookie_secure(self, app: Any) -> bool:
        """Return whether the cookie is sent over HTTPS only."""
        return super().get_cookie_secure(app) or not app.debug

    def get_cookie_name(self, app: Any) -> str:
        """Return the cookie's name, with the strictest prefix it can have."""
        name = super().get_cookie_name(app)
        if not self.get_cookie_secure(app) or name.startswith("__"):
            return name
        return prefixed(name, self.get_cookie_domain(app), self.get_cookie_path(app))

    def get_cookie_samesite(self, app: Any) -> str | None:
        """Return which requests from other sites carry the cookie."""
        return super().get_cookie_samesite(app) or "Lax"


def prefixed(name: str, domain: str | None, path: str) -> str:
    """Return the name of a secure cookie with the strictest prefix that it can have."""
    is_shared = domain or path != "/"
    return f"__Secure-{name}" if is_shared else f"__Host-{name}"


class HostCookieSessionInterface(HostCookies, SecureCookieSessionInterface):
    """Keep the whole session in a signed cookie that only our host can set."""


def complete_cookie(cookie: str) -> str:
    """Return a `Set-Cookie` with `Secure` and `SameSite`, which are added if missing.

    `HttpOnly` isn't added: only the view knows whether scripts may read the cookie.
    """
    _, *attributes = cookie.split(";")
    present = {each.partition("=")[0].strip().lower() for each in attributes}
    missing = {"secure": "; Secure", "samesite": "; SameSite=Lax"}
    return cookie + "".join(missing[name] for name in missing if name not in present)
