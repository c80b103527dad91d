"""Settings without which an app had better not start."""

from collections.abc import Mapping
from typing import Any


def require(config: Mapping[str, Any], *names: str) -> None:
    """Raise `LookupError` if settings are missing; it names all of them."""
    missing = [name for name in names if find(config, name) in (None, "")]
    if missing:
        raise LookupError(
            f"the configuration lacks {', '.join(missing)}: set them in a file of the"
            " instance folder, or in the environment"
        )


def find(config: Mapping[str, Any], name: str) -> Any:
    """Return a setting, or None; `A__B` is key B of dictionary A."""
    value: Any = config
    for key in name.split("__"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
