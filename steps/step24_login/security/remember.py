"""Browsers that are remembered: they keep a second cookie, which opens a new session.

Its token is good for one use and comes back changed. So when somebody uses a copy, the
browser's owner comes with a token that was used before, or the thief does.
"""

from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any

from .. import current_app, request, session
from ..wrappers import Response
from .audit import remember_token_stolen, report, user_loaded_from_cookie
from .cookies import prefixed
from .csrf import SAFE_METHODS
from .datastore import LoginMixin
from .login_sessions import (
    TOKEN,
    change_login,
    delete_logins,
    empty_session,
    find_logins,
    hash_of,
    is_own,
    is_remembered,
    now,
    setting,
    user_of,
)

# names in `vars(request)` -> the cookie to send, and its age; "" deletes it
COOKIE = "security_remember"
# the login whose tokens change with the response
RESUMED = "security_resumed"
# seconds in which requests may still come that a browser sent before it had the answer
GRACE = 60


def remembered() -> dict[str, Any]:
    """Send a cookie, and return the values of the new login that it's for."""
    series, token = token_urlsafe(), token_urlsafe()
    age = setting("REMEMBER_COOKIE_DURATION")
    send_cookie(f"{series}.{token}", age)
    return {"series": series, "remember": hash_of(token), "expires": now() + age}


def send_cookie(value: str, age: int) -> None:
    """Send the cookie with the response; its age is in seconds."""
    vars(request)[COOKIE] = value, age


def forget_browser() -> None:
    """Delete the cookie, if there is one."""
    if COOKIE in vars(request) or cookie_name() in request.cookies:
        send_cookie("", 0)


def write_cookie(response: Response) -> None:
    """Add the cookie to a response."""
    value, age = vars(request)[COOKIE]
    response.set_cookie(cookie_name(), value, max_age=age, **cookie_options())


def cookie_name() -> str:
    """Return the name of the cookie, which has a prefix outside debug mode."""
    name: str = current_app.config["REMEMBER_COOKIE_NAME"]
    options = cookie_options()
    if not options["secure"]:
        return name
    return prefixed(name, options["domain"], options["path"])


def cookie_options() -> dict[str, Any]:
    """Return the scope of the cookie, which is the session's, and its flags."""
    sessions = current_app.session_interface
    return {
        "domain": sessions.get_cookie_domain(current_app),
        "path": sessions.get_cookie_path(current_app),
        "secure": sessions.get_cookie_secure(current_app) or not current_app.debug,
        "httponly": True,
        "samesite": sessions.get_cookie_samesite(current_app) or "Lax",
    }


def read_cookie() -> tuple[str, str]:
    """Return the series and the token in the browser's cookie, or two empty texts."""
    series, _, token = request.cookies.get(cookie_name(), "").partition(".")
    # not all databases can look for any text
    if not (token and series.isascii() and series.isprintable()):
        return "", ""
    return series, token


def remembered_login() -> LoginMixin | None:
    """Return the login that the browser is remembered for, whoever uses it now."""
    series, _ = read_cookie()
    logins = find_logins(series=series) if series else []
    return next(filter(is_remembered, logins), None)


def resume_login() -> LoginMixin | None:
    """Return the login of a browser that is remembered, or None.

    It's never fresh: nobody has entered a password.
    """
    login = remembered_login()
    if login is None or user_of(login) is None:
        forget_browser()
        return None
    # someone may have planted the session, and know a token that fits its secret
    if request.method not in SAFE_METHODS and not is_own(login):
        return None
    login.confirmed = 0
    return use_token(login, hash_of(read_cookie()[1]))


def use_token(login: LoginMixin, used: str) -> LoginMixin | None:
    """Return a login if this is its token. If not, end it: there is a copy."""
    if compare_digest(login.remember, used):
        if not is_own(login):
            empty_session()
        vars(request)[RESUMED] = login
        return login
    if used == login.previous and now() - login.rotated < GRACE:
        return login
    end_stolen(login)
    return None


def change_tokens(login: LoginMixin) -> None:
    """Change both tokens of a login, if the browser was remembered for it.

    Called with the response: a change that didn't reach the browser would make the
    next request look like a copy's.
    """
    # the visitor may have logged in meanwhile, and have another login
    if vars(request)[RESUMED] is not login:
        return
    if renew(login, confirmed=login.confirmed):
        report(user_loaded_from_cookie, user_of(login))
    else:
        # another request was faster: the browser gets its cookies, and no others
        session.modified = False


def renew(login: LoginMixin, **values: Any) -> bool:
    """Give a login new tokens and other values, and the browser its new cookies.

    Return False if the login has ended, or changed its tokens, since it was found.
    """
    token, remember, at = token_urlsafe(), token_urlsafe(), now()
    values |= {"token": hash_of(token), "renewed": at, "seen": at, "rotated": at}
    if login.remember is not None:
        values |= {"remember": hash_of(remember), "previous": login.remember}
    if not change_login(login, **values):
        return False
    session[TOKEN] = token
    if login.remember is not None:
        send_cookie(f"{login.series}.{remember}", login.expires - at)
    return True


def end_stolen(login: LoginMixin) -> None:
    """End a login for the owner of its browser, and for anyone with a copy."""
    delete_logins(id=login.id)
    forget_browser()
    report(remember_token_stolen, user_of(login))
