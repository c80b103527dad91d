"""A visitor: keeps cookies as a browser does, and follows redirects hop by hop."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from time import time
from typing import Any
from urllib.parse import urljoin, urlsplit

from .server import Answer, Headers, Request, split_url

Server = Callable[[Request], Answer]

MOST_REDIRECTS = 10
REDIRECTS = (301, 302, 303, 307, 308)
# what a browser says of itself, if the request does not
USUAL = {
    "User-Agent": "Costrel",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
}
# the last second that a date can name
LATEST = 253_402_300_799
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Cookie:
    """A cookie that a server has set (RFC 6265)."""

    name: str
    value: str
    domain: str
    path: str
    # seconds since 1970; None for a cookie that ends with the visit
    expires: float | None = None
    # for this host alone, not for those below it
    host_only: bool = True
    secure: bool = False
    httponly: bool = False
    samesite: str | None = None

    def fits(self, host: str, path: str) -> bool:
        """Return whether it's sent with a request to that host and path."""
        return self.fits_host(host) and is_below(path, self.path)

    def fits_host(self, host: str) -> bool:
        return host == self.domain or (not self.host_only and is_in(host, self.domain))

    def is_acceptable(self) -> bool:
        """Return whether its name promises what it is (RFC 6265bis, section 4.1.3)."""
        name = self.name.lower()
        if name.startswith("__host-"):
            return self.secure and self.host_only and self.path == "/"
        return self.secure or not name.startswith("__secure-")

    def is_over(self) -> bool:
        return self.expires is not None and self.expires <= time()

    def shown(self) -> dict[str, Any]:
        names = ("name", "value", "domain", "path", "secure", "httponly", "samesite")
        until = None if self.expires is None else http_date(self.expires)
        return {name: getattr(self, name) for name in names} | {"expires": until}


def is_in(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def http_date(seconds: float) -> str:
    from email.utils import formatdate

    return formatdate(seconds, usegmt=True)


# --- reading Set-Cookie


def read_cookie(line: str, host: str, path: str) -> Cookie | None:
    """Read a `Set-Cookie` header (RFC 6265, section 5.2); None for what is none."""
    pair, *rest = line.split(";")
    name, equals, value = (part.strip() for part in pair.partition("="))
    if not name or not equals:
        return None
    attributes = dict(map(attribute, rest))
    domain = attributes.get("domain", "").lstrip(".").lower()
    if domain and not is_in(host, domain):
        return None
    folder = attributes.get("path", "")
    return Cookie(
        name,
        value,
        domain or host,
        folder if folder.startswith("/") else path.rpartition("/")[0] or "/",
        expiry(attributes),
        not domain,
        "secure" in attributes,
        "httponly" in attributes,
        attributes.get("samesite") or None,
    )


def attribute(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()


def expiry(attributes: dict[str, str]) -> float | None:
    """Return when a cookie expires; `Max-Age` overrides `Expires`."""
    try:
        if "max-age" in attributes:
            return min(time() + int(attributes["max-age"]), LATEST)
        return read_date(attributes["expires"]) if "expires" in attributes else None
    except (ValueError, OverflowError):
        return None


def read_date(text: str) -> float:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(text).timestamp()


class Jar:
    """The cookies of one visitor."""

    def __init__(self) -> None:
        # (domain, path, name) -> cookie
        self.cookies: dict[tuple[str, str, str], Cookie] = {}

    def take(self, request: Request, answer: Answer) -> None:
        """Keep what an answer sets, and forget what it lets end."""
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                cookie = read_cookie(value, *host_and_path(request))
                if cookie and (is_safe(request) or not cookie.secure):
                    self.keep(cookie)

    def keep(self, cookie: Cookie) -> None:
        if not cookie.is_acceptable():
            return
        key = cookie.domain, cookie.path, cookie.name
        self.cookies.pop(key, None)
        if not cookie.is_over():
            self.cookies[key] = cookie

    def header(self, request: Request) -> str:
        """Return the cookies sent with a request, the longest path first."""
        safe = is_safe(request)
        fitting = [
            each
            for each in self.present()
            if each.fits(*host_and_path(request)) and (safe or not each.secure)
        ]
        fitting.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in fitting)

    def present(self) -> list[Cookie]:
        return [cookie for cookie in self.cookies.values() if not cookie.is_over()]


def host_and_path(request: Request) -> tuple[str, str]:
    """Return the host, without its port, and the path."""
    host = (request.header("host") or request.host).partition(":")[0]
    return host.lower(), request.target.partition("?")[0]


def is_safe(request: Request) -> bool:
    """Return whether nobody on the way can read it: by HTTPS, or to this machine."""
    host, _ = host_and_path(request)
    return request.scheme == "https" or is_in(host, "localhost") or host == "127.0.0.1"


# --- visiting


@dataclass
class Hop:
    """One request and its answer."""

    request: Request
    answer: Answer
    note: str | None = None


@dataclass
class Visitor:
    """Sends requests to a server, and has a jar of cookies."""

    jar: Jar = field(default_factory=Jar)

    def visit(
        self, serve: Server, request: Request, follow: bool = True
    ) -> Iterator[Hop]:
        """Send a request, and one more for each redirect that is followed."""
        for count in range(MOST_REDIRECTS + 1):
            hop = self.send(serve, request)
            target = redirect_of(hop) if follow else None
            if target is None:
                yield hop
                return
            hop.note = reason_to_stay(hop.request, target, count)
            yield hop
            if hop.note is not None:
                return
            request = next_request(request, hop.answer.status, target)

    def send(self, serve: Server, request: Request) -> Hop:
        complete = self.completed(request)
        answer = serve(complete)
        self.jar.take(complete, answer)
        return Hop(complete, answer)

    def completed(self, request: Request) -> Request:
        """Add the headers that a browser sends without being asked."""
        first = {"Host": request.host, **USUAL}
        if request.body:
            first["Content-Type"] = FORM
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            first["Content-Length"] = str(len(request.body))
        if cookies := self.jar.header(request):
            first["Cookie"] = cookies
        given = {name.lower() for name, _ in request.headers}
        added = [pair for pair in first.items() if pair[0].lower() not in given]
        return replace(request, headers=[*added, *request.headers])


def redirect_of(hop: Hop) -> str | None:
    """Return the URL an answer redirects to, or None."""
    location = hop.answer.header("location")
    if hop.answer.status not in REDIRECTS or location is None:
        return None
    host = hop.request.header("host")
    try:
        return urljoin(f"{hop.request.scheme}://{host}{hop.request.target}", location)
    except ValueError:
        # what is no URL leads nowhere
        return ""


def reason_to_stay(request: Request, url: str, count: int) -> str | None:
    """Say why a redirect is not followed; None for one that is."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return "This redirect leads to no page, and is not followed."
    if parts.netloc.lower() != (request.header("host") or "").lower():
        return "This redirect leads to another site, and is not followed."
    if count == MOST_REDIRECTS:
        return f"Stopped after {MOST_REDIRECTS} redirects."
    return None


def next_request(request: Request, status: int, url: str) -> Request:
    """Make the request that follows a redirect (RFC 9110, section 15.4)."""
    scheme, host, target = split_url(url)
    request = replace(request, scheme=scheme, host=host, target=target)
    keeps = status in (307, 308) or request.method in ("GET", "HEAD")
    if keeps or (status != 303 and request.method != "POST"):
        return request
    return replace(request, method="GET", body=b"", headers=bodiless(request.headers))


def bodiless(headers: Headers) -> Headers:
    """Leave out the headers that describe a body."""
    return [pair for pair in headers if not pair[0].lower().startswith("content-")]
