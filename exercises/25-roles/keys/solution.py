"""A role that it takes two administrators to give."""

import time
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Any

from step25_roles import current_app
from step25_roles.security import UserDatastore, add_role_to_user, current_user

PERMISSION = "accounts-write"
# seconds
GOOD_FOR = 3600


@dataclass(frozen=True)
class Proposal:
    """A role that a user may get; users are known by their numbers."""

    user: int
    role: str
    by: int
    at: float


class Proposals:
    """The proposals of an app that nobody has agreed to."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.open: dict[int, Proposal] = {}
        self.lock = Lock()

    def add(self, proposal: Proposal) -> int:
        number = next(self.numbers)
        with self.lock:
            self.open[number] = proposal
        return number

    def take(self, number: int, proposal: Proposal) -> bool:
        """Use a proposal up, and return whether it was still there."""
        with self.lock:
            return self.open.pop(number, None) is proposal


def proposals() -> Proposals:
    # `setdefault` is atomic: two threads get the same object
    found: Proposals = current_app.extensions.setdefault("proposals", Proposals())
    return found


def store() -> UserDatastore:
    datastore: UserDatastore = current_app.extensions["security"].datastore
    return datastore


def may_decide(number: int | None) -> bool:
    """Return whether a user is an administrator now."""
    user = store().find_user(id=number)
    return user is not None and user.active and user.has_permission(PERMISSION)


def propose(user: Any, role: str) -> int | None:
    """Propose to give a user a role, and return the proposal's number."""
    if role not in current_app.extensions["security"].roles:
        raise ValueError(f"there is no role {role!r}")
    if not may_decide(current_user.id) or user.id == current_user.id:
        return None
    return proposals().add(Proposal(user.id, role, current_user.id, time.time()))


def agree(number: int) -> bool:
    """Give the role that another administrator proposed; return whether it's given."""
    proposal = proposals().open.get(number)
    if proposal is None or not is_good(proposal):
        return False
    if not proposals().take(number, proposal):
        return False
    return add_role_to_user(store().find_user(id=proposal.user), proposal.role)


def is_good(proposal: Proposal) -> bool:
    """Return whether the current user's agreement counts."""
    deciders = {proposal.by, current_user.id}
    return (
        time.time() - proposal.at < GOOD_FOR
        and len(deciders - {proposal.user}) == 2
        and all(map(may_decide, deciders))
    )
