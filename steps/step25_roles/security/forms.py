"""Forms: what a visitor fills in, checked and shown again (a bridge to WTForms).

Fields and validators are WTForms's own. How a form knows that one of our pages sent
it is in `csrf`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import wtforms
from markupsafe import Markup
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    SelectMultipleField,
    ValidationError,
)
from wtforms.csrf.core import CSRF
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta
from wtforms.validators import NumberRange
from wtforms.widgets import HiddenInput

from .. import abort, current_app, request
from .csrf import FIELD, SAFE_METHODS, generate_csrf, sent_token, validate_csrf

# stands for what came with the request
SUBMITTED: Any = object()
# fields that are emptied if nothing is sent for them
EMPTIED = (BooleanField, SelectMultipleField, FieldList)
# what a program, or a page's script, sends for a checkbox that's on
CHECKED = ("true", "y", "on")
# characters in the name of a field
LONGEST_NAME = 1000


class CSRFTokenField(HiddenField):
    """The hidden field with the token, which is made when the field is shown."""

    def _value(self) -> str:
        return generate_csrf()

    def pre_validate(self, form: BaseForm) -> None:
        validate_csrf(self.data or sent_token())

    def populate_obj(self, obj: object, name: str) -> None:
        """Keep the token out of objects."""


class FormCSRF(CSRF):
    """Adds the token to a form, unless the form is inside another one."""

    def setup_form(self, form: BaseForm) -> list[tuple[str, Any]]:
        # where WTForms keeps the form around it
        is_inner = getattr(form.meta, "_parent_form", None) is not None
        if is_inner or not current_app.config.get("WTF_CSRF_ENABLED", True):
            return []
        return [(FIELD, CSRFTokenField())]


class Form(wtforms.Form):
    """A form that reads what the request has sent: form fields, or JSON."""

    class Meta(DefaultMeta):
        """How a form reads, checks and shows its fields."""

        csrf = True
        csrf_class = FormCSRF

        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            if formdata is not SUBMITTED:
                return super().wrap_formdata(form, formdata)
            return submitted_data() if is_submitted() else None

        def render_field(self, field: Field, render_kw: Any) -> Markup:
            return super().render_field(field, {**described(field), **render_kw})

    def __init__(self, formdata: Any = SUBMITTED, **options: Any) -> None:
        """Read the request, if it submits something, or the form data that's passed.

        `obj` and `data` have the fields' initial values; `prefix` tells two forms on
        a page apart. With `meta={"csrf": False}`, no token is needed.
        """
        super().__init__(formdata, **options)

    def process(self, formdata: Any = None, *arguments: Any, **options: Any) -> None:
        super().process(formdata, *arguments, **options)
        if formdata is SUBMITTED and is_submitted() and request.is_json:
            self.keep_unsent()
            self.check_checkboxes()

    def keep_unsent(self) -> None:
        """Keep the values of checkboxes, choices and lists that a program hasn't sent.

        In a form from a page, these are off: browsers only send those that are on.
        """
        sent = request.get_json()
        for field in [*fields_in(self)]:
            came = field.entries if isinstance(field, FieldList) else field.raw_data
            if isinstance(field, EMPTIED) and not came and field.name not in sent:
                field.process(None, field.object_data)

    def check_checkboxes(self) -> None:
        """Refuse what is neither yes nor no: WTForms takes 0 and "off" for a yes."""
        for field in fields_in(self):
            if isinstance(field, BooleanField):
                known = {*CHECKED, *field.false_values}
                if not known.issuperset(field.raw_data or ()):
                    field.process_errors = [field.gettext("Not a valid choice.")]

    def is_submitted(self) -> bool:
        """Return whether the request submits something."""
        return is_submitted()

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether all fields are valid.

        `extra_validators` maps the names of fields to lists of more validators.
        """
        for field in fields_in(self):
            field.validators = [*map(guarded, field.validators)]
        return super().validate(extra_validators)

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        """Return whether something was submitted, and is valid."""
        return self.is_submitted() and self.validate(extra_validators)

    def mistakes(self) -> list[tuple[Field, str]]:
        """Return each error with its field, including those of inner forms.

        Show them above the form, where everyone sees them first.
        """
        wrong = (field for field in fields_in(self) if not isinstance(field, FormField))
        # a list has errors of its own, beside those of its entries
        return [
            (field, error)
            for field in wrong
            for error in field.errors
            if isinstance(error, str)
        ]

    def hidden_tag(self) -> Markup:
        """Return the hidden fields as HTML; the token is one of them."""
        hidden = [field for field in self if isinstance(field.widget, HiddenInput)]
        return Markup("\n").join(field() for field in hidden)


