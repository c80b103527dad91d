"""Extensions that protect visitors from other sites, and from each other.

The public names, in the order of the book.
"""

from .cookies import HostCookies
from .hardening import Hardening
from .headers import csp_nonce

__all__ = [
    "Hardening",
    "HostCookies",
    "csp_nonce",
]
