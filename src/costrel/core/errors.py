"""Look at an exception that may not want to be looked at.

An exception of somebody else's code can raise in `__str__`, or lie about its class.
"""

from typing import Any

LONGEST = 3000


def kind(value: object) -> str:
    """Return the name of a value's class, whatever its metaclass says."""
    name: Any = type.__dict__["__name__"]
    return str(name.__get__(type(value)))


def text(error: BaseException | None) -> str:
    """Return an exception's text, or say why there is none."""
    try:
        # a text that is a subclass of `str` may have surprises of its own
        return "".join(map(chr, map(ord, str(error)[:LONGEST])))
    except BaseException as failure:
        return f"(its __str__ raised {kind(failure)})"


def titled(error: BaseException | None) -> str:
    """Return the class and the text: `ValueError: a reason`."""
    return f"{kind(error)}: {text(error)}".removesuffix(": ")
