"""Read a session cookie without its key."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any
from zlib import decompress, error

from step13_sessions import tagged


def peek(cookie: str) -> tuple[dict[str, Any], datetime]:
    """Return a session and when it was signed. Raises `ValueError` for other text."""
    is_compressed = cookie.startswith(".")
    try:
        content, when, _ = cookie.removeprefix(".").split(".")
        text = decode(content)
        session: dict[str, Any] = tagged.loads(
            decompress(text) if is_compressed else text
        )
        seconds = int.from_bytes(decode(when))
        return session, datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError, error):
        raise ValueError(f"{cookie!r} is no session cookie") from None


def decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
