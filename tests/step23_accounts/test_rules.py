"""Rules for new passwords."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import zxcvbn.matching
from step23_accounts import App
from step23_accounts.security import MemoryUserDatastore, Security, check_password
from wtforms.i18n import get_translations

from costrel.testing.threads import meet

ADA = "ada.lovelace@wren.example"


def make_app(**settings):
    app = App("wren")
    app.config.update(settings)
    Security(app, MemoryUserDatastore(app))
    return app


def mistakes_in(password, *context, **settings):
    with make_app(**settings).app_context():
        return check_password(password, *context)


@pytest.mark.asvs("6.2.1")
@pytest.mark.parametrize(
    "password",
    # seven letters, each with a mark of its own, are seven: NFC
    ["", "nightingale", "bell in the fo", "e\u0301" * 7 + "e", "\N{BELL}" * 14],
)
def test_password_has_fifteen_characters_at_least(password):
    assert "15" in mistakes_in(password)[0]


@pytest.mark.asvs("6.2.5")
@pytest.mark.parametrize(
    "password",
    [
        "bell in the fog",
        "a bell rings in the morning fog",
        "ringing bells wake nobody up here",
        "JQRZMKXWPVTHLDB",
        "8430195726340718",
        "    seven bells    ",
        "ein Lied für Zoë am Ufer",
        "песня соловья в тумане",
        "\N{BELL}\N{VIOLIN}\N{BIRD} sings \N{BELL}\N{BICYCLE} at dawn",
        # what a password manager makes
        "x7$Kq!9@mZ+4(vL",
        "%Q(y<9[j{V|w+a@!",
        "a bell rings in the fog, " * 3,
    ],
)
def test_any_characters_will_do(password):
    assert mistakes_in(password, ADA) == []


@pytest.mark.asvs("6.2.9")
def test_password_may_be_long_but_not_endless():
    sentence = "a bell rings in the fog, and nobody hears it but the nightingale. "

    assert mistakes_in((sentence * 20)[:1024]) == []
    assert "1024" in mistakes_in("x" * 1025)[0]
    assert "1024" in mistakes_in("e\u0301" * 1_000_000)[0]


@pytest.mark.asvs("6.2.4")
@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password12345678",
        "P@ssw0rdP@ssw0rd",
        "drowssapdrowssap",
        "123456789012345",
        "qwertyuiopasdfgh",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "abcdefghijklmnop",
        "iloveyouiloveyou",
        "letmeinletmein123",
        "\N{FULLWIDTH LATIN SMALL LETTER P}asswordpassword",
        "               ",
        "x" * 1024,
    ],
)
def test_password_that_many_would_try_is_refused(password):
    found = mistakes_in(password)

    assert "guess" in found[0]


@pytest.mark.asvs("6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        ADA,
        "ada.lovelace2026",
        "lovelacelovelace",
        "L0VELACElovelace",
        "nightingale2026",
        "wrenwrenwrenwren",
        "NightingaleWren1",
        "wren.examplewren.example",
    ],
)
def test_password_that_anyone_would_try_here_is_refused(password):
    words = ["Nightingale", "launch page"]

    assert mistakes_in(password, ADA, SECURITY_PASSWORD_CONTEXT=words)


def test_name_of_the_app_is_no_password():
    app = App("ornithologia")
    Security(app, MemoryUserDatastore(app))

    with app.app_context():
        assert check_password("ornithologia1234")


def test_it_says_why():
    assert len(mistakes_in("abcabcabcabcabcabc")) == 2
    assert all(text.endswith(".") for text in mistakes_in("abcabcabcabcabcabc"))


def test_settings_say_how_strict_it_is():
    assert mistakes_in("bellbell", SECURITY_ZXCVBN_MINIMUM_SCORE=0)
    loose = {"SECURITY_ZXCVBN_MINIMUM_SCORE": 0, "SECURITY_PASSWORD_LENGTH_MIN": 8}
    assert mistakes_in("bellbell", **loose) == []
    assert mistakes_in("nightingale2026!") == []
    assert mistakes_in("nightingale2026!", SECURITY_ZXCVBN_MINIMUM_SCORE=4)


def test_what_arrived_as_no_character_is_refused():
    # 15 letters of an alphabet that was sent as something else than UTF-8
    assert mistakes_in(
        b"\xf0\xe5\xe2\xe8 \xe2 \xf2\xf3\xec\xe0\xed\xe5".decode(errors="replace")
        + " bell"
    )


def test_what_is_wrong_is_said_in_the_language_of_the_form():
    with make_app().app_context():
        short = check_password("kurz", words=get_translations(["de"]))
        long = check_password("x" * 1025, words=get_translations(["de"]))

    assert "mindestens 15 Zeichen" in short[0]
    assert "1024" in long[0]
    assert "cannot" not in long[0]


class Louder:
    """What a field of a form has, and what translates."""

    def gettext(self, text):
        return text.upper()


def test_reasons_are_translated_too():
    with make_app().app_context():
        found = check_password("abcabcabcabcabcabc", words=Louder())

    assert found == [text.upper() for text in found]


def test_words_of_one_visitor_are_not_looked_for_in_anothers_password():
    words = [f"{word}{word}" for word in ("zaunkoenig", "rotkehlchen")]
    barrier, app = Barrier(2), make_app()

    def check(number):
        with app.app_context():
            meet(barrier)
            mine, other = words[number], words[1 - number]
            return [
                bool(check_password(f"{word}7Q", mine))
                for _ in range(10)
                for word in (mine, other)
            ]

    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(check, range(2))]

    assert found == [[True, False] * 10] * 2


@pytest.mark.parametrize(
    "password",
    ["4@8({[<36910!1|7$5+%2" * 4, "!$%(+<@[{|0123456789" * 4, "1|7+!{[@$%" * 20],
)
def test_no_password_keeps_the_server_busy(password, monkeypatch):
    looked, real = [], zxcvbn.matching.dictionary_match

    def look(password, *arguments, **options):
        looked.append(len(password))
        return real(password, *arguments, **options)

    monkeypatch.setattr(zxcvbn.matching, "dictionary_match", look)
    mistakes_in(password)

    # it looks at each part of the password in its lists, each time
    assert sum(length**2 for length in looked) < 200_000
