"""Whether the signer is the one that Flask has, and trusts no one."""

import hmac
import time
import zlib
from random import Random
from uuid import UUID

import flask
import pytest
from exercise import Serializer, TokenError
from step13_sessions import App, tagged

KEY = "a key that nobody knows"
VALUES = [
    {},
    {"user": "ada"},
    {"seat": (4, 2), "id": UUID(int=7), "raw": b"\xff", " t": 1},
    {"melody": "dong " * 500},
    {"noise": Random(1).randbytes(500)},
]


def theirs(app_class, **config):
    app = app_class(__name__)
    app.config.update({"SECRET_KEY": KEY, **config})
    return app.session_interface.get_signing_serializer(app)


@pytest.mark.parametrize("app_class", [App, flask.Flask])
@pytest.mark.parametrize("value", VALUES)
def test_what_is_written_is_read_on_the_other_side(app_class, value):
    serializer = Serializer([KEY])

    assert theirs(app_class).loads(serializer.dumps(value), max_age=60) == value
    assert serializer.loads(theirs(app_class).dumps(value), max_age=60) == value


@pytest.mark.parametrize("value", VALUES)
def test_token_is_the_same(value, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_772_314_704.9)

    assert Serializer([KEY]).dumps(value) == theirs(App).dumps(value)


def test_last_key_signs_and_all_verify():
    old, new = Serializer(["old"]), Serializer(["new"])
    both = Serializer(["old", b"new"])

    assert both.loads(old.dumps(1)) == both.loads(new.dumps(1)) == 1
    assert new.loads(both.dumps(1)) == 1
    with pytest.raises(TokenError):
        old.loads(both.dumps(1))


def test_other_salt_is_another_purpose():
    with pytest.raises(TokenError):
        Serializer([KEY]).loads(Serializer([KEY], salt="mail").dumps(1))


def test_token_ages(monkeypatch):
    serializer = Serializer([KEY])
    token = serializer.dumps(1)
    now = time.time()

    for late, is_good in ((0, True), (58, True), (62, False), (-5, False)):
        monkeypatch.setattr(time, "time", lambda late=late: now + late)
        assert serializer.loads(token) == 1
        if is_good:
            assert serializer.loads(token, max_age=60) == 1
        else:
            with pytest.raises(TokenError):
                serializer.loads(token, max_age=60)


def test_mutated_tokens_are_refused():
    serializer, dice = Serializer([KEY]), Random(13)
    token = serializer.dumps({"user": "ada"})

    for _ in range(1000):
        place = dice.randrange(len(token))
        letter = dice.choice("ABCabc0189-_.=!~é\0")
        mutant = token[:place] + letter * dice.choice([0, 1, 2]) + token[place + 1 :]
        try:
            value = serializer.loads(mutant)
        except TokenError:
            continue
        # Base64 has several spellings
        assert value == {"user": "ada"}
        assert mutant.rpartition(".")[0] == token.rpartition(".")[0]


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "a", "a.b.c", "é.é.é", "\ud800.\ud800", "\0", "=.=.="],
)
def test_text_of_every_kind_is_refused(text):
    with pytest.raises(TokenError):
        Serializer([KEY]).loads(text)


def test_signed_text_that_holds_no_value_is_refused():
    serializer, signer = Serializer([KEY]), theirs(App).make_signer("cookie-session")

    for content in (b"e30x!", b".e30", b"eyI", b"", b"bm8gSlNPTg", "é".encode()):
        token = signer.sign(content).decode()
        with pytest.raises(TokenError):
            serializer.loads(token)


def test_signatures_are_compared_in_constant_time(monkeypatch):
    compared = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        hmac, "compare_digest", lambda a, b: compared.append((a, b)) or compare(a, b)
    )

    Serializer([KEY]).loads(Serializer([KEY]).dumps(1))

    assert compared, "call hmac.compare_digest, by that name"


def test_nothing_is_unpacked_before_the_signature_is_right(monkeypatch):
    token = Serializer(["another"]).dumps({"melody": "dong " * 500})

    def unpack(*arguments, **options):
        pytest.fail("something was unpacked that nobody has signed")

    monkeypatch.setattr(zlib, "decompress", unpack)
    monkeypatch.setattr(zlib, "decompressobj", unpack)
    monkeypatch.setattr(tagged, "loads", unpack)
    with pytest.raises(TokenError):
        Serializer([KEY]).loads(token)
