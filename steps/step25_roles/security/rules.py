"""Rules for new passwords, after NIST SP 800-63B-4, section 3.1.1.2.

They ask for length, and for something that's hard to guess. They don't ask for digits,
for capital letters, or for a new password every three months. Passwords that are in use
already aren't checked.
"""

import re
from threading import Lock
from typing import Any
from unicodedata import normalize

from wtforms.i18n import DummyTranslations

from .. import current_app
from .passwords import LONGEST

ENGLISH = DummyTranslations()
# what a decoder makes of bytes that aren't UTF-8: any letter could have been there
LOST = "\N{REPLACEMENT CHARACTER}"
# how many characters zxcvbn gets: its time grows with the square of that
LOOKED_AT = 48
# the symbols that zxcvbn also reads as letters. It tries all combinations:
# 32 of them for two symbols and the digits, 736 for all, which takes seconds
SYMBOLS = "!$%(+<@[{|"
SYMBOLS_READ = 2

# zxcvbn keeps the words of a password's context where all threads see them
zxcvbn_lock = Lock()


def check_password(password: str, *context: str, words: Any = ENGLISH) -> list[str]:
    """Return what is wrong with a new password, in sentences; an empty list is good.

    `context` is what others may know about the user, such as the address. `words`
    translates: it has the methods `gettext` and `ngettext`, like the fields of a form.
    """
    shortest = current_app.config["SECURITY_PASSWORD_LENGTH_MIN"]
    if len(password) > LONGEST:
        return [too_long(words)]
    if len(normalize("NFC", password)) < shortest:
        return [too_short(shortest, words)]
    if LOST in password:
        return [words.gettext("Invalid input.")]
    known = [current_app.name, *current_app.config["SECURITY_PASSWORD_CONTEXT"]]
    return [words.gettext(each) for each in how_to_guess(password, [*context, *known])]


def too_short(shortest: int, words: Any) -> str:
    # in the words of WTForms, because it has them in many languages
    template = words.ngettext(
        "Field must be at least %(min)d character long.",
        "Field must be at least %(min)d characters long.",
        shortest,
    )
    return str(template % {"min": shortest})


def too_long(words: Any) -> str:
    template = words.ngettext(
        "Field cannot be longer than %(max)d character.",
        "Field cannot be longer than %(max)d characters.",
        LONGEST,
    )
    return str(template % {"max": LONGEST})


def how_to_guess(password: str, context: list[str]) -> list[str]:
    """Return why a password is easy to guess, or nothing if it isn't.

    zxcvbn knows the passwords that most people choose, and how they change them.
    """
    # it reads its lists of words when it's imported
    from zxcvbn import zxcvbn

    parts = [part for text in context for part in parts_of(text)]
    with zxcvbn_lock:
        found = zxcvbn(shorten(password), parts)
    if found["score"] >= current_app.config["SECURITY_ZXCVBN_MINIMUM_SCORE"]:
        return []
    reasons = ["It's too easy to guess.", found["feedback"]["warning"]]
    return [reason for reason in reasons if reason]


def parts_of(text: str) -> list[str]:
    """Return a text, the two parts of an address, and its words."""
    return [text, *text.split("@"), *re.split(r"\W+", text)]


def shorten(password: str) -> str:
    """Return the part of a password that zxcvbn can look at in a tenth of a second."""
    start = normalize("NFKC", password)[:LOOKED_AT]
    symbols = dict.fromkeys(letter for letter in start if letter in SYMBOLS)
    # to characters that mean nothing to anyone
    others = {ord(each): 0xE000 + ord(each) for each in [*symbols][SYMBOLS_READ:]}
    return start.translate(others)
