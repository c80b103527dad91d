"""The guests of a launch page, and what a store of them can do.

Each store is a module of its own, named after the library that it's built on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from unicodedata import category

from .. import App

# in characters: no mail goes to a longer address (RFC 5321, section 4.5.3.1.3)
LONGEST = 254


@dataclass(frozen=True)
class Guest:
    """Someone who wants to hear about the launch.

    Raises `ValueError` for text that not every store can keep.
    """

    email: str
    name: str

    def __post_init__(self) -> None:
        if not (is_plain(self.email) and is_plain(self.name)):
            raise ValueError(f"An address and a name have up to {LONGEST} characters.")


class DuplicateGuestError(Exception):
    """Someone with the same address is on the list already."""


class GuestStore(Protocol):
    """Keeps the guests of any number of apps apart, in the current app's context.

    What was added in a context is kept once it's committed: all of it or nothing.
    Whatever wasn't committed is taken back at the end of the context.
    """

    def init_app(self, app: App) -> None:
        """Set up the store for an app, and open nothing yet."""

    def add(self, guest: Guest) -> None:
        """Add a guest in this context, or raise `DuplicateGuestError`."""

    def commit(self) -> None:
        """Keep the added guests for good, or raise `DuplicateGuestError`."""

    def search(self, part: str = "") -> list[Guest]:
        """Return the guests whose names contain a text, in the order they came in.

        The text has no wildcards. Case doesn't matter, at least in ASCII.
        """

    def count(self) -> int:
        """Return how many guests there are."""


def is_plain(text: str) -> bool:
    """Return whether any store can keep a text: short, without control characters.

    PostgreSQL refuses a NUL, and half of a surrogate pair can't be encoded.
    """
    return len(text) <= LONGEST and not {"Cc", "Cs"} & set(map(category, text))


def make_private(path: Path) -> None:
    """Make an empty file that only the app's own user can read, unless it exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
