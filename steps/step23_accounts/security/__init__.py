"""Extensions that protect visitors from other sites, and from each other.

The public names, in the order of the book.
"""

from .accounts import Security
from .addresses import email_key, normalize_email
from .cookies import HostCookies
from .csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from .datastore import (
    DuplicateUserError,
    MemoryRow,
    MemoryUser,
    MemoryUserDatastore,
    UserDatastore,
    UserMixin,
)
from .forms import FileField, Form, MultipleFileField
from .hardening import Hardening
from .headers import csp_nonce
from .passwords import hash_password, verify_and_update_password, verify_password
from .registration import RegisterForm, register_user, user_registered
from .rules import check_password

__all__ = [
    "CSRFError",
    "CSRFProtect",
    "DuplicateUserError",
    "FileField",
    "Form",
    "Hardening",
    "HostCookies",
    "MemoryRow",
    "MemoryUser",
    "MemoryUserDatastore",
    "MultipleFileField",
    "RegisterForm",
    "Security",
    "UserDatastore",
    "UserMixin",
    "check_password",
    "csp_nonce",
    "email_key",
    "generate_csrf",
    "hash_password",
    "normalize_email",
    "register_user",
    "user_registered",
    "validate_csrf",
    "verify_and_update_password",
    "verify_password",
]
