"""Impersonation: support sees what a user sees, and the log says who looked."""

from typing import Any

from blinker import Namespace
from step25_roles import App, abort, current_app, session
from step25_roles.security import (
    UserDatastore,
    current_login,
    current_user,
    login_user,
    logout_user,
    report,
)

signals = Namespace()
# (user, by)
user_impersonated = signals.signal("user-impersonated")
impersonation_ended = signals.signal("impersonation-ended")

PERMISSION = "impersonate"
# the session's key for the number of the user behind it
BEHIND = "impersonator"


def init_app(app: App) -> None:
    """Check on each request that an impersonation may go on."""
    app.before_request(check)


def check() -> None:
    # a session without a login is nobody's
    if BEHIND in session and current_user.is_authenticated:
        impersonator()


def store() -> UserDatastore:
    datastore: UserDatastore = current_app.extensions["security"].datastore
    return datastore


def impersonate(user: Any) -> None:
    """Log the current user in as another, without the password, and not freshly.

    Raises `Forbidden` unless the user may, and may do all that the other may.
    """
    actor = store().find_user(id=current_user.id)
    if BEHIND in session or not may_become(actor, user):
        abort(403, "You can't become this user.")
    if not login_user(user):
        abort(403, "This account is closed.")
    session[BEHIND] = actor.id
    login = current_login()
    store().change(store().login_model, {"id": login.id}, confirmed=0)
    login.confirmed = 0
    report(user_impersonated, user, by=str(actor.id))


def may_become(actor: Any, user: Any) -> bool:
    """Return whether a user may impersonate, and gains nothing by it."""
    if actor is None or not actor.active or not actor.has_permission(PERMISSION):
        return False
    return all(map(actor.has_permission, permissions_of(user)))


def permissions_of(user: Any) -> set[str]:
    roles = current_app.extensions["security"].roles
    return {
        each for name in user.roles if name in roles for each in roles[name].permissions
    }


def impersonator() -> Any | None:
    """Return the user who is behind the current one, or None.

    Logs out anyone who may not impersonate anymore.
    """
    number = session.get(BEHIND)
    if number is None:
        return None
    actor = store().find_user(id=number)
    if may_become(actor, current_user):
        return actor
    stop()
    return None


def stop() -> None:
    """End an impersonation, and log out."""
    if BEHIND in session:
        by = str(session[BEHIND])
        user = store().find_user(id=current_user.id)
        logout_user()
        report(impersonation_ended, user, by=by)
