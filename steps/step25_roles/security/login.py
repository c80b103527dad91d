"""Who is logged in: what views ask, and what changes the answer.

The pages on which visitors log in are in `login_views`.
"""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.local import LocalProxy

from .. import (
    abort,
    after_this_request,
    has_request_context,
    redirect,
    request,
    url_for,
)
from ..wrappers import Response
from .audit import (
    notify,
    password_changed,
    report,
    user_logged_in,
    user_logged_out,
    user_login_confirmed,
    user_needs_refresh,
    user_unauthorized,
)
from .datastore import LoginMixin
from .login_sessions import (
    begin_login,
    delete_logins,
    empty_session,
    find_login,
    now,
    setting,
    store,
    touch,
    user_of,
)
from .passwords import hash_password
from .remember import (
    COOKIE,
    RESUMED,
    change_tokens,
    forget_browser,
    remembered,
    remembered_login,
    renew,
    resume_login,
    write_cookie,
)
from .tracking import forget_logins, track_login

# name in `vars(request)` -> who sends the request, once somebody has asked; the environ
# may go on to another app, with other users
VISITOR = "security_visitor"
OFFERED = ["text/html", "application/json", "application/problem+json"]


class AnonymousUser:
    """A visitor who isn't logged in."""

    id = None
    is_authenticated = is_active = active = False
    is_anonymous = True
    roles: frozenset[str] = frozenset()

    def get_id(self) -> None:
        """Return None: nobody has an account here."""

    def has_role(self, role: str) -> bool:
        """Return False."""
        return False

    def has_permission(self, permission: str) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True)
class Visitor:
    """Who sends a request, and by which login."""

    user: Any
    login: LoginMixin | None = None


NOBODY = Visitor(AnonymousUser())


def visitor() -> Visitor:
    """Return who sends the active request, looked up when somebody first asks."""
    if not has_request_context():
        return NOBODY
    if VISITOR not in vars(request):
        vars(request)[VISITOR] = find_visitor()
        after_this_request(complete)
    found: Visitor = vars(request)[VISITOR]
    return found


def find_visitor() -> Visitor:
    """Return the user of the browser's login, if it hasn't ended."""
    login = find_login() or resume_login()
    user = user_of(login) if login else None
    if login is None or user is None:
        return NOBODY
    touch(login)
    return Visitor(user, login)


def complete(response: Response) -> Response:
    """Add to a response what follows from the visitor's login."""
    kept, login = vars(request), visitor().login
    if login is not None:
        # or the browser keeps the page, and Back shows it after the logout
        response.headers.setdefault("Cache-Control", "no-store")
        if RESUMED in kept:
            change_tokens(login)
    if COOKIE in kept:
        write_cookie(response)
    return response


current_user: Any = LocalProxy(lambda: visitor().user)


def current_login() -> LoginMixin:
    """Return the login of the active request. Raises `RuntimeError` without one."""
    login = visitor().login
    if login is None:
        raise RuntimeError(
            "Nobody is logged in: ask `current_user.is_authenticated` first, or put"
            " `@login_required` on the view."
        )
    return login


def login_user(user: Any, remember: bool = False) -> bool:
    """Log a user in, in a new session. Return False if the account isn't active.

    `remember` keeps the login when the browser is closed. Check the password before.
    """
    user = unwrapped(user)
    if not user.is_active:
        return False
    # read before anything is written: if the password changes meanwhile, so does this
    uniquifier = user.fs_uniquifier
    drop_login()
    track_login(user)
    forget_logins()
    begin(user, uniquifier, remember)
    report(user_logged_in, user, remember=remember)
    return True


def unwrapped(user: Any) -> Any:
    """Return the user whom `current_user` stands for now, or the user given."""
    return visitor().user if user is current_user else user


def drop_login() -> None:
    """End the logins that the browser has: its session's, and the remembered one."""
    for login in visitor().login, remembered_login():
        if login is not None:
            delete_logins(id=login.id)
    forget_browser()


def begin(user: Any, uniquifier: str, remember: bool) -> None:
    """Begin a login, and make its user the current one."""
    login = begin_login(uniquifier, **(remembered() if remember else {}))
    vars(request)[VISITOR] = Visitor(user, login)


def logout_user() -> None:
    """Log the user out: end the login, and clear what the browser has kept."""
    user = visitor().user
    drop_login()
    empty_session()
    vars(request)[VISITOR] = NOBODY
    after_this_request(clear_site_data)
    if user.is_authenticated:
        report(user_logged_out, user)


def clear_site_data(response: Response) -> Response:
    """Have the browser drop pages and storage (W3C Clear Site Data).

    Its cookies stay: a message for the next page is in one.
    """
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def login_fresh() -> bool:
    """Return whether the user gave the password a short while ago."""
    login = visitor().login
    if login is None:
        return False
    return bool(now() - login.confirmed < setting("SECURITY_FRESHNESS"))


def confirm_login() -> None:
    """Make the login fresh again, with new tokens. Check the password before."""
    login, at = current_login(), now()
    expires = max(login.expires, at + setting("SECURITY_SESSION_LIFETIME"))
    # not if it was ended meanwhile
    if renew(login, confirmed=at, expires=expires):
        # that's done: `complete` would change them again
        vars(request).pop(RESUMED, None)
        report(user_login_confirmed, visitor().user)


def change_user_password(user: Any, password: str) -> bool:
    """Give a user a new password, which ends all logins but the active request's.

    Return False if the user has got another one meanwhile. Raises `ValueError` if the
    password is too long.
    """
    user, login = unwrapped(user), visitor().login
    hashed, ended, uniquifier = hash_password(password), user.fs_uniquifier, token_hex()
    # all logins end by this one write, for they are the old uniquifier's
    where, values = {"id": user.id, "fs_uniquifier": ended}, {"password": hashed}
    if not store().change(type(user), where, fs_uniquifier=uniquifier, **values):
        return False
    user.password, user.fs_uniquifier = hashed, uniquifier
    delete_logins(user=ended)
    if login is not None and login.user == ended:
        begin(user, uniquifier, login.remember is not None)
    report(password_changed, user)
    return True


def unauthorized() -> Response:
    """Return what leads a visitor to the login page, or abort for a program."""
    notify(user_unauthorized)
    return send_to("security.login", "Log in first.")


def needs_refresh() -> Response:
    """Return what leads a user to give the password again, or abort for a program."""
    notify(user_needs_refresh)
    return send_to("security.verify", "Enter your password again.")


def send_to(endpoint: str, message: str) -> Response:
    """Redirect to a page from which the visitor comes back; a program gets a 401."""
    if prefers_json():
        # RFC 9110, section 15.5.2; there is no registered scheme for a form
        abort(401, message, www_authenticate=WWWAuthenticate("session"))
    return redirect(url_for(endpoint, next=this_page()), 303)


def prefers_json() -> bool:
    """Return whether the client is a program: it sends JSON, or would rather get it.

    So is anything that sends a PUT or a DELETE: no form does.
    """
    if request.is_json or request.method not in ("GET", "HEAD", "POST"):
        return True
    return request.accept_mimetypes.best_match(OFFERED, "text/html") != "text/html"


def this_page() -> str | None:
    """Return the path and query of the request, if it can be sent again."""
    if request.method not in ("GET", "HEAD"):
        return None
    query = request.query_string.decode("latin-1")
    return quote(request.root_path + request.path) + (f"?{query}" if query else "")
