"""Email addresses: which spelling is kept, and which spellings mean the same account.

Mail goes to an address as its owner wrote it. Two spellings belong to one account if
they have the same key. An address that only looks the same, with a Cyrillic "а" for
an "a", is a different one. Whose mailbox an address is, only mail can prove.
"""

from unicodedata import normalize

from email_validator import ValidatedEmail, validate_email

# in characters: no mail goes to a longer address (RFC 5321, section 4.5.3.1.3)
LONGEST = 254
# the invisible characters that an address may have (Unicode's property
# Default_Ignorable_Code_Point)
INVISIBLE = dict.fromkeys(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    ]
)


def normalize_email(address: str) -> str:
    """Return an address as it's kept: in NFC, its domain in lowercase and in Unicode.

    Raises `ValueError` for anything but the address of one mailbox. Whether that
    mailbox exists isn't checked.
    """
    return read(address).normalized


def email_key(address: str) -> str:
    """Return the key of an address, which is the same for all its spellings.

    The domain is in ASCII (IDNA 2008). The part before the @ is casefolded and in NFKC
    (Unicode, section 5.18.3), though its server might tell "Ada" from "ada"
    (RFC 5321, section 2.4): none should give them to two people. Dots count, and so
    does a "+" with what follows it: on most servers they lead to different mailboxes.

    Raises `ValueError` for anything that isn't an address.
    """
    found = read(address)
    key = f"{fold(found.local_part)}@{found.ascii_domain}"
    # NFKC can make 18 letters out of one, and a database's index has its limits, too
    check_length(key)
    return key


def read(address: str) -> ValidatedEmail:
    check_length(address)
    return validate_email(address, check_deliverability=False)


def check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise ValueError(f"An address has up to {LONGEST} characters.")


def fold(text: str) -> str:
    """Return a text without the differences that nobody sees, or means."""
    return nfkc(nfkc(text.translate(INVISIBLE)).casefold()).translate(INVISIBLE)


def nfkc(text: str) -> str:
    return normalize("NFKC", text)
