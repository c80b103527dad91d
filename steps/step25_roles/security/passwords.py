"""Hashes: what's kept instead of passwords, and how a password is checked against it.

Which passwords are good enough is in `rules`.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore
from typing import Any
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError, VerifyMismatchError
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.security import check_password_hash

from .. import current_app

# in characters: what costs an attacker nothing to send must not cost us much
LONGEST = 1024
# characters of a pepper: 32 random bytes in Base64 have more
SHORTEST_PEPPER = 32


def verify_bcrypt(stored: str, password: str) -> bool:
    """Return whether a hash by bcrypt, which sees only 72 bytes, is a password's."""
    # only those who bring such hashes along need it
    import bcrypt

    return bcrypt.checkpw(password.encode()[:72], stored.encode())


# how the hashes of a scheme begin -> what checks a password against one, and may raise
# `ValueError`. Such hashes come from elsewhere, and are replaced at their users' login
OLD_SCHEMES: Mapping[str, Callable[[str, str], bool]] = {
    "$2a$": verify_bcrypt,
    "$2b$": verify_bcrypt,
    "$2y$": verify_bcrypt,
    "scrypt:": check_password_hash,
    "pbkdf2:": check_password_hash,
}


class PasswordHashing:
    """Hashes passwords with Argon2id (RFC 9106), by the settings of an app.

    A hash is kept as `pepper$argon2id$parameters$salt$hash`. It begins with the name of
    the pepper, or with the dollar sign if there is none.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Raise `TypeError` or `ValueError` for invalid settings."""
        self.argon2 = PasswordHasher(**config["SECURITY_PASSWORD_HASH_OPTIONS"])
        # name -> secret
        self.peppers = dict(config["SECURITY_PASSWORD_PEPPERS"])
        check_peppers(self.peppers)
        # the name of the newest, which new hashes use
        self.pepper = next(iter(self.peppers), "")
        parallel = config["SECURITY_PASSWORD_HASH_PARALLEL"]
        check_parallel(parallel)
        # hashing takes memory, so only so many are hashed at a time
        self.places = BoundedSemaphore(parallel)
        # seconds
        self.wait = config["SECURITY_PASSWORD_HASH_WAIT"]
        self.old_schemes = dict(OLD_SCHEMES)

    def hash(self, password: str) -> str:
        """Return the hash to keep. Raises `ValueError` if the password is too long."""
        if len(password) > LONGEST:
            raise ValueError(f"A password has up to {LONGEST} characters.")
        with self.place():
            return self.pepper + self.argon2.hash(self.encode(password, self.pepper))

    def verify(self, password: str, stored: str | None) -> bool:
        """Return whether it's the password that was hashed.

        Without a hash, or with one that can't be read, it takes as long. Otherwise the
        time would show who has a password.
        """
        if len(password) > LONGEST:
            return False
        pepper, _, rest = (stored or "").partition("$")
        with self.place():
            try:
                return self.argon2.verify(f"${rest}", self.encode(password, pepper))
            except VerifyMismatchError:
                return False
            # another scheme, nonsense, or a pepper that's gone
            except (VerificationError, ValueError, KeyError):
                self.argon2.hash(b"")
                return self.verify_old(password, stored)

    def verify_old(self, password: str, stored: str | None) -> bool:
        """Return whether a hash by an old scheme is a password's."""
        if stored is None:
            return False
        for start, verify in self.old_schemes.items():
            if stored.startswith(start):
                with suppress(ValueError):
                    return verify(stored, password)
        current_app.logger.error(
            "a user can't log in: no scheme and no pepper fit the hash that's kept"
        )
        return False

    def needs_update(self, stored: str) -> bool:
        """Return whether `hash` would use another scheme, pepper or parameters now."""
        pepper, _, rest = stored.partition("$")
        if pepper != self.pepper or not rest.startswith("argon2"):
            return True
        return self.argon2.check_needs_rehash(f"${rest}")

    def encode(self, password: str, pepper: str) -> bytes:
        """Return the bytes to hash; with a pepper, nobody can guess them without it.

        The same letters can be typed as different characters: NFC makes them the same
        (SP 800-63B-4, section 3.1.1.2). Raises `KeyError` for an unknown pepper.
        """
        data = normalize("NFC", password).encode(errors="surrogatepass")
        if not pepper:
            return data
        return hmac.digest(self.peppers[pepper].encode(), data, "sha256")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait for a free place to hash in, or raise `ServiceUnavailable`."""
        if not self.places.acquire(timeout=self.wait):
            raise ServiceUnavailable("Too many visitors at once.", retry_after=10)
        try:
            yield
        finally:
            self.places.release()


def check_peppers(peppers: Mapping[str, str]) -> None:
    """Raise `ValueError` for a pepper that's easy to guess, or misnamed."""
    for name, secret in peppers.items():
        if not name.isalnum() or not name.isascii():
            raise ValueError(f"a pepper is named {name!r}: use letters and digits only")
        if len(secret) < SHORTEST_PEPPER:
            raise ValueError(
                f"the pepper {name!r} is too short: take secrets.token_urlsafe(),"
                " and keep it out of the database"
            )


def check_parallel(number: int) -> None:
    """Raise `ValueError` if nothing could be hashed."""
    if number < 1:
        raise ValueError(
            f"SECURITY_PASSWORD_HASH_PARALLEL is {number!r}: make it 1 or more"
        )


def hash_password(password: str) -> str:
    """Return the hash of a password, by the current app's settings."""
    hashed: str = current_app.extensions["security"].passwords.hash(password)
    return hashed


def verify_password(password: str, stored: str | None) -> bool:
    """Return whether a password is the one that the current app hashed."""
    right: bool = current_app.extensions["security"].passwords.verify(password, stored)
    return right


def verify_and_update_password(password: str, user: Any | None) -> bool:
    """Return whether a password is a user's; with None, take as long and return False.

    A hash by an old scheme, with other parameters or an older pepper is replaced,
    unless the password has been changed in the meantime.
    """
    stored = None if user is None else user.password
    if not verify_password(password, stored) or user is None:
        return False
    state = current_app.extensions["security"]
    if state.passwords.needs_update(stored):
        where = {"id": user.id, "password": stored}
        users = state.datastore
        users.change(users.user_model, where, password=hash_password(password))
    return True
