"""Sessions that end when nobody comes, and after a day's work in any case."""

import time
from datetime import timedelta
from typing import Any

from step13_sessions import Request, Response
from step13_sessions.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionMixin,
)

# where the cookie keeps what is not for the views
BEGAN, SEEN = "_began", "_seen"


class IdleSessionInterface(SecureCookieSessionInterface):
    """Keep sessions with two time limits. The earlier one ends them."""

    def __init__(self, idle: timedelta, total: timedelta) -> None:
        self.idle = idle.total_seconds()
        self.total = total.total_seconds()

    def open_session(self, app: Any, request: Request) -> SessionMixin | None:
        """Return the session without its times, or a new one if time is up."""
        session = super().open_session(app, request)
        if not session:
            return session
        values, now = dict(session), time.time()
        began, seen = values.pop(BEGAN, 0), values.pop(SEEN, 0)
        if now - began >= self.total or now - seen >= self.idle:
            return SecureCookieSession()
        opened = SecureCookieSession(values)
        vars(opened)["began"] = began
        return opened

    def save_session(self, app: Any, session: SessionMixin, response: Response) -> None:
        """Save the session with its times, which no view gets to see."""
        now = time.time()
        kept = SecureCookieSession(session)
        if session:
            kept.update({BEGAN: vars(session).get("began", now), SEEN: now})
        kept.modified = session.modified or bool(session)
        super().save_session(app, kept, response)
