"""When users logged in, from where, how often, and how often somebody failed to.

Users are shown it, so that they notice who else has logged in. It's about people, so
it is forgotten after a while.
"""

from contextlib import suppress
from typing import Any

from .audit import sender
from .datastore import DuplicateUserError, TrackMixin
from .login_sessions import now, setting, store

# the user for all those who aren't users
NOBODY = 0


def tracking_of(user: Any) -> TrackMixin:
    """Return what is known about a user's logins."""
    return find_track(user.id) or new_track(user.id)


def new_track(number: int) -> TrackMixin:
    """Return a track with nothing in it yet."""
    counts = dict.fromkeys(("login_count", "failed", "failed_before"), 0)
    track: TrackMixin = store().track_model(user=number, since=now(), **counts)
    return track


def find_track(number: int) -> TrackMixin | None:
    """Return the track with a user's id, if there is one."""
    found: list[TrackMixin] = store().find(store().track_model, user=number)
    return next(iter(found), None)


def track_login(user: Any) -> None:
    """Note that a user has logged in, and forget what is too old."""
    track, at = track_for(user.id), now()
    values = {
        "last_login_at": track.current_login_at,
        "last_login_ip": track.current_login_ip,
        "current_login_at": at,
        "current_login_ip": sender()["address"],
        "login_count": track.login_count + 1,
        "failed_before": track.failed,
        "failed": 0,
        "since": at,
    }
    store().change(store().track_model, {"user": user.id}, **values)


def track_failure(user: Any | None) -> None:
    """Count a login that has failed: for nobody, that takes as long as for a user."""
    number = NOBODY if user is None else user.id
    counted = 0
    # again, if another one failed at the same moment
    while not counted:
        failed = track_for(number).failed
        where = {"user": number, "failed": failed}
        counted = store().change(store().track_model, where, failed=failed + 1)


def track_for(number: int) -> TrackMixin:
    """Return the track with a user's id, kept from now on if there was none."""
    found = find_track(number)
    if found is not None:
        return found
    # what the app has put is its own: an error in that is no other request's
    store().commit()
    store().put(new_track(number))
    # if it's there already, another request was faster
    with suppress(DuplicateUserError):
        store().commit()
    return track_for(number)


def forget_logins() -> None:
    """Delete logins that are over, and tracks of users who haven't been here lately."""
    store().delete(store().login_model, {"expires": now()})
    kept_since = now() - setting("SECURITY_TRACKING_RETENTION")
    store().delete(store().track_model, {"since": kept_since})
