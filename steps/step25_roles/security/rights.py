"""All of a user's rights, changed together: what a page for administrators sends.

It may have been loaded a while ago, and somebody else may send the same one right now.
Single changes are in `management`.
"""

from collections.abc import Collection
from typing import Any

from .audit import role_added, role_removed
from .datastore import DuplicateUserError
from .login_sessions import store
from .management import check_known, follow_up, needed_roles_kept, note


class StaleUserError(Exception):
    """Raised for a change to a user whose rights somebody else has changed."""

    def __init__(self) -> None:
        super().__init__("This account was changed in the meantime.")


def change_rights(user: Any, active: bool, roles: Collection[str]) -> None:
    """Open or close an account, and give its user these roles and no others.

    Changes all or nothing. Raises `StaleUserError` if the rights are no longer as they
    are in `user`, `LastUserError` as the other functions do, and `ValueError` if the
    app has no such role.
    """
    added, removed = {*roles} - user.roles, user.roles - {*roles}
    for role in added:
        check_known(role)
    changed = user.active != active
    try:
        with needed_roles_kept():
            check_unchanged(user)
            replace_rights(user, active, added, removed)
    except DuplicateUserError:
        # somebody else has given one of the roles since we looked
        raise StaleUserError from None
    for role in removed:
        note(role_removed, user, role=role)
    for role in added:
        note(role_added, user, role=role)
    follow_up(user, active, changed)


def check_unchanged(user: Any) -> None:
    """Raise `StaleUserError` unless a user's rights are still as they are in `user`.

    In a transaction, they stay that way until it ends.
    """
    # as in `needed_roles_kept`: nothing changes, but others wait
    where = {"id": user.id, "active": user.active}
    found = store().change(store().user_model, where, active=user.active)
    grants = store().find(store().grant_model, user=user.id)
    if not found or {grant.role for grant in grants} != user.roles:
        raise StaleUserError


def replace_rights(
    user: Any, active: bool, added: Collection[str], removed: Collection[str]
) -> None:
    store().change(store().user_model, {"id": user.id}, active=active)
    for role in removed:
        store().delete(store().grant_model, user=user.id, role=role)
    for role in added:
        store().put(store().grant_model(user=user.id, role=role))
