"""Libraries that a verb needs and that its environment may lack."""

from importlib.util import find_spec

from costrel.core.ladder import Problem


def need(module: str, call: str) -> None:
    """Raise `Problem` with the call that installs a module, unless it's there."""
    if find_spec(module) is None:
        raise Problem(f"{module} is not installed: run `{call}`, which installs it.")
