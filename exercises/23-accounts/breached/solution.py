"""A Bloom filter of stolen passwords, and a form that asks it."""

from collections.abc import Iterator
from hashlib import sha256
from typing import ClassVar
from unicodedata import normalize

from step23_accounts.security import RegisterForm
from wtforms import Field, ValidationError


class Filter:
    """A Bloom filter: it never misses what was added, and sometimes finds more."""

    def __init__(self, bits: bytearray, positions: int = 7) -> None:
        """Use bits that may be set already; `positions` are set for each password."""
        self.bits = bits
        self.positions = positions

    def add(self, password: str) -> None:
        """Remember a password."""
        for byte, bit in self.places_of(password):
            self.bits[byte] |= bit

    def __contains__(self, password: str) -> bool:
        return all(self.bits[byte] & bit for byte, bit in self.places_of(password))

    def places_of(self, password: str) -> Iterator[tuple[int, int]]:
        """Yield the places of a password: a byte, and the bit in it."""
        data = normalize("NFC", password).encode(errors="surrogatepass")
        digest = sha256(data).digest()
        # two numbers are as good as seven hashes (Kirsch and Mitzenmacher, 2006)
        start, step = int.from_bytes(digest[:16]), int.from_bytes(digest[16:])
        for number in range(self.positions):
            place = (start + number * step) % (8 * len(self.bits))
            yield place // 8, 1 << place % 8


class CarefulForm(RegisterForm):
    """A registration that refuses stolen passwords."""

    breached: ClassVar[Filter] = Filter(bytearray(1))

    def validate_password(self, field: Field) -> None:
        """Refuse a password from the list; WTForms calls it after the other rules."""
        if field.data in self.breached:
            raise ValidationError(
                field.gettext(
                    "It was stolen from another site: attackers try it first."
                )
            )
