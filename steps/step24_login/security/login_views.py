"""The pages of a login: in, out, the password once more, a new one, and all logins.

What they do is in `login` and `login_sessions`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    IntegerField,
    PasswordField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional

from .. import (
    Blueprint,
    abort,
    current_app,
    is_local_url,
    redirect,
    render_template,
    request,
    url_for,
)
from .audit import login_ended, report, user_login_failed
from .forms import Form
from .login import (
    change_user_password,
    confirm_login,
    current_login,
    current_user,
    fresh_login_required,
    login_required,
    login_user,
    logout_user,
    prefers_json,
    visitor,
)
from .login_sessions import end_login, logins_of, state, store
from .passwords import verify_and_update_password
from .rules import check_password
from .tracking import track_failure, tracking_of

# one sentence, whatever was wrong: nobody learns who has an account
NO_LOGIN = "This address and this password don't belong to an account."
WRONG = "That isn't your password."


def authenticate(user: Any, password: str) -> bool:
    """Return whether a user has a password, and count it if not.

    Costs the same for None, the user whom nobody has found.
    """
    if verify_and_update_password(password, user) and user.is_active:
        return True
    track_failure(user)
    report(user_login_failed, user)
    return False


class LoginForm(Form):
    """What a user logs in with."""

    email = EmailField(
        "Your address", [InputRequired()], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        "Your password",
        [InputRequired()],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField("Keep me logged in")
    # whom it has found
    user: Any = None

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        self.user = store().find_user(email=self.email.data)
        return accept(self.password, self.user, NO_LOGIN)


class VerifyForm(Form):
    """The password, once more."""

    password = PasswordField(
        "Your password",
        [InputRequired()],
        render_kw={"autocomplete": "current-password"},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        return accept(self.password, visitor().user, WRONG)


def check_new(form: Form, field: Field) -> None:
    """Refuse a new password that breaks the rules."""
    mistakes = check_password(field.data or "", visitor().user.email, words=field)
    if mistakes:
        raise ValidationError(" ".join(mistakes))


class ChangePasswordForm(VerifyForm):
    """The password, and a new one."""

    new_password = PasswordField(
        "A new password",
        [InputRequired(), check_new],
        description="A long one, such as a sentence that nobody else would write.",
        render_kw={"autocomplete": "new-password"},
    )


class EndForm(Form):
    """Which login is to end; all others, if none is named."""

    login = IntegerField("Login", [Optional()])


def accept(field: Field, user: Any, error: str) -> bool:
    """Return whether a field has a user's password, and give it an error if not."""
    if authenticate(user, field.data):
        return True
    field.errors = [field.gettext(error)]
    return False


def login() -> Any:
    """Show the form, or log a user in and go where the visitor wanted to."""
    form = state().login_form()
    if form.validate_on_submit():
        login_user(form.user, form.remember.data)
    if form.errors or not visitor().user.is_authenticated:
        return show(form, "login_user")
    return go_on("SECURITY_POST_LOGIN_VIEW")


def logout() -> Any:
    """Log the user out."""
    form = Form()
    if not form.validate_on_submit():
        abort(403, "The page has expired: load it again.")
    logout_user()
    return go_on("SECURITY_POST_LOGOUT_VIEW")


@login_required
def verify() -> Any:
    """Make the login fresh again."""
    form = state().verify_form()
    if not form.validate_on_submit():
        return show(form, "verify")
    confirm_login()
    return go_on("SECURITY_POST_LOGIN_VIEW")


@fresh_login_required
def change_password() -> Any:
    """Change the user's password."""
    form = state().change_password_form()
    if not form.validate_on_submit():
        return show(form, "change_password")
    change_user_password(current_user, form.new_password.data)
    return go_on("SECURITY_POST_LOGIN_VIEW")


@fresh_login_required
def logins() -> Any:
    """Show a user's logins: when and from where, and which go on."""
    return render_template(
        "security/logins.html",
        form=EndForm(),
        track=tracking_of(current_user),
        logins=logins_of(current_user),
        current=current_login(),
    )


@fresh_login_required
def end() -> Any:
    """End one of the user's logins, or all others."""
    form = EndForm()
    if not form.validate_on_submit():
        abort(400, "This login can't be ended: load the page again.")
    chosen = form.login.data
    for each in logins_of(current_user):
        if each.id == chosen or (chosen is None and each.id != current_login().id):
            end_login(current_user, each.id)
            report(login_ended, visitor().user)
    return redirect(url_for("security.logins"), 303)


def utc(seconds: int) -> str:
    """Return a time, in seconds since 1970, as people read it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def show(form: Form, name: str) -> Any:
    """Show a form, or what is wrong with it to a program."""
    status = 400 if form.is_submitted() else 200
    if prefers_json() and form.is_submitted():
        return {"errors": form.errors}, status
    return render_template(f"security/{name}.html", form=form), status


def go_on(setting: str) -> Any:
    """Redirect to where the visitor wanted to go, if that's a page of ours.

    A program is told the URL.
    """
    url, view = request.args.get("next"), current_app.config[setting]
    if not url or not is_local_url(url):
        url = url_for(view) if view else f"{request.root_path}/"
    return {"next": url} if prefers_json() else redirect(url, 303)


def add_login_views(blueprint: Blueprint, config: Mapping[str, Any]) -> None:
    """Add the views to a blueprint, at the URLs in the configuration."""
    blueprint.add_app_template_filter(utc)
    for name, view, url, methods in [
        ("login", login, "LOGIN", ["GET", "POST"]),
        ("logout", logout, "LOGOUT", ["POST"]),
        ("verify", verify, "VERIFY", ["GET", "POST"]),
        ("change_password", change_password, "CHANGE", ["GET", "POST"]),
        ("logins", logins, "LOGINS", ["GET"]),
        ("end_login", end, "LOGINS", ["POST"]),
    ]:
        url = config[f"SECURITY_{url}_URL"]
        blueprint.add_url_rule(url, name, view, methods=methods)
