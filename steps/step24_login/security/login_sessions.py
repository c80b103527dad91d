"""Logins: each is a row on the server, where it can be seen, and ended.

The browser keeps a random token in its session, and the row only the token's hash: with
what is read there, nobody gets in. Who is logged in is found out in `login`.
"""

import time
from datetime import timedelta
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any

from .. import current_app, session
from .audit import sender
from .datastore import LoginMixin, UserDatastore

# the name of the token in the session
TOKEN = "_login"
# seconds in which it's noted once that a login is used
TOUCH = 60


def now() -> int:
    """Return the time in seconds since 1970."""
    return int(time.time())


def setting(name: str) -> int:
    """Return a span of time in the app's configuration, in seconds."""
    span: timedelta = current_app.config[name]
    return int(span.total_seconds())


def hash_of(token: str) -> str:
    """Return the hash that a row has of a token.

    A fast hash will do: nobody guesses 256 random bits.
    """
    return sha256(token.encode()).hexdigest()


def state() -> Any:
    """Return what the extension keeps for the app."""
    return current_app.extensions["security"]


def store() -> UserDatastore:
    """Return the app's datastore."""
    datastore: UserDatastore = state().datastore
    return datastore


def find_logins(**equal: Any) -> list[LoginMixin]:
    """Return the logins that have these values."""
    return store().find(store().login_model, **equal)


def delete_logins(**equal: Any) -> int:
    """Delete the logins that have these values, and return how many there were."""
    return store().delete(store().login_model, **equal)


def change_login(login: LoginMixin, **values: Any) -> bool:
    """Change a login that hasn't changed its token since it was found.

    Return whether it was there.
    """
    where = {"id": login.id, "token": login.token}
    changed = store().change(store().login_model, where, **values)
    for name, value in values.items():
        setattr(login, name, value)
    return changed > 0


def empty_session() -> None:
    """Empty the browser's session, but keep what the app says is harmless.

    Someone may have planted it, and know the secret of its CSRF tokens.
    """
    names = current_app.config["SECURITY_SESSION_KEEPS"]
    kept = {name: session[name] for name in names if name in session}
    session.clear()
    session.update(kept)


def begin_login(user: str, **values: Any) -> LoginMixin:
    """Keep a new login, and begin a session with it.

    `user` is a `fs_uniquifier`; the other values are more of the login's own.
    """
    token, at = token_urlsafe(), now()
    values = {
        "expires": at + setting("SECURITY_SESSION_LIFETIME"),
        **dict.fromkeys(("began", "renewed", "seen", "confirmed"), at),
        **sender(),
        **values,
    }
    login: LoginMixin = store().login_model(user=user, token=hash_of(token), **values)
    store().put(login)
    store().commit()
    empty_session()
    session[TOKEN] = token
    return login


def find_login() -> LoginMixin | None:
    """Return the login of the browser's session, if it's still open."""
    token = session.get(TOKEN)
    logins = find_logins(token=hash_of(token)) if isinstance(token, str) else []
    return next(filter(is_open, logins), None)


def is_own(login: LoginMixin) -> bool:
    """Return whether the browser's session is a login's, even if it has run out."""
    token = session.get(TOKEN)
    return isinstance(token, str) and hash_of(token) == login.token


def is_open(login: LoginMixin) -> bool:
    """Return whether the session of a login is still open."""
    idle, age = now() - login.seen, now() - login.renewed
    return bool(
        idle < setting("SECURITY_SESSION_IDLE")
        and age < setting("SECURITY_SESSION_LIFETIME")
        and now() < login.expires
    )


def is_remembered(login: LoginMixin) -> bool:
    """Return whether the browser of a login can begin another session."""
    return login.remember is not None and bool(now() < login.expires)


def touch(login: LoginMixin) -> None:
    """Note that a login is used; that costs a write at most once a minute."""
    often = min(TOUCH, setting("SECURITY_SESSION_IDLE") // 2)
    if now() - login.seen >= often:
        change_login(login, seen=now())


def user_of(login: LoginMixin) -> Any | None:
    """Return the user of a login, or None if the account is closed or has changed."""
    return store().find_user(fs_uniquifier=login.user, active=True)


def logins_of(user: Any) -> list[LoginMixin]:
    """Return the logins of a user that aren't over; the last one used comes first."""
    logins = find_logins(user=user.fs_uniquifier)
    current = [each for each in logins if is_open(each) or is_remembered(each)]
    return sorted(current, key=lambda login: login.seen, reverse=True)


def end_login(user: Any, number: int) -> bool:
    """End the login of a user that has this id; return whether there was one."""
    return delete_logins(user=user.fs_uniquifier, id=number) > 0


def end_logins(user: Any) -> int:
    """End all logins of a user, and return how many there were.

    So do those that are just beginning: they are the old uniquifier's.
    """
    ended, uniquifier = user.fs_uniquifier, token_hex()
    where = {"id": user.id}
    store().change(store().user_model, where, fs_uniquifier=uniquifier)
    user.fs_uniquifier = uniquifier
    return delete_logins(user=ended)
