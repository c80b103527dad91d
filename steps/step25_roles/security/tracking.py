"""When users logged in, from where, how often, and how often somebody failed to.

Users are shown it, so that they notice who else has logged in. It's about people, so
it is forgotten after a while.
"""

from contextlib import suppress
from typing import Any

from .audit import sender
from .datastore import DuplicateUserError, TrackMixin
from .login_sessions import now, setting, store

# the id that stands for all those who aren't users
NOBODY = ""


def tracking_of(user: Any) -> TrackMixin:
    """Return what is known about a user's logins."""
    return find_track(str(user.id)) or new_track(str(user.id))


def new_track(user_id: str) -> TrackMixin:
    """Return a track with nothing in it yet."""
    counts = dict.fromkeys(("login_count", "failed", "failed_before"), 0)
    track: TrackMixin = store().track_model(user=user_id, since=now(), **counts)
    return track


def find_track(user_id: str) -> TrackMixin | None:
    """Return the track of a user, if there is one."""
    found: list[TrackMixin] = store().find(store().track_model, user=user_id)
    return next(iter(found), None)


def track_login(user: Any) -> None:
    """Note that a user has logged in."""
    track, at = track_for(str(user.id)), now()
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
    store().change(store().track_model, {"id": track.id}, **values)


def track_failure(user: Any | None) -> None:
    """Count a login that has failed: for nobody, that takes as long as for a user."""
    user_id = NOBODY if user is None else str(user.id)
    counted = 0
    # again, if another one failed at the same moment
    while not counted:
        failed = track_for(user_id).failed
        where = {"user": user_id, "failed": failed}
        counted = store().change(store().track_model, where, failed=failed + 1)


def track_for(user_id: str) -> TrackMixin:
    """Return the track of a user, kept from now on if there was none."""
    found = find_track(user_id)
    if found is not None:
        return found
    # what the app has put is its own: an error in that is no other request's
    store().commit()
    store().put(new_track(user_id))
    # if it's there already, another request was faster
    with suppress(DuplicateUserError):
        store().commit()
    return track_for(user_id)


def forget_logins() -> None:
    """Delete logins that are over, and tracks of users who haven't been here lately."""
    store().delete(store().login_model, {"expires": now()})
    kept_since = now() - setting("SECURITY_TRACKING_RETENTION")
    store().delete(store().track_model, {"since": kept_since})
