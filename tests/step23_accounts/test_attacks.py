"""The dangers of step 23: what a thief reads, and what a visitor finds out."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from step23_accounts import App, jsonify, request
from step23_accounts.security import (
    MemoryUserDatastore,
    Security,
    verify_and_update_password,
)

from costrel.testing.threads import meet

SECRET = "7 bells in the morning fog"
ADA = {"email": "ada@wren.example", "password": SECRET}
BOB = {"email": "bob@wren.example", "password": SECRET}
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}
# a thief has lists of millions of passwords, and Ada's is among them
GUESSES = ["passwordpassword", "123456789012345", SECRET]
QUICK = [hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512]


@pytest.fixture
def app():
    app = App("wren")
    app.testing = True
    app.secret_key = "not a secret"
    app.config["SECURITY_REGISTERABLE"] = True
    app.config["SECURITY_PASSWORD_HASH_OPTIONS"] = CHEAP
    app.config["WTF_CSRF_ENABLED"] = False
    users = app.extensions["users"] = MemoryUserDatastore(app)
    Security(app, users)

    @app.post("/enter")
    def enter():
        user = users.find_user(email=request.form["email"])
        right = verify_and_update_password(request.form["password"], user)
        return "welcome" if right else "no"

    @app.get("/users.json")
    def listed():
        return jsonify(users.find(users.user_model))

    return app


@pytest.fixture
def eve(app):
    return app.test_client()


@pytest.fixture
def hashed(monkeypatch):
    """Return a list that gets an entry for each hash that's made of a password."""
    calls = []

    def count(owner, name):
        real = getattr(owner, name)

        def counted(*arguments, **options):
            with suppress(VerifyMismatchError):
                done = real(*arguments, **options)
                calls.append(name)
                return done
            # the others are raised before it begins to work
            calls.append(name)
            raise VerifyMismatchError

        monkeypatch.setattr(owner, name, counted)

    count(PasswordHasher, "hash")
    count(PasswordHasher, "verify")
    count(hashlib, "sha256")
    return calls


def steal(app):
    """Return what is kept of all passwords."""
    with app.app_context():
        users = app.extensions["users"]
        return [user.password for user in users.find(users.user_model)]


def digests(guess):
    """Return what is quickly made of a password, 10^10 times a second."""
    data = guess.encode()
    return {guess, *(quick(data).hexdigest() for quick in QUICK)}


@pytest.mark.asvs("11.4.2")
@pytest.mark.attack
def test_stolen_database_does_not_say_the_passwords(app, eve):
    eve.post("/register", data=ADA)

    (stolen,) = steal(app)
    found = [guess for guess in GUESSES if stolen in digests(guess)]

    assert not found, f"the attack worked: Ada's password is {found[0]!r}"


def test_stolen_hash_is_no_password(app, eve):
    eve.post("/register", data=ADA)

    (stolen,) = steal(app)
    answer = eve.post("/enter", data={**ADA, "password": stolen}).text

    assert answer == "no"


@pytest.mark.attack
def test_one_guess_is_tried_on_one_user_only(app, eve):
    eve.post("/register", data=ADA)
    eve.post("/register", data=BOB)

    one, other = steal(app)

    assert one != other, "the attack worked: whoever has one password has both"


@pytest.mark.attack
def test_users_as_json_have_no_hash(app, eve):
    app.testing = False
    eve.post("/register", data=ADA)

    page = eve.get("/users.json").text

    assert steal(app)[0] not in page, f"the attack worked: {page}"


# --- who has an account?


@pytest.mark.attack
def test_registration_does_not_say_who_has_an_account(app, eve):
    answers = []
    for address in ("ada@wren.example", "bob@wren.example", "ada@wren.example"):
        answer = eve.post("/register", data={**ADA, "email": address})
        answers.append((answer.status, answer.text.replace(address, "")))

    assert answers[2] == answers[1], f"the attack worked: {answers[2]}"


@pytest.mark.attack
@pytest.mark.parametrize("path", ["/enter", "/register"])
def test_clock_does_not_say_who_has_an_account(app, eve, hashed, path):
    eve.post("/register", data=ADA)
    counts = []
    for data in (ADA, BOB):
        hashed.clear()
        eve.post(path, data={**data, "password": "7 guesses that eve has made"})
        counts.append(len(hashed))

    known, unknown = counts
    assert known == unknown, f"the attack worked: {known} hashes, and {unknown}"


# --- what gets in


@pytest.mark.asvs("6.2.4")
@pytest.mark.attack
@pytest.mark.parametrize(
    "password",
    ["Password1", "Passw0rd", "passwordpassword1", "12345678", "ada@wren.example1"],
)
def test_password_that_eve_tries_first_is_not_accepted(app, eve, password):
    eve.post("/register", data={**ADA, "password": password})

    answer = eve.post("/enter", data={**ADA, "password": password}).text

    assert answer == "no", f"the attack worked: Ada's password is {password!r}"


@pytest.mark.attack
def test_race_makes_no_two_users(app, monkeypatch):
    barrier = Barrier(2)

    def slowly(real):
        def hash_together(*arguments, **options):
            # both have begun, and neither is done
            meet(barrier)
            return real(*arguments, **options)

        return hash_together

    monkeypatch.setattr(hashlib, "sha256", slowly(hashlib.sha256))
    monkeypatch.setattr(PasswordHasher, "hash", slowly(PasswordHasher.hash))
    with ThreadPoolExecutor(2) as pool:
        eves = [app.test_client(), app.test_client()]
        [*pool.map(lambda eve: eve.post("/register", data=ADA), eves)]

    made = len(steal(app))
    assert made == 1, f"the attack worked: the address has {made} accounts"


@pytest.mark.attack
def test_address_in_capitals_is_no_second_account(app, eve):
    eve.post("/register", data=ADA)
    eve.post("/register", data={**ADA, "email": "Ada@WREN.example"})

    made = len(steal(app))
    assert made == 1, f"the attack worked: the address has {made} accounts"
