"""Fields for files."""

from io import BytesIO

import pytest
from step22_forms import App
from step22_forms.security import FileField, Form, MultipleFileField
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional


class Recording(Form):
    title = StringField("Title", [Optional(), Length(max=20)])
    song = FileField("Song", [InputRequired()])
    covers = MultipleFileField("Covers")


@pytest.fixture
def app():
    """Return an app that tells what a form has taken."""
    app = App(__name__)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False

    @app.post("/")
    def add():
        form = Recording()
        if not form.validate_on_submit():
            return form.errors, 400
        covers = [cover.filename for cover in form.covers.data]
        return {"song": form.song.data.read().decode(), "covers": covers}

    return app


def test_file_is_the_data_of_its_field(app):
    song = (BytesIO(b"chirp"), "song.ogg")

    answer = app.test_client().post("/", data={"song": song})

    assert answer.json == {"song": "chirp", "covers": []}


def test_several_files_are_a_list(app):
    covers = [(BytesIO(b"x"), "a.png"), (BytesIO(b"y"), "b.png")]
    data = {"song": (BytesIO(b"chirp"), "song.ogg"), "covers": covers}

    assert app.test_client().post("/", data=data).json["covers"] == ["a.png", "b.png"]


@pytest.mark.parametrize("name", ["", None])
def test_file_that_was_not_chosen_is_none(app, name):
    data = {"song": (BytesIO(b""), name)} if name is not None else {}

    answer = app.test_client().post("/", data=data, content_type="multipart/form-data")

    assert answer.json == {"song": ["This field is required."]}


def test_text_is_no_file_and_a_file_no_text(app):
    app.testing = False
    data = {"song": "chirp", "title": (BytesIO(b"x"), "title"), "covers": "a.png"}

    answer = app.test_client().post("/", data=data, content_type="multipart/form-data")

    assert answer.json == {"song": ["This field is required."]}


def test_file_is_never_shown_again(app):
    with app.test_request_context("/", method="POST", data={"song": "<b>"}):
        form = Recording()
        form.validate()

        assert "value" not in form.song()
