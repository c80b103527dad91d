"""Whose things are whose: what has a number in its URL can be asked for by anyone.

Which views users may visit at all is in `access`.
"""

from typing import TypeVar

from .. import abort
from .access import report_refusal
from .login import current_user

T = TypeVar("T")

NOT_FOUND = "There is nothing here, or nothing for you."


def own_or_404(thing: T | None, *fsperms: str, owner: str = "user_id") -> T:
    """Return a thing if the current user owns it, or has one of the permissions.

    `owner` is the attribute with the owner's number. Raises `NotFound` for None and for
    others' things alike: a 403 would reveal that there is one. Both take the same
    steps, for the same reason.
    """
    may_see = is_own(thing, owner) | any([*map(current_user.has_permission, fsperms)])
    if thing is None or not may_see:
        report_refusal("own_or_404")
        abort(404, NOT_FOUND)
    return thing


def is_own(thing: object, owner: str) -> bool:
    """Return whether the current user owns a thing, which may have no owner."""
    if not current_user.is_authenticated or thing is None:
        return False
    return bool(getattr(thing, owner) == current_user.id)
