"""The extension that gives an app accounts, with its settings and its commands.

Other modules do the work: `datastore` keeps users, `passwords` hashes passwords,
`rules` refuses weak ones, and `registration` lets new users in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from .. import Blueprint
from .datastore import UserDatastore
from .forms import Form
from .login import current_user
from .login_views import ChangePasswordForm, LoginForm, VerifyForm, add_login_views
from .passwords import PasswordHashing
from .registration import RegisterForm, register, register_user
from .rules import check_password
from .tracking import forget_logins

if TYPE_CHECKING:
    # for types alone: an extension meets its app in `init_app`
    from .. import App

NAME = "security"
SETTINGS: dict[str, Any] = {
    # whether visitors may create accounts themselves
    "SECURITY_REGISTERABLE": False,
    "SECURITY_URL_PREFIX": None,
    # an endpoint; None shows the form again
    "SECURITY_POST_REGISTER_VIEW": None,
    # characters (SP 800-63B-4: 15 for a password that is the only factor)
    "SECURITY_PASSWORD_LENGTH_MIN": 15,
    # 0 to 4: a password with 3 takes 100 million guesses or more
    "SECURITY_ZXCVBN_MINIMUM_SCORE": 3,
    # words that everyone will try first here, such as the name of the site
    "SECURITY_PASSWORD_CONTEXT": (),
    # for Argon2id: KiB, passes, threads (OWASP's minimum; more is better)
    "SECURITY_PASSWORD_HASH_OPTIONS": {
        "memory_cost": 19456,
        "time_cost": 2,
        "parallelism": 1,
    },
    # name -> secret that isn't in the database, the newest first
    "SECURITY_PASSWORD_PEPPERS": {},
    # how many are hashed at a time, and how many seconds others wait for their turn
    "SECURITY_PASSWORD_HASH_PARALLEL": 4,
    "SECURITY_PASSWORD_HASH_WAIT": 5,
    # the pages of the login, and the endpoints to which they lead by themselves; None
    # is the front page
    "SECURITY_LOGIN_URL": "/login",
    "SECURITY_LOGOUT_URL": "/logout",
    "SECURITY_VERIFY_URL": "/verify",
    "SECURITY_CHANGE_URL": "/change",
    "SECURITY_LOGINS_URL": "/logins",
    "SECURITY_POST_LOGIN_VIEW": None,
    "SECURITY_POST_LOGOUT_VIEW": None,
    # names in the session that a login and a logout leave there
    "SECURITY_SESSION_KEEPS": (),
    # how long a login lives: without being used, and at all (SP 800-63B-4, 2.2.3)
    "SECURITY_SESSION_IDLE": timedelta(hours=1),
    "SECURITY_SESSION_LIFETIME": timedelta(hours=24),
    # how long after the password it's fresh
    "SECURITY_FRESHNESS": timedelta(hours=1),
    "SECURITY_TRACKING_RETENTION": timedelta(days=90),
    "REMEMBER_COOKIE_NAME": "remember_token",
    "REMEMBER_COOKIE_DURATION": timedelta(days=30),
}


@dataclass
class SecurityState:
    """The extension's state for one app."""

    datastore: UserDatastore
    passwords: PasswordHashing
    register_form: type[Form]
    login_form: type[Form]
    verify_form: type[Form]
    change_password_form: type[Form]


class Security:
    """The extension: one object may serve several apps."""

    def __init__(
        self,
        app: "App | None" = None,
        datastore: UserDatastore | None = None,
        register_form: type[Form] = RegisterForm,
        login_form: type[Form] = LoginForm,
        verify_form: type[Form] = VerifyForm,
        change_password_form: type[Form] = ChangePasswordForm,
    ) -> None:
        self.datastore = datastore
        self.forms = (register_form, login_form, verify_form, change_password_form)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: "App", datastore: UserDatastore | None = None) -> None:
        """Give an app accounts, kept in a datastore that has been set up for it.

        Raises `RuntimeError` if there's no datastore, or if the app has accounts
        already, and `ValueError` for an invalid setting.
        """
        users = datastore or self.datastore
        if users is None:
            raise RuntimeError("there is no datastore: call Security(app, datastore)")
        if NAME in app.extensions:
            raise RuntimeError(f"{app!r} has accounts already: call init_app once")
        for name, value in SETTINGS.items():
            app.config.setdefault(name, value)
        check_context(app.config["SECURITY_PASSWORD_CONTEXT"])
        app.extensions[NAME] = SecurityState(
            users, PasswordHashing(app.config), *self.forms
        )
        app.add_template_global(current_user, "current_user")
        app.register_blueprint(make_blueprint(app))


def check_context(words: Collection[str]) -> None:
    """Raise `ValueError` for a string: its letters would be taken as the words."""
    if isinstance(words, str):
        raise ValueError(
            f"SECURITY_PASSWORD_CONTEXT is {words!r}: make it a list, as in {[words]!r}"
        )


def make_blueprint(app: "App") -> Blueprint:
    """Return the views that the app's settings ask for, and the commands."""
    blueprint = Blueprint(
        NAME,
        __name__,
        url_prefix=app.config["SECURITY_URL_PREFIX"],
        template_folder="templates",
        cli_group="users",
    )
    if app.config["SECURITY_REGISTERABLE"]:
        blueprint.add_url_rule("/register", view_func=register, methods=["GET", "POST"])
    add_login_views(blueprint, app.config)
    blueprint.cli.command("create")(create)
    blueprint.cli.command("forget-logins")(forget)
    return blueprint


@click.argument("email")
def create(email: str) -> None:
    """Create an account; you're asked for its password, which isn't shown."""
    # not an option: the shell's history and the list of processes would show it
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if mistakes := check_password(password, email):
        raise click.ClickException(" ".join(mistakes))
    try:
        user = register_user(email, password)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if user is None:
        raise click.ClickException(f"{email} has an account already.")
    click.echo(f"{user.email} has an account.")


def forget() -> None:
    """Delete logins that have ended, and tracks that are too old."""
    forget_logins()
