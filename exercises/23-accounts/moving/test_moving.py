"""The exercise `moving`: users from two other sites."""

from base64 import b64encode
from hashlib import md5, pbkdf2_hmac

import pytest
from exercise import add_schemes, wrap
from step23_accounts import App
from step23_accounts.security import (
    MemoryUserDatastore,
    Security,
    verify_and_update_password,
)

PASSWORD = "tic tac 2006"
DIGEST = md5(PASSWORD.encode()).hexdigest()
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}


def by_django(password, salt="pepperpot"):
    made = pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10)
    return f"pbkdf2_sha256$10${salt}${b64encode(made).decode()}"


@pytest.fixture
def app():
    app = App("wren")
    app.config["SECURITY_PASSWORD_HASH_OPTIONS"] = CHEAP
    app.config["SECURITY_PASSWORD_HASH_PARALLEL"] = 1
    app.config["SECURITY_PASSWORD_HASH_WAIT"] = 0
    Security(app, MemoryUserDatastore(app))
    add_schemes(app)
    with app.app_context():
        yield app


@pytest.fixture
def users(app):
    return app.extensions["security"].datastore


def log_in(users, password):
    return verify_and_update_password(password, users.find_user(email="a@wren.example"))


def keep(users, stored):
    users.create_user(email="a@wren.example", password=stored)
    users.commit()


def kept(users):
    return users.find_user(email="a@wren.example").password


@pytest.fixture(params=["django", "md5"])
def stored(request, app):
    return by_django(PASSWORD) if request.param == "django" else wrap(DIGEST)


def test_user_logs_in_with_the_old_password(users, stored):
    keep(users, stored)

    assert not log_in(users, "tic tac 2007")
    assert kept(users) == stored
    assert log_in(users, PASSWORD)


def test_login_replaces_what_is_kept(users, stored):
    keep(users, stored)
    log_in(users, PASSWORD)

    assert kept(users).startswith("$argon2id$")
    assert log_in(users, PASSWORD)
    assert not log_in(users, "tic tac 2007")


def test_wrapped_digest_cannot_be_read(app):
    stored = wrap(DIGEST)

    assert DIGEST not in stored
    assert "argon2id" in stored
    assert wrap(DIGEST) != stored


def test_digest_is_no_password(users):
    keep(users, wrap(DIGEST))

    assert not log_in(users, DIGEST)


@pytest.mark.parametrize(
    "damaged",
    [
        "pbkdf2_sha256$",
        "pbkdf2_sha256$10$salt",
        "pbkdf2_sha256$ten$salt$hash",
        "pbkdf2_sha256$0$salt$hash",
        "pbkdf2_sha256$10$salt$häsh",
        "md5:",
        "md5:nonsense",
        "md5:$argon2id$v=19$m=8,t=1,p=1$c2FsdA",
        f"md5:{DIGEST}",
        DIGEST,
    ],
)
def test_damaged_row_logs_nobody_in(users, damaged):
    keep(users, damaged)

    assert not log_in(users, PASSWORD)
