"""An object that passes for another one, which it looks up for each use."""

import operator
from collections.abc import Callable
from typing import Any

# special methods that are functions of `operator` under the same name
SIDED = [
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("lshift", "rshift", "and", "or", "xor"),
]
OTHERS = [
    *("eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "index"),
    *("contains", "getitem", "setitem", "delitem", "call"),
]
# special methods that are built-in functions
FUNCTIONS = [
    *(getattr, setattr, delattr, dir, str, bytes, format, int, float, complex, round),
    *(hash, len, iter, next, reversed),
]


class StandIn:
    """Whatever is done to it is done to what `find` gives at that moment."""

    def __init__(self, find: Callable[[], Any]) -> None:
        object.__setattr__(self, "find", find)

    @property
    def __class__(self) -> Any:
        return type(found(self))

    def __repr__(self) -> str:
        try:
            return repr(found(self))
        except RuntimeError:
            return "<StandIn of nothing>"

    def __bool__(self) -> bool:
        try:
            return bool(found(self))
        except RuntimeError:
            return False

    def __enter__(self) -> Any:
        real = found(self)
        return type(real).__enter__(real)

    def __exit__(self, *error: object) -> Any:
        real = found(self)
        return type(real).__exit__(real, *error)


def found(stand_in: StandIn) -> Any:
    # not `stand_in.find`, which would be an attribute of the real object
    return object.__getattribute__(stand_in, "find")()


def add_methods(name: str, use: Callable[..., Any]) -> None:
    """Let `__name__` do to the real object what `use` does."""

    def method(self: StandIn, *arguments: Any, **options: Any) -> Any:
        return use(found(self), *arguments, **options)

    setattr(StandIn, f"__{name}__", method)


def add_sides(name: str, use: Callable[..., Any]) -> None:
    """Let an operator work on the left, and on the right."""
    add_methods(name, use)
    add_methods(f"r{name}", lambda right, left: use(left, right))


def add_in_place(name: str, use: Callable[..., Any]) -> None:
    def method(self: StandIn, other: Any) -> StandIn:
        use(found(self), other)
        return self

    setattr(StandIn, f"__{name}__", method)


for name in OTHERS:
    add_methods(name, getattr(operator, f"__{name}__"))
for function in FUNCTIONS:
    add_methods(function.__name__, function)
for name in SIDED:
    add_sides(name, getattr(operator, f"__{name}__"))
    add_in_place(f"i{name}", getattr(operator, f"__i{name}__"))
add_sides("divmod", divmod)
