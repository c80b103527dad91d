"""Views that want the password of the last few minutes."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from step24_login import current_app
from step24_login.security import (
    current_login,
    current_user,
    needs_refresh,
    unauthorized,
)

View = TypeVar("View", bound=Callable[..., Any])


def sudo(minutes: int) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def check(*arguments: Any, **values: Any) -> Any:
            if not current_user.is_authenticated:
                return unauthorized()
            if time.time() - current_login().confirmed >= 60 * minutes:
                return needs_refresh()
            return current_app.ensure_sync(view)(*arguments, **values)

        return cast(View, check)

    return decorate


def leave_sudo() -> None:
    login, users = current_login(), current_app.extensions["security"].datastore
    users.change(users.login_model, {"id": login.id}, confirmed=0)
    # this request works with a copy
    login.confirmed = 0
