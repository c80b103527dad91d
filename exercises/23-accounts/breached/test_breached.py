"""The exercise `breached`: passwords that were stolen elsewhere."""

import pytest
from exercise import CarefulForm, Filter
from step23_accounts import App
from step23_accounts.security import MemoryUserDatastore, Security

STOLEN = "correct horse battery staple"
FRESH = "seven bells in the morning fog"
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}


@pytest.fixture
def full():
    """Return a filter with 2,000 passwords, ten bits for each."""
    full = Filter(bytearray(2500))
    for number in range(2000):
        full.add(f"stolen {number}")
    return full


def test_what_was_added_is_found(full):
    assert all(f"stolen {number}" in full for number in range(2000))


def test_little_else_is_found(full):
    assert sum(f"fresh {number}" in full for number in range(2000)) < 60
    assert STOLEN not in Filter(bytearray(2500))


def test_bits_are_all_there_is_to_it(full):
    copy = Filter(bytearray(full.bits))

    assert all(f"stolen {number}" in copy for number in range(2000))
    assert b"stolen" not in bytes(full.bits)


def test_bits_do_not_depend_on_the_process(monkeypatch):
    one = Filter(bytearray(100))
    with monkeypatch.context() as changed:
        # each process seeds it anew
        changed.setattr("builtins.hash", lambda value: 1 / 0)
        one.add(STOLEN)

    assert STOLEN in one
    assert 0 < sum(byte.bit_count() for byte in one.bits) <= 7


def test_two_ways_to_type_it_are_one_password():
    few = Filter(bytearray(100))
    few.add("Zo\u00eb sings in the fog")

    assert "Zoe\u0308 sings in the fog" in few


def errors_with(password):
    class Form(CarefulForm):
        breached = Filter(bytearray(1000))

    Form.breached.add(STOLEN)
    Form.breached.add("short")
    app = App("wren")
    app.config.update(
        SECURITY_REGISTERABLE=True,
        SECURITY_PASSWORD_HASH_OPTIONS=CHEAP,
        WTF_CSRF_ENABLED=False,
        SECRET_KEY="not a secret",
    )
    Security(app, MemoryUserDatastore(app), Form)
    data = {"email": "ada@wren.example", "password": password}
    answer = app.test_client().post("/register", json=data)
    return answer.json.get("errors", {})


def test_form_refuses_what_was_stolen():
    (error,) = errors_with(STOLEN)["password"]

    assert "stolen" in error
    assert errors_with(FRESH) == {}


def test_other_rules_come_first():
    assert "15" in errors_with("short")["password"][0]
