"""What protects visitors from other sites, and from each other, as extensions.

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
