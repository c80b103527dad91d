"""Tell users about a login with a browser that they haven't used before."""

from collections.abc import Callable
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from step24_login import App, Response, after_this_request, current_app, request
from step24_login.security import tracking_of, user_logged_in

COOKIE = "known_to"
YEAR = 365 * 24 * 60 * 60  # seconds
LONGEST = 200  # characters of what a browser calls itself


class Newcomers:
    """The extension: `tell` gets the user, the address and the browser's name."""

    def __init__(
        self, app: App, tell: Callable[[Any, str | None, str], object]
    ) -> None:
        self.tell = tell
        app.extensions["newcomers"] = self
        user_logged_in.connect(self.look, app)

    def look(self, sender: App, user: Any, **facts: Any) -> None:
        """Tell a user if the browser isn't known, and know it from now on."""
        known = known_users()
        if user.id not in known and tracking_of(user).login_count > 1:
            self.try_to_tell(user)
        users = sorted({*known, user.id})

        @after_this_request
        def remember(response: Response) -> Response:
            response.set_cookie(
                COOKIE,
                signer().dumps(users),
                max_age=YEAR,
                secure=not current_app.debug,
                httponly=True,
                samesite="Lax",
            )
            return response

    def try_to_tell(self, user: Any) -> None:
        agent = request.headers.get("User-Agent", "")[:LONGEST]
        try:
            self.tell(user, request.remote_addr, agent)
        except Exception:
            current_app.logger.exception("%r wasn't told about a login", user)


def signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=COOKIE)


def known_users() -> list[int]:
    """Return the ids of the users who have logged in with this browser."""
    try:
        known = signer().loads(request.cookies.get(COOKIE, ""), max_age=YEAR)
    except BadData:
        return []
    return [*known]
