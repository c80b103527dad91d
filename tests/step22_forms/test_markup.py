"""What a form's HTML tells those who don't see it."""

import pytest
from step22_forms import App
from step22_forms.security import Form
from wtforms import EmailField, FieldList, FormField, HiddenField, StringField
from wtforms.validators import Email, InputRequired, Length


class SignUp(Form):
    name = StringField("Your name", description="As your friends call you.")
    email = EmailField("Your address", [InputRequired(), Email()])
    nicks = FieldList(StringField("Nick"), description="Others")
    page = HiddenField()


@pytest.fixture
def form():
    app = App(__name__)
    app.secret_key = "not a secret"
    with app.test_request_context("/", method="POST", data={"page": "1"}):
        form = SignUp()
        form.validate()
        yield form


def test_label_is_tied_to_its_field(form):
    assert form.email.label() == '<label for="email">Your address</label>'
    assert 'id="email"' in form.email()


def test_field_says_where_its_hint_is(form):
    assert 'aria-describedby="name-hint"' in form.name()
    assert "aria-invalid" not in form.name()


def test_field_says_that_it_is_wrong_and_where_it_is_told(form):
    assert 'aria-describedby="email-error"' in form.email()
    assert 'aria-invalid="true"' in form.email()


def test_field_that_must_be_filled_in_says_so(form):
    assert "required" in form.email()
    assert 'type="email"' in form.email()


def test_hint_comes_before_the_error(form):
    form.name.errors = ["No."]

    assert 'aria-describedby="name-hint name-error"' in form.name()


def test_attribute_that_is_given_counts_more(form):
    assert 'aria-describedby="other"' in form.name(aria_describedby="other")
    assert 'class="wide"' in form.name(class_="wide")


def test_list_leaves_that_to_its_entries(form):
    assert "aria-" not in form.nicks()


def test_hidden_fields_come_in_one_piece(form):
    hidden = form.hidden_tag()

    assert hidden.count('type="hidden"') == 2
    assert 'name="csrf_token"' in hidden
    assert 'name="page" type="hidden" value="1"' in hidden


class Song(Form):
    title = StringField("Title", [InputRequired()])


class Choir(Form):
    name = StringField("Name", [InputRequired()])
    songs = FieldList(FormField(Song), "Songs", [Length(max=1, message="Too many.")])
    nicks = FieldList(StringField("Nick", [Length(max=3)]), "Nicks")


def test_mistakes_are_listed_with_their_fields_however_deep():
    app = App(__name__)
    app.config["WTF_CSRF_ENABLED"] = False
    sent = {"songs-0-title": "a", "songs-1-title": "", "nicks-0": "long"}
    with app.test_request_context("/", method="POST", data=sent):
        form = Choir()
        before = form.mistakes()
        form.validate()
        after = [
            (field.id, field.label.text, error) for field, error in form.mistakes()
        ]

    assert before == []
    assert after == [
        ("name", "Name", "This field is required."),
        ("songs-1-title", "Title", "This field is required."),
        ("songs", "Songs", "Too many."),
        ("nicks-0", "Nick", "Field cannot be longer than 3 characters."),
    ]


def test_mistake_with_the_token_is_listed_too(form):
    assert [field.id for field, _ in form.mistakes()] == ["email", "csrf_token"]
