"""A solution to the exercise `request`."""

import re
from functools import cached_property
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

LARGEST_BODY = 1_000_000
# in a quoted value: a byte as three octal digits, or a character as it is
ESCAPE = re.compile(rb"\\(?:([0-3][0-7]{2})|(.))")


class SmallRequest:
    """What a client sent, parsed on demand."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ = environ

    @cached_property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @cached_property
    def path(self) -> str:
        return raw(self.environ.get("PATH_INFO", "")).decode(errors="replace")

    @cached_property
    def args(self) -> dict[str, list[str]]:
        return fields(raw(self.environ.get("QUERY_STRING", "")))

    @cached_property
    def cookies(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for pair in raw(self.environ.get("HTTP_COOKIE", "")).split(b";"):
            name, _, value = (part.strip() for part in pair.partition(b"="))
            if name:
                text = unquoted(value).decode(errors="replace")
                found.setdefault(name.decode(errors="replace"), text)
        return found

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The fields of a form. Raises `ValueError` for a body that is too large."""
        content_type = self.environ.get("CONTENT_TYPE", "").partition(";")[0]
        if content_type.strip().lower() != "application/x-www-form-urlencoded":
            return {}
        if self.content_length > LARGEST_BODY:
            raise ValueError(
                f"the body has {self.content_length} bytes: send at most {LARGEST_BODY}"
            )
        return fields(self.environ["wsgi.input"].read(self.content_length))

    @property
    def content_length(self) -> int:
        length = self.environ.get("CONTENT_LENGTH", "")
        return int(length) if length.isascii() and length.isdigit() else 0


def raw(tunnelled: str) -> bytes:
    """Return the bytes that the server had to pass as Latin-1 (PEP 3333)."""
    return tunnelled.encode("latin-1")


def fields(query: bytes) -> dict[str, list[str]]:
    text = query.decode(errors="replace")
    return parse_qs(text, keep_blank_values=True, errors="replace")


def unquoted(value: bytes) -> bytes:
    """Return a cookie's value without its quotes and escapes, if it is quoted."""
    if len(value) < 2 or not value.startswith(b'"') or not value.endswith(b'"'):
        return value
    return ESCAPE.sub(unescaped, value[1:-1])


def unescaped(match: re.Match[bytes]) -> bytes:
    octal, character = match.groups()
    return bytes([int(octal, 8)]) if octal else character
