"""Hashes from two other sites: PBKDF2 by Django, and MD5 inside an Argon2."""

from base64 import b64encode
from hashlib import md5, pbkdf2_hmac
from hmac import compare_digest

from argon2.exceptions import VerificationError
from step23_accounts import App, current_app

WRAPPED = "md5:"


def wrap(digest: str) -> str:
    """Return what to keep in place of an MD5: the MD5 as a password."""
    hashed: str = current_app.extensions["security"].passwords.argon2.hash(digest)
    return WRAPPED + hashed


def verify_wrapped(stored: str, password: str) -> bool:
    """Return whether a password has the MD5 that was wrapped."""
    digest = md5(password.encode(), usedforsecurity=False).hexdigest()
    # not `verify` of the app's passwords: it would wait for the place that we have
    argon2 = current_app.extensions["security"].passwords.argon2
    try:
        right: bool = argon2.verify(stored.removeprefix(WRAPPED), digest)
    except VerificationError:
        return False
    return right


def verify_django(stored: str, password: str) -> bool:
    """Return whether a password has a hash by Django's PBKDF2.

    Raises `ValueError` for a row that's damaged.
    """
    _, iterations, salt, hashed = stored.split("$")
    made = pbkdf2_hmac("sha256", password.encode(), salt.encode(), int(iterations))
    return compare_digest(b64encode(made), hashed.encode())


def add_schemes(app: App) -> None:
    """Let users of both sites log in."""
    app.extensions["security"].passwords.old_schemes.update(
        {WRAPPED: verify_wrapped, "pbkdf2_sha256$": verify_django}
    )
