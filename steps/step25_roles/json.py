"""JSON: how an app writes values for programs, and reads what they send.

How sessions get the same types back is in `tagged`.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import IO, Any
from uuid import UUID

from werkzeug.http import http_date

from .ctx import active, current_context
from .wrappers import Response


def default(value: Any) -> Any:
    """Return what to write for a value whose type JSON doesn't have.

    Raises `TypeError` for all other types.
    """
    if isinstance(value, date):
        return http_date(value)
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(
        f"{value!r} can't be written as JSON: use strings, numbers, booleans, None,"
        " lists, dictionaries, dates, UUIDs, decimals or dataclasses"
    )


class JSONProvider:
    """The writer and reader of an app's JSON (RFC 8259).

    To use another library, override `dumps` and `loads`; for more types, `default`.
    """

    mimetype = "application/json"
    # escape everything but ASCII; sort keys, so that equal values make equal text
    ensure_ascii = True
    sort_keys = True
    # how deep lists and objects may be nested in what is read
    max_depth = 100
    # without whitespace; None means "unless in debug mode"
    compact: bool | None = None

    def __init__(self, app: Any) -> None:
        self.app = app

    default: Callable[[Any], Any] = staticmethod(default)

    def dumps(self, value: Any, **options: Any) -> str:
        """Return a value as JSON; the options are those of `json.dumps`."""
        options.setdefault("default", self.default)
        options.setdefault("ensure_ascii", self.ensure_ascii)
        options.setdefault("sort_keys", self.sort_keys)
        return json.dumps(value, **options)

    def loads(self, text: str | bytes, **options: Any) -> Any:
        """Return the value of a JSON text; bytes must be UTF-8 (section 8.1).

        Raises `ValueError` for text that isn't JSON, or that can't be sent back.
        """
        if isinstance(text, bytes):
            text = text.decode()
        try:
            value = json.loads(text, **options)
            if "\\u" in text:
                # half a character (section 8.2): a page with it can't be encoded
                json.dumps(value, default=repr, ensure_ascii=False).encode()
            deep = is_deeper(value, self.max_depth)
        except RecursionError:
            deep = True
        if deep:
            raise ValueError("the JSON is nested too deeply")
        return value

    def dump(self, value: Any, file: IO[str], **options: Any) -> None:
        """Write a value to a text file, as `dumps` does."""
        file.write(self.dumps(value, **options))

    def load(self, file: IO[Any], **options: Any) -> Any:
        """Return the value in a file of text or bytes, as `loads` does."""
        return self.loads(file.read(), **options)

    def response(self, *values: Any, **members: Any) -> Response:
        """Return a response whose body is one value, a list of values, or an object."""
        value = one_value(values, members)
        compact = not self.app.debug if self.compact is None else self.compact
        layout = {"separators": (",", ":")} if compact else {"indent": 2}
        text = self.dumps(value, **layout)
        make: type[Response] = self.app.response_class
        return make(f"{text}\n", mimetype=self.mimetype)


def is_deeper(value: Any, levels: int) -> bool:
    """Return whether lists and dictionaries are nested more than `levels` deep."""
    nested = nested_in([value])
    for _ in range(levels):
        if not nested:
            return False
        nested = nested_in(chain.from_iterable(map(items_of, nested)))
    return bool(nested)


def nested_in(items: Iterable[Any]) -> list[Any]:
    return [item for item in items if isinstance(item, (dict, list))]


def items_of(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def one_value(values: tuple[Any, ...], members: dict[str, Any]) -> Any:
    """Return the value that the arguments of `jsonify` mean."""
    if values and members:
        raise TypeError("jsonify takes values or named members, not both")
    if len(values) == 1:
        return values[0]
    return values or members or None


def jsonify(*values: Any, **members: Any) -> Response:
    """Return a JSON response, written by the active app: a value or an object."""
    response: Response = current_context().app.json.response(*values, **members)
    return response


def dumps(value: Any, **options: Any) -> str:
    """Return a value as JSON, written by the active app.

    Without an app, the standard library writes it, and our types with it.
    """
    context = active.get(None)
    if context is None:
        return json.dumps(value, **{"default": default, **options})
    text: str = context.app.json.dumps(value, **options)
    return text


def loads(text: str | bytes, **options: Any) -> Any:
    """Return the value of a JSON text, read as `dumps` writes."""
    context = active.get(None)
    return (json if context is None else context.app.json).loads(text, **options)


def dump(value: Any, file: IO[str], **options: Any) -> None:
    """Write a value to a text file, as `dumps` does."""
    file.write(dumps(value, **options))


def load(file: IO[Any], **options: Any) -> Any:
    """Return the value in a file of text or bytes, as `loads` does."""
    return loads(file.read(), **options)


# what Flask calls it, for apps and extensions that were written for it
DefaultJSONProvider = JSONProvider
