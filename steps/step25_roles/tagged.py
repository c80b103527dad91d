"""Tagged JSON: JSON for values of types that JSON doesn't have.

A tuple becomes `{" t": […]}`, a UUID `{" u": "…"}`. A dictionary that looks like a
tag is tagged itself.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date


def dumps(value: Any) -> str:
    """Write a value as compact JSON. Raises `TypeError` for types without a tag."""
    return ENCODER.encode(tag(value))


def loads(text: str | bytes) -> Any:
    """Read a value from tagged JSON. Raises `ValueError` if it isn't JSON."""
    return untag(json.loads(text))


def tag(value: Any) -> Any:
    """Return a value that JSON can hold."""
    match value:
        case dict():
            tagged = {key: tag(item) for key, item in value.items()}
            return {" di": hidden(tagged)} if is_tag(tagged) else tagged
        case list():
            return [tag(item) for item in value]
        case tuple():
            return {" t": [tag(item) for item in value]}
        case bytes():
            return {" b": b64encode(value).decode("ascii")}
        case UUID():
            return {" u": value.hex}
        case datetime():
            return {" d": http_date(value)}
    if callable(getattr(value, "__html__", None)):
        return {" m": str(value.__html__())}
    return value


def untag(value: Any) -> Any:
    """Return the value that `tag` was called with."""
    if isinstance(value, list):
        return [untag(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: untag(item) for key, item in value.items()}
    if not is_tag(value):
        return value
    [(key, content)] = value.items()
    return READERS[key](content)


def refuse(value: Any) -> NoReturn:
    raise TypeError(
        f"{value!r} can't be kept in a session, its type is {type(value).__name__}: use"
        " what JSON has, or a tuple, bytes, datetime, UUID or Markup"
    )


def is_tag(value: dict[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in READERS


def hidden(value: dict[str, Any]) -> dict[str, Any]:
    """Lengthen a dictionary's one key, so that it no longer looks like a tag."""
    return {f"{key}__": item for key, item in value.items()}


def shown(value: dict[str, Any]) -> dict[str, Any]:
    return {key.removesuffix("__"): item for key, item in value.items()}


# tag -> what turns its content back into a value
READERS: dict[str, Callable[[Any], Any]] = {
    " di": shown,
    " t": tuple,
    " b": b64decode,
    " m": Markup,
    " u": UUID,
    " d": parse_date,
}
# made once: with options, `json.dumps` makes a new one for each call
ENCODER = json.JSONEncoder(separators=(",", ":"), default=refuse)
