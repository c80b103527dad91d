"""JSON to the letter: finite numbers, and each key once."""

from math import isfinite
from typing import Any, NoReturn

from step14_json.json import JSONProvider


class StrictProvider(JSONProvider):
    """A provider for what means the same to every program, and nothing else."""

    def loads(self, text: str | bytes, **options: Any) -> Any:
        """Return the value of a JSON text.

        Raises `ValueError` for what programs read differently.
        """
        options.setdefault("parse_constant", refuse)
        options.setdefault("parse_float", finite)
        # json ignores a hook for dictionaries if there is one for pairs
        make_object = options.pop("object_hook", None) or dict
        options.setdefault(
            "object_pairs_hook", lambda pairs: make_object(unique(pairs))
        )
        return super().loads(text, **options)

    def dumps(self, value: Any, **options: Any) -> str:
        """Return a value as JSON; raises `ValueError` unless its numbers are finite."""
        options.setdefault("allow_nan", False)
        return super().dumps(value, **options)


def refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} isn't a number in JSON")


def finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"the number {text} is too large")
    return number


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dictionary of pairs. Raises `ValueError` if a key comes twice."""
    made = {}
    for key, value in pairs:
        if key in made:
            raise ValueError(f"the key {key!r} comes twice in one object")
        made[key] = value
    return made
