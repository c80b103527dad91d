"""Extensions that protect visitors from other sites, and from each other.

The public names, in the order of the book.
"""

from .cookies import HostCookies
from .csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from .forms import FileField, Form, MultipleFileField
from .hardening import Hardening
from .headers import csp_nonce

__all__ = [
    "CSRFError",
    "CSRFProtect",
    "FileField",
    "Form",
    "Hardening",
    "HostCookies",
    "MultipleFileField",
    "csp_nonce",
    "generate_csrf",
    "validate_csrf",
]
