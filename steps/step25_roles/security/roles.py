"""Roles: what their users may do is code, and who has one is data.

So a review shows what a role may do, and a name in a rule that no role has is found
before the first request. Rules are in `access`; who gets a role is in `management`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from .. import current_app


@dataclass(frozen=True)
class Role:
    """A role, and what the users who have it may do."""

    name: str
    permissions: Collection[str] = field(default=(), compare=False)
    description: str = field(default="", compare=False)
    # whether the last user who has it must keep it
    needed: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        # each letter of a string would be a permission
        if isinstance(self.permissions, str):
            raise TypeError(
                f"the permissions of {self.name!r} are {self.permissions!r}: make it a"
                f" list, as in {[self.permissions]!r}"
            )

    def has_role(self, role: str) -> bool:
        """Return whether this is the role."""
        return role == self.name

    def has_permission(self, permission: str) -> bool:
        """Return whether its users have a permission."""
        return permission in self.permissions


def by_name(roles: Iterable[Role]) -> dict[str, Role]:
    """Return roles by their names. Raises `ValueError` if two have the same."""
    named: dict[str, Role] = {}
    for role in roles:
        if role.name in named:
            raise ValueError(f"there are two roles {role.name!r}: name one differently")
        named[role.name] = role
    return named


def known_roles() -> dict[str, Role]:
    """Return the current app's roles, by their names."""
    roles: dict[str, Role] = current_app.extensions["security"].roles
    return roles


def may(roles: Collection[str], permission: str) -> bool:
    """Return whether one of these roles has a permission."""
    known = known_roles()
    return any(
        known[name].has_permission(permission) for name in roles if name in known
    )
