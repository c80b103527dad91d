"""Signed text: what itsdangerous does for sessions, from the standard library."""

import hmac
import time
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from step13_sessions import tagged


class TokenError(Exception):
    """The text is forged, too old, or not a token at all."""


class Serializer:
    """Turn values into signed text, and read only what it has signed."""

    def __init__(self, keys: list[str | bytes], salt: str = "cookie-session") -> None:
        secrets = (key.encode() if isinstance(key, str) else key for key in keys)
        # the newest last
        self.keys = [hmac.digest(secret, salt.encode(), "sha1") for secret in secrets]

    def dumps(self, value: object) -> str:
        """Return a value's token."""
        signed = f"{pack(tagged.dumps(value).encode())}.{encode(now())}"
        return f"{signed}.{self.signature(signed, self.keys[-1])}"

    def loads(self, token: str, max_age: int | None = None) -> Any:
        """Return a token's value. Raises `TokenError`."""
        signed, _, signature = token.rpartition(".")
        if not self.is_right(signed, signature):
            raise TokenError(f"{token!r} was not signed with one of our keys")
        content, _, when = signed.rpartition(".")
        try:
            age = time_of(now()) - time_of(decode(when))
            value = tagged.loads(unpack(content))
        except (ValueError, zlib.error):
            raise TokenError(f"{token!r} is signed, and holds no value") from None
        if max_age is not None and not 0 <= age <= max_age:
            raise TokenError(f"{token!r} is {age} s old, and good for {max_age} s")
        return value

    def signature(self, signed: str, key: bytes) -> str:
        return encode(hmac.digest(key, signed.encode(errors="replace"), "sha1"))

    def is_right(self, signed: str, signature: str) -> bool:
        given = signature.encode(errors="replace")
        return any(
            hmac.compare_digest(given, self.signature(signed, key).encode())
            for key in reversed(self.keys)
        )


def pack(text: bytes) -> str:
    packed = zlib.compress(text)
    return f".{encode(packed)}" if len(packed) < len(text) - 1 else encode(text)


def unpack(content: str) -> bytes:
    if content.startswith("."):
        return zlib.decompress(decode(content[1:]))
    return decode(content)


def now() -> bytes:
    seconds = int(time.time())
    return seconds.to_bytes((seconds.bit_length() + 7) // 8)


def time_of(content: bytes) -> int:
    return int.from_bytes(content)


def encode(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