class FileField(wtforms.FileField):
    """A field for a file; its data is None if the visitor chose none."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.raw_data = sent_files(self.name)
        self.data = self.raw_data[0] if self.raw_data else None


class MultipleFileField(wtforms.MultipleFileField):
    """A field for several files; its data is a list."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = self.raw_data = sent_files(self.name)


def sent_files(name: str) -> list[FileStorage]:
    """Return a field's files; without any, browsers send one that has no name."""
    return [file for file in request.files.getlist(name) if file.filename]


def fields_in(fields: Iterable[Field]) -> Iterator[Field]:
    """Go through fields, and those inside lists and inner forms."""
    for field in fields:
        if isinstance(field, FormField | FieldList):
            yield from fields_in(field)
        yield field


def is_submitted() -> bool:
    """Return whether there is a request that may change something."""
    return bool(request) and request.method not in SAFE_METHODS


def submitted_data() -> MultiDict[str, str]:
    """Return the fields that came with the request, as text."""
    fields = fields_of(request.get_json()) if request.is_json else request.form
    if not all(map(is_name, fields)):
        abort(400, "The form has a field whose name can't be read.")
    return fields


def is_name(name: str) -> bool:
    """Return whether WTForms can read a name, which may have the index of a list in it.

    It tests that with `str.isdigit`, which accepts some characters that `int` doesn't.
    """
    odd = (each for each in name if each.isdigit() and not each.isdecimal())
    return len(name) <= LONGEST_NAME and not any(odd)


def fields_of(data: object) -> MultiDict[str, str]:
    """Return a JSON object as the fields of a form.

    Raises `BadRequest` for anything else, and for an object inside it.
    """
    if not isinstance(data, dict):
        abort(400, "Send an object with the fields of the form.")
    fields: MultiDict[str, str] = MultiDict()
    for name, value in data.items():
        for each in value if isinstance(value, list) else [value]:
            fields.add(name, as_text(name, each))
    return fields


def as_text(name: str, value: object) -> str:
    """Return what a browser would send for a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        abort(400, f"The field {name!r} has to be text, a number, or a list of those.")
    return str(value)


def guarded(validator: Any) -> Any:
    """Return a validator that raises `ValidationError` where WTForms's own crashes.

    `NumberRange` raises other errors for a number that no float can hold.
    """
    if not isinstance(validator, NumberRange):
        return validator

    def validate(form: BaseForm, field: Field) -> None:
        try:
            validator(form, field)
        except ValidationError:
            raise
        except (OverflowError, ValueError):
            raise ValidationError(field.gettext("Invalid input.")) from None

    return validate


def described(field: Field) -> dict[str, str]:
    """Return the attributes that lead a screen reader to a field's hint and errors.

    Their elements have the field's id, plus "-hint" or "-error" (WAI-ARIA 1.2).
    """
    if isinstance(field, FormField | FieldList | HiddenField):
        return {}
    parts = {"hint": field.description, "error": field.errors}
    ids = " ".join(f"{field.id}-{name}" for name, text in parts.items() if text)
    attributes = {"aria-describedby": ids} if ids else {}
    return {**attributes, "aria-invalid": "true"} if field.errors else attributes
