"""The exercise `words`: messages of our own, in the visitor's language."""

import pytest
from exercise import TranslatedForm, Words
from step22_forms import App
from wtforms import StringField, ValidationError
from wtforms.meta import DefaultMeta
from wtforms.validators import InputRequired, Length


def check_bird(form, field):
    if field.data != "wren":
        raise ValidationError(field.gettext("We don't know this bird."))


class Bird(TranslatedForm):
    words = {
        "de": {"We don't know this bird.": "Den Vogel kennen wir nicht."},
        "zz": {"We don't know this bird.": "Bzz."},
    }
    name = StringField("Name", [InputRequired()])
    bird = StringField("Bird", [check_bird])
    note = StringField("Note", [Length(max=3)])


def errors_in(language, **data):
    """Return what a form says in a language."""
    app = App("wren")
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/", method="POST", data=data):
        form = Bird(language=language)
        form.validate()
        return form.errors


def test_own_words_are_found():
    assert errors_in("de")["bird"] == ["Den Vogel kennen wir nicht."]


def test_other_words_are_those_of_wtforms():
    assert errors_in("de")["name"] == ["Dieses Feld wird benötigt."]
    assert "3" in errors_in("de", note="long")["note"][0]
    assert errors_in("de", note="long") != errors_in("en", note="long")


def test_language_without_own_words_has_the_message_itself():
    errors = errors_in("fr")

    assert errors["bird"] == ["We don't know this bird."]
    assert errors["name"] != ["This field is required."]


def test_language_may_be_known_to_us_alone():
    errors = errors_in("zz")

    assert (errors["bird"], errors["name"]) == (["Bzz."], ["This field is required."])


@pytest.mark.parametrize("language", ["", "xx", "../de", "de/../fr", "\0", "x" * 1000])
def test_language_that_nobody_knows_is_english(language):
    assert errors_in(language)["name"] == ["This field is required."]


def test_visitors_dont_fill_the_memory():
    errors_in("en")
    before = len(DefaultMeta.translations_cache)

    for number in range(50):
        errors_in(f"x{number}")

    assert len(DefaultMeta.translations_cache) <= before + 1


def test_words_alone_know_singular_and_plural():
    words = Words({"%d bird": "%d Vogel", "%d birds": "%d Vögel"}, None)

    assert [words.ngettext("%d bird", "%d birds", n) for n in (0, 1, 2)] == [
        "%d Vögel",
        "%d Vogel",
        "%d Vögel",
    ]
    assert words.ngettext("%d bell", "%d bells", 2) == "%d bells"
    assert words.gettext("Hello") == "Hello"


def test_form_takes_what_forms_take():
    app = App("wren")
    with app.test_request_context("/?name=Ada&bird=wren"):
        form = Bird(None, language="de", prefix="a", meta={"csrf": False})

    assert form.name.name == "a-name"
    assert "csrf_token" not in form
