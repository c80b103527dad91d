"""A traceback for visitors from this machine, and a plain page for everyone else."""

import sys
from collections.abc import Iterable, Iterator
from html import escape
from ipaddress import IPv6Address, ip_address
from traceback import format_exc
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

STATUS = "500 Internal Server Error"
PLAIN = "<!doctype html><title>Error</title><h1>Something broke.</h1>"


class Colleagues:
    """Turn an application's errors into pages, detailed only for this machine."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterator[bytes]:
        body: Iterable[bytes] = []
        try:
            body = self.app(environ, start_response)
            yield from body
        except Exception:
            yield answer(environ, start_response)
        finally:
            if hasattr(body, "close"):
                body.close()


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> bytes:
    """Log the current error, start a response and return its body.

    Raises the error again if the head has been sent: the server then drops the
    connection, so that nobody takes half a page for a whole one.
    """
    report = format_exc()
    environ["wsgi.errors"].write(report)
    page = detailed(report) if is_here(environ) else PLAIN
    # a message may hold characters that UTF-8 can't encode
    body = page.encode(errors="backslashreplace")
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]
    # with exc_info the server replaces the head, or raises the error if it was sent
    start_response(STATUS, headers, sys.exc_info())
    return body


def detailed(report: str) -> str:
    return f"<!doctype html><title>Error</title><pre>{escape(report)}</pre>"


def is_here(environ: WSGIEnvironment) -> bool:
    """Return whether the visitor's connection comes from this machine."""
    # a proxy here speaks for visitors from anywhere; the header can only take
    # trust away, so nobody gains by inventing it
    if "HTTP_X_FORWARDED_FOR" in environ or "HTTP_FORWARDED" in environ:
        return False
    try:
        address = ip_address(environ.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    # before 3.13, Python doesn't recognize the loopback in a mapped address
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
