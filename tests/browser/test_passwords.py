"""Password hashes in a browser: the bytes are those of CPython's libraries."""

import hashlib
from functools import partial

import pytest
from argon2 import PasswordHasher, Type, low_level
from werkzeug.security import check_password_hash, generate_password_hash

LOAD = """async () => {
  const { loadPyodide } = await import("/pyodide/pyodide.mjs");
  globalThis.pyodide = await loadPyodide({ packages: ["werkzeug", "argon2-cffi"] });
  pyodide.runPython("import hashlib; from argon2 import *");
}"""
# every parameter apart from its default, and from each other's value
ARGON2 = {
    "time_cost": 2,
    "memory_cost": 64,
    "parallelism": 1,
    "hash_len": 20,
}
KEYS = [
    ("scrypt", b"hunter2", {"salt": b"salt", "n": 1024, "r": 8, "p": 2}),
    ("scrypt", b"", {"salt": b"\xff", "n": 2, "r": 1, "p": 1, "dklen": 7}),
    ("pbkdf2_hmac", "sha256", b"hunter2", b"salt", 1000),
    ("pbkdf2_hmac", "sha1", b"\x00", b"", 1, 40),
    ("pbkdf2_hmac", "sha512", b"hunter2" * 50, b"salt", 3),
]
REFUSED = [
    ("scrypt", b"hunter2", {"salt": b"salt", "n": 3, "r": 8, "p": 1}),
    ("scrypt", b"hunter2", {"salt": b"salt", "n": 2**15, "r": 8, "p": 1}),
    ("pbkdf2_hmac", "sha256", b"hunter2", b"salt", 0),
    ("pbkdf2_hmac", "bell", b"hunter2", b"salt", 1),
]


@pytest.fixture(scope="module")
def python(in_browser, address, browser):
    """Run Python in a page, as a live step does; give what an expression is."""
    page = browser.new_page()
    page.goto(f"{address}/404.html")
    page.evaluate(LOAD)
    yield partial(page.evaluate, "code => pyodide.runPython(code)")
    page.close()


def expression(call):
    """Write a call of `hashlib` as code that runs here and there."""
    name, *rest = call
    named = rest.pop() if isinstance(rest[-1], dict) else {}
    words = [*map(repr, rest), *(f"{key}={value!r}" for key, value in named.items())]
    return f"hashlib.{name}({', '.join(words)})"


def openssl(call):
    """Make the call here, where OpenSSL answers."""
    return eval(expression(call), {"hashlib": hashlib})


def test_keys_are_those_of_openssl(python):
    for call in KEYS:
        assert python(f"{expression(call)}.hex()") == openssl(call).hex()


def test_what_openssl_refuses_is_refused(python):
    attempt = (
        "try: {}\nexcept ValueError: refused = True\nelse: refused = False\nrefused"
    )
    for call in REFUSED:
        with pytest.raises(ValueError):
            openssl(call)
        assert python(attempt.format(expression(call)))


@pytest.mark.parametrize("method", ["scrypt:1024:8:1", "pbkdf2:sha256:1000"])
def test_passwords_are_good_here_and_there(python, method):
    here = generate_password_hash("hunter2", method)
    there = python(
        "from werkzeug.security import check_password_hash, generate_password_hash\n"
        f"generate_password_hash('hunter2', {method!r})"
    )

    assert check_password_hash(there, "hunter2")
    assert not check_password_hash(there, "hunter3")
    assert python(f"check_password_hash({here!r}, 'hunter2')")
    assert not python(f"check_password_hash({here!r}, 'hunter3')")


def test_hash_that_werkzeug_chooses_is_good(python):
    python("from werkzeug.security import *")

    assert python("check_password_hash(generate_password_hash('x'), 'x')")


@pytest.mark.parametrize("password", ["hunter2", "", "Glöckchen 🔔" * 99])
def test_argon2_hashes_are_good_here_and_there(python, password):
    here = PasswordHasher(**ARGON2).hash(password)
    there = python(f"PasswordHasher(**{ARGON2}).hash({password!r})")

    assert there.startswith("$argon2id$v=19$m=64,t=2,p=1$")
    assert PasswordHasher().verify(there, password)
    assert python(f"PasswordHasher().verify({here!r}, {password!r})")


def test_argon2_has_the_same_bytes_here_and_there(python):
    for kind in Type:
        asked = (b"hunter2\0", b"bell" * 4, *ARGON2.values())
        there = python(f"low_level.hash_secret_raw(*{asked}, Type({kind.value})).hex()")

        assert there == low_level.hash_secret_raw(*asked, kind).hex()


def test_hash_of_several_lanes_is_verified_there(python):
    here = PasswordHasher(time_cost=1, memory_cost=64, parallelism=4).hash("x")

    assert python(f"PasswordHasher().verify({here!r}, 'x')")


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (
            "verify(PasswordHasher().hash('x'), 'y')",
            "VerifyMismatchError: The password",
        ),
        ("verify('$argon2id$v=19$bell', 'x')", "VerificationError: Decoding failed"),
        ("verify('bell', 'x')", "InvalidHashError"),
    ],
)
def test_what_argon2_refuses_is_refused_there(python, attempt, words):
    script = (
        f"try: PasswordHasher().{attempt}\n"
        "except Exception as error: said = f'{type(error).__name__}: {error}'\nsaid"
    )

    assert python(script).startswith(words)


def test_nested_json_does_not_end_python(python):
    script = (
        "import json\ntry: json.loads('[' * 100_000)\n"
        "except RecursionError: survived = True\nsurvived"
    )

    assert python(script)
