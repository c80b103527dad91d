"""Addresses: which spelling is kept, and which spellings mean the same account."""

import pytest
from step23_accounts.security import email_key, normalize_email

ADA = "ada@wren.example"


@pytest.mark.parametrize(
    "spelling",
    [
        "Ada@wren.example",
        "ADA@WREN.EXAMPLE",
        # full-width letters, as Japanese keyboards have them
        "\N{FULLWIDTH LATIN SMALL LETTER A}da@wren.example",
        # with a mark that nobody sees
        "a\N{COMBINING GRAPHEME JOINER}da@wren.example",
        "ad\N{VARIATION SELECTOR-1}a@wren.example",
    ],
)
def test_spellings_of_an_address_have_one_key(spelling):
    assert email_key(spelling) == email_key(ADA)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # a domain in Unicode, in capitals, and as DNS has it (RFC 5890)
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bücher.example", "ada@BÜCHER.example"),
        ("ada@bücher.example", "ada@bu\N{COMBINING DIAERESIS}cher.example"),
        # one letter, or a letter and a mark
        ("zoë@wren.example", "zoe\N{COMBINING DIAERESIS}@wren.example"),
        ("weiß@wren.example", "WEISS@wren.example"),
        ("\N{KELVIN SIGN}im@wren.example", "kim@wren.example"),
    ],
)
def test_ways_to_write_a_letter_have_one_key(one, other):
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    "other",
    [
        "a.da@wren.example",
        "ada+news@wren.example",
        "ada@news.wren.example",
        "adä@wren.example",
        # Cyrillic, and the Turkish letter that is an "I" in capitals (CVE-2019-19844)
        "\N{CYRILLIC SMALL LETTER A}da@wren.example",
        "ada@\N{CYRILLIC SMALL LETTER A}.example",
    ],
)
def test_what_may_be_another_mailbox_has_another_key(other):
    assert email_key(other) != email_key(ADA)
    assert email_key("m\N{LATIN SMALL LETTER DOTLESS I}ke@wren.example") != email_key(
        "mike@wren.example"
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ada.Lovelace+Wren@WREN.Example", "Ada.Lovelace+Wren@wren.example"),
        ("Ada@xn--bcher-kva.example", "Ada@bücher.example"),
        ("zoe\N{COMBINING DIAERESIS}@wren.example", "zoë@wren.example"),
    ],
)
def test_mail_goes_to_the_address_as_it_was_written(written, kept):
    assert normalize_email(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@wren.example",
        "ada@",
        " ada@wren.example",
        "ada@wren.example\n",
        "ada@wren.example\r\nBcc: eve@evil.example",
        "ada@wren.example,eve@evil.example",
        "Ada <ada@wren.example>",
        "<ada@wren.example>",
        "ada@[127.0.0.1]",
        "ada@localhost",
        "ada@wren..example",
        "a\0da@wren.example",
        "a\N{RIGHT-TO-LEFT OVERRIDE}da@wren.example",
        "a\N{ZERO WIDTH SPACE}da@wren.example",
        "a\ud800da@wren.example",
        f"ada@{'wren.' * 60}example",
        "ada@" * 100_000,
    ],
)
@pytest.mark.parametrize("function", [normalize_email, email_key])
def test_anything_else_is_no_address(function, text):
    with pytest.raises(ValueError, match=r"\w"):
        function(text)


def test_key_is_no_longer_than_an_address():
    # one character, and 18 letters in NFKC
    letter = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"

    assert len(email_key(f"{letter * 13}@wren.example")) <= 254
    with pytest.raises(ValueError, match="254"):
        email_key(f"{letter * 80}@wren.example")


def test_key_of_a_key_is_the_same():
    # some 4,000 characters of all scripts
    for code in range(0x21, 0x20000, 31):
        try:
            key = email_key(f"ada{chr(code)}@wren.example")
            again = email_key(key)
        except ValueError:
            continue
        assert again == key
