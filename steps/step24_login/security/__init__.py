"""Extensions that protect visitors from other sites, and from each other.

The public names, in the order of the book.
"""

from .accounts import Security
from .addresses import email_key, normalize_email
from .audit import (
    login_ended,
    password_changed,
    remember_token_stolen,
    report,
    user_loaded_from_cookie,
    user_logged_in,
    user_logged_out,
    user_login_confirmed,
    user_login_failed,
    user_needs_refresh,
    user_unauthorized,
)
from .cookies import HostCookies
from .csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from .datastore import (
    DuplicateUserError,
    LoginMixin,
    MemoryLogin,
    MemoryRow,
    MemoryTrack,
    MemoryUser,
    MemoryUserDatastore,
    TrackMixin,
    UserDatastore,
    UserMixin,
)
from .forms import FileField, Form, MultipleFileField
from .hardening import Hardening
from .headers import csp_nonce
from .login import (
    AnonymousUser,
    change_user_password,
    confirm_login,
    current_login,
    current_user,
    fresh_login_required,
    login_fresh,
    login_required,
    login_user,
    logout_user,
    needs_refresh,
    unauthorized,
)
from .login_sessions import end_login, end_logins, logins_of
from .login_views import ChangePasswordForm, LoginForm, VerifyForm
from .passwords import hash_password, verify_and_update_password, verify_password
from .registration import RegisterForm, register_user, user_registered
from .rules import check_password
from .tracking import forget_logins, tracking_of

__all__ = [
    "AnonymousUser",
    "CSRFError",
    "CSRFProtect",
    "ChangePasswordForm",
    "DuplicateUserError",
    "FileField",
    "Form",
    "Hardening",
    "HostCookies",
    "LoginForm",
    "LoginMixin",
    "MemoryLogin",
    "MemoryRow",
    "MemoryTrack",
    "MemoryUser",
    "MemoryUserDatastore",
    "MultipleFileField",
    "RegisterForm",
    "Security",
    "TrackMixin",
    "UserDatastore",
    "UserMixin",
    "VerifyForm",
    "change_user_password",
    "check_password",
    "confirm_login",
    "csp_nonce",
    "current_login",
    "current_user",
    "email_key",
    "end_login",
    "end_logins",
    "forget_logins",
    "fresh_login_required",
    "generate_csrf",
    "hash_password",
    "login_ended",
    "login_fresh",
    "login_required",
    "login_user",
    "logins_of",
    "logout_user",
    "needs_refresh",
    "normalize_email",
    "password_changed",
    "register_user",
    "remember_token_stolen",
    "report",
    "tracking_of",
    "unauthorized",
    "user_loaded_from_cookie",
    "user_logged_in",
    "user_logged_out",
    "user_login_confirmed",
    "user_login_failed",
    "user_needs_refresh",
    "user_registered",
    "user_unauthorized",
    "validate_csrf",
    "verify_and_update_password",
    "verify_password",
]
