"""What administrators can change in other users' accounts.

Never the password: anyone who knows it is that user, as far as the log and everyone
else can tell. What a role is, `roles` says; how several things change
at once is in `rights`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from blinker import NamedSignal

from .audit import (
    login_ended,
    report,
    role_added,
    role_removed,
    user_activated,
    user_deactivated,
)
from .datastore import DuplicateUserError
from .login import current_user, unwrapped
from .login_sessions import end_logins, store
from .roles import known_roles


class LastUserError(Exception):
    """Raised for a change that would leave a role that is needed without users."""


def add_role_to_user(user: Any, role: str) -> bool:
    """Give a user a role, and return whether it's new.

    Raises `ValueError` if the app has no such role.
    """
    check_known(role)
    grant = store().grant_model
    if store().find(grant, user=user.id, role=role):
        return False
    store().put(grant(user=user.id, role=role))
    try:
        store().commit()
    except DuplicateUserError:
        # somebody else has given it, at the same moment
        return False
    note(role_added, user, role=role)
    return True


def remove_role_from_user(user: Any, role: str) -> bool:
    """Take a role from a user, and return whether the user had it.

    Raises `LastUserError` if the role is needed and nobody else has it.
    """
    with needed_roles_kept():
        removed = store().delete(store().grant_model, user=user.id, role=role)
    if removed:
        note(role_removed, user, role=role)
    return removed > 0


def check_known(role: str) -> None:
    if role not in known_roles():
        known = ", ".join(known_roles()) or "none"
        raise ValueError(f"there is no role {role!r}; the app's roles: {known}")


def activate_user(user: Any) -> bool:
    """Let a user log in again, and return whether that's new."""
    return set_active(user, True)


def deactivate_user(user: Any) -> bool:
    """End a user's logins, allow no others, and return whether that's new.

    Raises `LastUserError` if one of the user's roles is needed and nobody else has it.
    """
    return set_active(user, False)


def reset_user_access(user: Any) -> int:
    """End all of a user's logins, as after a theft; return how many there were."""
    ended = end_logins(user)
    note(login_ended, user)
    return ended


def set_active(user: Any, active: bool) -> bool:
    with needed_roles_kept():
        where = {"id": user.id, "active": not active}
        changed = store().change(store().user_model, where, active=active)
    follow_up(user, active, changed > 0)
    return changed > 0


def follow_up(user: Any, active: bool, changed: bool) -> None:
    """End the logins of a closed account, and report that it was closed or opened."""
    user.active = active
    if not active:
        end_logins(user)
    if changed:
        note(user_activated if active else user_deactivated, user)


def note(event: NamedSignal, user: Any, **facts: Any) -> None:
    """Have a user's roles read again, and report what has changed and who did it.

    For a command, that's None.
    """
    user = unwrapped(user)
    vars(user).pop("roles", None)
    by = str(current_user.id) if current_user.is_authenticated else None
    report(event, user, by=by, **facts)


@contextmanager
def needed_roles_kept() -> Iterator[None]:
    """Keep all changes made in the block, or none.

    Raises `LastUserError` if they left a role that is needed without users.
    """
    needed = [role.name for role in known_roles().values() if role.needed]
    with store().transaction():
        # this changes nothing, but makes a second transaction wait until we're done
        for role in needed:
            store().change(store().grant_model, {"role": role}, role=role)
        vacant = {*filter(is_vacant, needed)}
        yield
        if lost := {*filter(is_vacant, needed)} - vacant:
            raise LastUserError(f"Nobody else has the role {', '.join(lost)}.")


def is_vacant(role: str) -> bool:
    """Return whether nobody who may log in has a role."""
    grants = store().find(store().grant_model, role=role)
    return not any(store().find_user(id=grant.user, active=True) for grant in grants)
