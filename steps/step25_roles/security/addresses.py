"""Email addresses: which spelling is kept, and which spellings mean the same account.

Mail goes to an address as its owner wrote it. Two spellings belong to one account if
they have the same key. What only looks alike, such as a Cyrillic "а" for an "a", is
another address: that someone reads its mail, only mail can prove.
"""

from unicodedata import normalize

from email_validator import ValidatedEmail, validate_email

# in characters: no mail goes to a longer address (RFC 5321, section 4.5.3.1.3)
LONGEST = 254
# what nobody sees, of the characters that an address may have (Unicode's property
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

    Raises `ValueError` for anything else than the address of one mailbox. Whether
    there is such a mailbox isn't asked.
    """
    return read(address).normalized


def email_key(address: str) -> str:
    """Return what is compared: the same for all spellings of an address.

    The domain is in ASCII (IDNA 2008). The part before the @ is casefolded and in NFKC
    (Unicode, section 5.18.3), though its server might tell "Ada" from "ada"
    (RFC 5321, section 2.4): none should give them to two people. Dots, and a "+" with
    what follows it, count: on most servers they lead to other mailboxes.

    Raises `ValueError` for what is no address.
    """
    found = read(address)
    key = f"{fold(found.local_part)}@{found.ascii_domain}"
    # NFKC makes 18 letters of one, and an index of a database has its limits, too
    check_length(key)
    return key


def read(address: str) -> ValidatedEmail:
    check_length(address)
    return validate_email(address, check_deliverability=False)


def check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise ValueError(f"An address has up to {LONGEST} characters.")


def fold(text: str) -> str:
    """Return a text without the differences that readers don't see, or don't mean."""
    return nfkc(nfkc(text.translate(INVISIBLE)).casefold()).translate(INVISIBLE)


def nfkc(text: str) -> str:
    return normalize("NFKC", text)
