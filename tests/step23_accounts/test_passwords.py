"""Passwords and their hashes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from types import SimpleNamespace

import bcrypt
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from step23_accounts import App
from step23_accounts.security import (
    MemoryUserDatastore,
    Security,
    hash_password,
    verify_and_update_password,
    verify_password,
)
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.security import generate_password_hash

PASSWORD = "a bell in the morning fog"
# so that tests are quick
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}
PEPPER, NEW_PEPPER = "p" * 40, "q" * 40
OLD = {
    "bcrypt": lambda password: bcrypt.hashpw(
        password.encode()[:72], bcrypt.gensalt(4)
    ).decode(),
    "php": lambda password: "$2y$" + OLD["bcrypt"](password)[4:],
    "scrypt": lambda password: generate_password_hash(password, "scrypt:1024:8:1"),
    "pbkdf2": lambda password: generate_password_hash(password, "pbkdf2:sha256:9"),
}


def make_app(**settings):
    app = App("wren")
    app.testing = True
    app.config.update({"SECURITY_PASSWORD_HASH_OPTIONS": CHEAP, **settings})
    Security(app, MemoryUserDatastore(app))
    return app


@pytest.fixture
def app():
    """Return an app, in its context."""
    app = make_app()
    with app.app_context():
        yield app


@pytest.fixture
def hashed(monkeypatch):
    """Return a list that gets an entry for each time that Argon2 works."""
    calls = []
    for name in ("hash", "verify"):
        real = getattr(PasswordHasher, name)

        def counted(self, *arguments, real=real, name=name, **options):
            with suppress(VerifyMismatchError):
                done = real(self, *arguments, **options)
                calls.append(name)
                return done
            # the others are raised before it begins to work
            calls.append(name)
            raise VerifyMismatchError

        monkeypatch.setattr(PasswordHasher, name, counted)
    return calls


def keep(app, password):
    """Return a user who is kept with a hash."""
    with app.app_context():
        users = app.extensions["security"].datastore
        user = users.create_user(email="ada@wren.example", password=password)
        users.commit()
    return user


def kept(app, user):
    """Return the hash that is kept."""
    with app.app_context():
        users = app.extensions["security"].datastore
        return users.find_user(id=user.id).password


def hash_in(app, password):
    with app.app_context():
        return hash_password(password)


def log_in(app, password, user):
    with app.app_context():
        return verify_and_update_password(password, user)


def test_password_that_was_hashed_is_right(app):
    stored = hash_password(PASSWORD)

    assert verify_password(PASSWORD, stored)
    assert not verify_password("another bell in the fog", stored)
    assert not verify_password("", stored)


@pytest.mark.asvs("11.4.1", "11.4.2")
def test_hash_is_by_argon2id_with_what_owasp_asks_for_at_least():
    app = App("wren")
    Security(app, MemoryUserDatastore(app))

    parameters = extract_parameters(hash_in(app, PASSWORD))

    assert parameters.type.name == "ID"
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost >= 2
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


def test_settings_say_how_it_is_hashed():
    options = {"memory_cost": 16, "time_cost": 3, "parallelism": 1}
    app = make_app(SECURITY_PASSWORD_HASH_OPTIONS=options)

    parameters = extract_parameters(hash_in(app, PASSWORD))

    assert (parameters.memory_cost, parameters.time_cost) == (16, 3)


@pytest.mark.parametrize(
    "settings",
    [
        {"SECURITY_PASSWORD_HASH_OPTIONS": {"rounds": 12}},
        {"SECURITY_PASSWORD_HASH_OPTIONS": {"time_cost": "2"}},
        {"SECURITY_PASSWORD_PEPPERS": {"a": "short"}},
        {"SECURITY_PASSWORD_PEPPERS": {"a$b": PEPPER}},
        {"SECURITY_PASSWORD_PEPPERS": {"": PEPPER}},
        {"SECURITY_PASSWORD_HASH_PARALLEL": 0},
        {"SECURITY_PASSWORD_CONTEXT": "wren"},
    ],
)
def test_app_does_not_start_with_settings_that_cannot_be(settings):
    with pytest.raises((TypeError, ValueError)):
        make_app(**settings)


def test_same_password_has_another_hash_each_time(app):
    assert hash_password(PASSWORD) != hash_password(PASSWORD)


# --- all of it, as it was typed


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize(
    ("password", "other"),
    [
        (PASSWORD, PASSWORD.upper()),
        (PASSWORD, f"{PASSWORD} "),
        (f" {PASSWORD}", PASSWORD),
        (f"{PASSWORD}\t", PASSWORD),
        (f"{PASSWORD}\0one", f"{PASSWORD}\0two"),
        (PASSWORD, PASSWORD.replace(" ", "\N{NO-BREAK SPACE}")),
        ("x" * 1023 + "a", "x" * 1023 + "b"),
        ("ü" * 1024, "ü" * 1023),
        ("\N{BELL}" * 20, "\N{BELL}" * 19 + "\N{VIOLIN}"),
    ],
)
def test_each_character_counts(app, password, other):
    stored = hash_password(password)

    assert verify_password(password, stored)
    assert not verify_password(other, stored)


def test_same_letters_are_the_same_password_on_any_keyboard(app):
    stored = hash_password(
        "ein Lied f\N{LATIN SMALL LETTER U WITH DIAERESIS}r Zo\u00eb"
    )

    assert verify_password("ein Lied fu\u0308r Zoe\u0308", stored)


def test_longer_than_allowed_costs_nothing(app, hashed):
    stored = hash_password("x" * 1024)
    hashed.clear()

    with pytest.raises(ValueError, match="1024"):
        hash_password("x" * 1025)
    assert not verify_password("x" * 1025, stored)
    assert not verify_password("e\u0301" * 1_000_000, stored)
    assert hashed == []


def test_half_a_character_is_no_error(app):
    stored = hash_password(f"{PASSWORD}\ud800")

    assert verify_password(f"{PASSWORD}\ud800", stored)
    assert not verify_password(f"{PASSWORD}\ud801", stored)
    assert not verify_password("\ud800", OLD["scrypt"](PASSWORD))


# --- who has a password, nobody finds out by the clock


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "*",
        "$",
        "nonsense",
        "ünsinn",
        PASSWORD,
        "$argon2id$",
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdA",
        "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        "gone$argon2id$v=19$m=8,t=1,p=1$c2FsdA$AAAA",
        "$2b$nonsense",
        "scrypt:nonsense$a$b",
        "pbkdf2:nonsense",
    ],
)
def test_hash_that_is_none_takes_as_long_and_is_never_right(app, hashed, stored):
    assert not verify_password(PASSWORD, stored)

    assert len(hashed) == 1


@pytest.mark.parametrize("scheme", ["argon2", *OLD])
def test_wrong_password_costs_one_argon2_whatever_is_kept(app, hashed, scheme):
    stored = hash_password(PASSWORD) if scheme == "argon2" else OLD[scheme](PASSWORD)
    user = keep(app, stored)
    hashed.clear()

    assert not verify_and_update_password("the wrong bell in the fog", user)

    assert len(hashed) == 1


def test_unknown_user_costs_one_argon2(app, hashed):
    assert not verify_and_update_password(PASSWORD, None)

    assert len(hashed) == 1


def test_user_without_a_password_costs_one_argon2(app, hashed):
    user = keep(app, None)

    assert not verify_and_update_password("", user)

    assert len(hashed) == 1


def test_user_who_may_not_log_in_costs_one_argon2(app, hashed):
    user = keep(app, hash_password(PASSWORD))
    user.active = False
    hashed.clear()

    verify_and_update_password(PASSWORD, user)

    assert hashed == ["verify"]


# --- old hashes, and new settings


@pytest.mark.parametrize("scheme", OLD)
def test_hash_from_elsewhere_is_verified_and_replaced(app, scheme):
    user = keep(app, OLD[scheme](PASSWORD))

    assert verify_and_update_password(PASSWORD, user)

    assert "$argon2id$" in kept(app, user)
    assert verify_password(PASSWORD, kept(app, user))


@pytest.mark.parametrize("scheme", OLD)
def test_wrong_password_replaces_nothing(app, scheme):
    user = keep(app, OLD[scheme](PASSWORD))

    assert not verify_and_update_password("the wrong bell in the fog", user)

    assert kept(app, user) == user.password


def test_what_bcrypt_has_never_seen_counts_from_now_on(app):
    long = "a bell in the fog, " * 5
    user = keep(app, OLD["bcrypt"](long))

    assert verify_and_update_password(long, user)

    assert not verify_password(long[:72], kept(app, user))


def test_hash_of_today_stays(app):
    user = keep(app, hash_password(PASSWORD))

    assert verify_and_update_password(PASSWORD, user)

    assert kept(app, user) == user.password


@pytest.mark.parametrize(
    "settings",
    [
        {"SECURITY_PASSWORD_HASH_OPTIONS": {**CHEAP, "memory_cost": 16}},
        {"SECURITY_PASSWORD_HASH_OPTIONS": {**CHEAP, "time_cost": 2}},
        {"SECURITY_PASSWORD_PEPPERS": {"a": PEPPER}},
    ],
)
def test_hash_by_older_settings_is_replaced(settings):
    stored = hash_in(make_app(), PASSWORD)
    app = make_app(**settings)
    user = keep(app, stored)

    assert log_in(app, PASSWORD, user)
    new = kept(app, user)
    assert log_in(app, PASSWORD, SimpleNamespace(id=user.id, password=new))

    assert new != stored
    assert kept(app, user) == new


def test_scheme_may_be_added(app):
    schemes = app.extensions["security"].passwords.old_schemes
    schemes["reversed:"] = lambda stored, password: stored[9:] == password[::-1]
    user = keep(app, f"reversed:{PASSWORD[::-1]}")

    assert not verify_and_update_password("the wrong bell in the fog", user)
    assert verify_and_update_password(PASSWORD, user)
    assert "$argon2id$" in kept(app, user)


def test_password_that_was_changed_meanwhile_is_not_changed_back(app, monkeypatch):
    user = keep(app, OLD["scrypt"](PASSWORD))
    users, real = app.extensions["security"].datastore, PasswordHasher.hash
    changed = real(PasswordHasher(**CHEAP), "the new password")

    def hash_slowly(self, *arguments, **options):
        users.change(users.user_model, {"id": user.id}, password=changed)
        return real(self, *arguments, **options)

    monkeypatch.setattr(PasswordHasher, "hash", hash_slowly)
    verify_and_update_password(PASSWORD, user)

    assert kept(app, user) == changed


# --- a pepper


def test_hash_is_of_no_use_without_the_pepper():
    stored = hash_in(make_app(SECURITY_PASSWORD_PEPPERS={"a": PEPPER}), PASSWORD)
    bare = stored[stored.index("$") :]

    for other in ({}, {"a": NEW_PEPPER}, {"b": PEPPER}):
        app = make_app(SECURITY_PASSWORD_PEPPERS=other)
        with app.app_context():
            assert not verify_password(PASSWORD, stored)
            assert not verify_password(PASSWORD, bare)


def test_peppers_are_replaced_as_users_log_in():
    old, new = {"a": PEPPER}, {"b": NEW_PEPPER}
    stored = hash_in(make_app(SECURITY_PASSWORD_PEPPERS=old), PASSWORD)
    between = make_app(SECURITY_PASSWORD_PEPPERS={**new, **old})
    user = keep(between, stored)

    assert log_in(between, PASSWORD, user)

    after = make_app(SECURITY_PASSWORD_PEPPERS=new)
    with after.app_context():
        assert verify_password(PASSWORD, kept(between, user))
        assert not verify_password(PASSWORD, stored)


def test_pepper_that_is_gone_is_logged_without_the_hash(caplog):
    stored = hash_in(make_app(SECURITY_PASSWORD_PEPPERS={"a": PEPPER}), PASSWORD)
    app = make_app()

    assert not log_in(app, PASSWORD, keep(app, stored))

    assert "pepper" in caplog.text
    assert stored[-20:] not in caplog.text
    assert PASSWORD not in caplog.text


# --- while it works


def test_others_need_not_wait_for_it(app, monkeypatch):
    users, real = app.extensions["security"].datastore, PasswordHasher.verify
    user = keep(app, hash_password(PASSWORD))

    def change():
        with app.app_context():
            return users.change(users.user_model, {"id": user.id}, active=False)

    def verify_slowly(self, *arguments):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(change).result(120) == 1
        return real(self, *arguments)

    monkeypatch.setattr(PasswordHasher, "verify", verify_slowly)

    assert verify_and_update_password(PASSWORD, users.find_user(id=user.id))


def test_only_so_many_are_hashed_at_a_time(monkeypatch):
    settings = {"SECURITY_PASSWORD_HASH_PARALLEL": 2, "SECURITY_PASSWORD_HASH_WAIT": 0}
    app, real = make_app(**settings), PasswordHasher.hash
    began, end = [Event(), Event()], Event()
    unused = iter(began)

    def hash_slowly(self, *arguments):
        next(unused).set()
        assert end.wait(120)
        return real(self, *arguments)

    monkeypatch.setattr(PasswordHasher, "hash", hash_slowly)
    with ThreadPoolExecutor(2) as pool:
        hashes = [pool.submit(hash_in, app, PASSWORD) for _ in began]
        try:
            assert all(event.wait(120) for event in began)
            with pytest.raises(ServiceUnavailable) as refused:
                hash_in(app, PASSWORD)
            with pytest.raises(ServiceUnavailable):
                log_in(app, PASSWORD, None)
        finally:
            end.set()
        assert all(done.result() for done in hashes)

    assert dict(refused.value.get_headers())["Retry-After"]
    monkeypatch.setattr(PasswordHasher, "hash", real)
    assert hash_in(app, PASSWORD)


def test_place_is_free_again_after_an_error(monkeypatch):
    settings = {"SECURITY_PASSWORD_HASH_PARALLEL": 1, "SECURITY_PASSWORD_HASH_WAIT": 0}
    app, real = make_app(**settings), PasswordHasher.hash
    monkeypatch.setattr(PasswordHasher, "hash", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        hash_in(app, PASSWORD)
    monkeypatch.setattr(PasswordHasher, "hash", real)

    assert hash_in(app, PASSWORD)
