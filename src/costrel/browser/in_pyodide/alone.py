"""What `multiprocessing` shares between processes, where there is only one.

In the browser it is `costrel_alone`, and the last line of `multiprocessing` imports
it: Werkzeug's debugger counts wrong PINs in a `Value`.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any


class Value:
    """A value with a lock that nobody else wants."""

    def __init__(self, typecode_or_type: Any, value: Any = 0, lock: Any = True) -> None:
        self.value = value

    def get_lock(self) -> AbstractContextManager[None]:
        return nullcontext()
