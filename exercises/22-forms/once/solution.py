"""A form that is taken once: its number is used up when it's valid."""

from secrets import token_urlsafe
from threading import Lock
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from step22_forms import current_app, session
from step22_forms.security import Form
from wtforms import HiddenField

USED = "This form has been sent already."


class Used:
    """The numbers of an app's forms that have been taken."""

    def __init__(self) -> None:
        self.numbers: set[str] = set()
        self.lock = Lock()

    def take(self, number: str) -> bool:
        """Use up a number, and return whether it was still there."""
        with self.lock:
            fresh = number not in self.numbers
            self.numbers.add(number)
        return fresh


def used() -> Used:
    # `setdefault` is atomic: two threads get the same object
    found: Used = current_app.extensions.setdefault("once", Used())
    return found


def visitor() -> str:
    """Return a name for the visitor that nobody else has."""
    if "visitor" not in session:
        session["visitor"] = token_urlsafe()
    name: str = session["visitor"]
    return name


def serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="once")


def number_in(value: str | None) -> str | None:
    """Return the number of a form that was shown to this visitor."""
    try:
        name, number = serializer().loads(value or "")
    except (BadData, TypeError, ValueError):
        return None
    return str(number) if name == visitor() else None


class OnceForm(Form):
    """A form with a number, which is used up once the form is valid."""

    once = HiddenField()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not self.once.data:
            self.once.data = serializer().dumps([visitor(), token_urlsafe()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether all fields are valid, and the form is new."""
        if not super().validate(extra_validators):
            return False
        number = number_in(self.once.data)
        if number is None or not used().take(number):
            self.once.errors = [USED]
            return False
        return True
