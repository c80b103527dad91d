"""What happens to accounts: a signal for each event, and a log that no input can forge.

What users are shown of their own logins is in `tracking`.
"""

import logging
import time
from datetime import UTC, datetime
from json import dumps
from typing import Any

from blinker import NamedSignal, Namespace

from .. import current_app, has_request_context, request

signals = Namespace()

# sent with the app as sender; in parentheses, what else a listener gets
# a login began (user, remember)
user_logged_in = signals.signal("user-logged-in")
# the user logged out (user)
user_logged_out = signals.signal("user-logged-out")
# the password was given once more (user)
user_login_confirmed = signals.signal("user-login-confirmed")
# the browser was remembered (user)
user_loaded_from_cookie = signals.signal("user-loaded-from-cookie")
# a login failed (user): None if nobody has the address
user_login_failed = signals.signal("user-login-failed")
# there is a new password (user)
password_changed = signals.signal("password-changed")
# one of the user's logins was ended from another browser (user)
login_ended = signals.signal("login-ended")
# a remember cookie was used twice, so there is a copy of it (user)
remember_token_stolen = signals.signal("remember-token-stolen")
# a visitor was sent to the login page, or a user has to give the password again
user_unauthorized = signals.signal("user-unauthorized")
user_needs_refresh = signals.signal("user-needs-refresh")
# a user got a role, or lost it (user, by, role): `by` is None for a command
role_added = signals.signal("role-added")
role_removed = signals.signal("role-removed")
# an account was opened again, or closed (user, by)
user_activated = signals.signal("user-activated")
user_deactivated = signals.signal("user-deactivated")
# a user isn't allowed to (user, reason, endpoint, method, path)
permission_denied = signals.signal("permission-denied")

# characters of what a client says about itself
LONGEST = 200


def report(event: NamedSignal, user: Any, **facts: Any) -> None:
    """Write an event in a user's account to the audit log, and send its signal.

    None stands for an address that nobody has.
    """
    entry = {
        "time": datetime.fromtimestamp(time.time(), UTC).isoformat(
            timespec="milliseconds"
        ),
        "event": event.name,
        "user": None if user is None else str(user.id),
        **sender(),
        **facts,
    }
    # JSON escapes whatever would end the line, or move the cursor in a terminal
    audit_log().info("%s", dumps(entry))
    notify(event, user=user, **facts)


def notify(event: NamedSignal, **facts: Any) -> None:
    """Send a signal, and wait for `async def` receivers."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    event.send(app, _async_wrapper=app.ensure_sync, **facts)


def sender() -> dict[str, str | None]:
    """Return where the active request comes from: address and browser.

    The address is what the server sees: headers in which a client may name another one
    are no business of ours.
    """
    if not has_request_context():
        return {"address": None, "agent": None}
    # without what no database would keep, and no page could show
    agent = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))
    return {"address": request.remote_addr, "agent": agent[:LONGEST]}


def audit_log() -> logging.Logger:
    """Return the log, whose lines go where the app's own messages go."""
    log = current_app.logger.getChild("audit")
    if log.level == logging.NOTSET:
        log.setLevel(logging.INFO)
    return log
