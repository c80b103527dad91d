"""How a visitor gets an account.

The answer is the same whether or not the address has one: the same text and status
after the same work. Otherwise anyone could find out who has an account. As long
as no mail goes to the address first, one way is left: anyone who registers an address
and can't log in afterwards knows that it was taken.
"""

from typing import Any

from blinker import Namespace
from wtforms import EmailField, Field, PasswordField, ValidationError
from wtforms.validators import InputRequired

from .. import current_app, flash, redirect, render_template, request, url_for
from .access import public
from .addresses import email_key
from .datastore import DuplicateUserError
from .forms import Form
from .passwords import hash_password
from .rules import check_password

# sent with the app as sender, and with the new `user`
user_registered = Namespace().signal("user-registered")

DONE = "If this address is new, it has an account now. If not, nothing has changed."


def check_email(form: Form, field: Field) -> None:
    """Refuse anything that isn't an address."""
    try:
        email_key(field.data or "")
    except ValueError:
        raise ValidationError(field.gettext("Invalid email address.")) from None


def check_new_password(form: Any, field: Field) -> None:
    """Refuse a password that is too short, or easy to guess."""
    mistakes = check_password(field.data or "", form.email.data or "", words=field)
    if mistakes:
        raise ValidationError(" ".join(mistakes))


class RegisterForm(Form):
    """What an account needs. Derive from it to ask for that in other words.

    Password managers know the fields by `autocomplete` (HTML, section 4.10.18.7).
    There is no `maxlength`: a browser would cut off what is pasted without a word.
    """

    email = EmailField(
        "Your address",
        [InputRequired(), check_email],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "A new password",
        [InputRequired(), check_new_password],
        description="A long one, such as a sentence that nobody else would write.",
        render_kw={"autocomplete": "new-password"},
    )


@public
def register() -> Any:
    """Show the form, or process it; answer a page with a page, and JSON with JSON."""
    form = current_app.extensions["security"].register_form()
    if form.validate_on_submit():
        register_user(form.email.data, form.password.data)
        return answer(form.email.gettext(DONE))
    status = 400 if form.is_submitted() else 200
    if request.is_json:
        return {"errors": form.errors}, status
    return render_template("security/register_user.html", form=form), status


def answer(message: str) -> Any:
    """Return the same answer whether or not there's a new account."""
    if request.is_json:
        # "accepted" promises nothing (RFC 9110, section 15.3.3)
        return {"message": message}, 202
    flash(message)
    view = current_app.config["SECURITY_POST_REGISTER_VIEW"]
    return redirect(url_for(view or ".register"), 303)


def register_user(email: str, password: str) -> Any | None:
    """Return a new user, or None if the address has an account.

    The password is hashed first, and always. So the time it takes doesn't show what the
    datastore finds, and the transaction is short.
    """
    users = current_app.extensions["security"].datastore
    user = users.create_user(email=email, password=hash_password(password))
    try:
        users.commit()
    except DuplicateUserError:
        return None
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    user_registered.send(app, _async_wrapper=app.ensure_sync, user=user)
    return user
