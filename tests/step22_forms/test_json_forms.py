"""Forms that programs fill in, and what they may send."""

from types import SimpleNamespace

import pytest
from step22_forms import App
from step22_forms.security import Form
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    IntegerField,
    SelectChoice,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

ADA = {"name": "Ada", "email": "ada@wren.example"}
BIRDS = [SelectChoice(bird, bird) for bird in ("wren", "robin")]


class Profile(Form):
    name = StringField("Name", [Optional(), Length(max=20)])
    email = EmailField("Address", [InputRequired(), Email()])
    news = BooleanField("News")
    age = IntegerField("Age", [Optional(), NumberRange(0, 150)])
    birds = SelectMultipleField("Birds", choices=BIRDS)


@pytest.fixture
def app():
    """Return an app whose form needs no token, with a profile that is known."""
    app = App(__name__)
    app.secret_key = "not a secret"
    app.config["WTF_CSRF_ENABLED"] = False

    @app.route("/", methods=["POST", "PUT", "PATCH"])
    def change():
        known = SimpleNamespace(
            name="Bob", email="b@wren.example", news=True, age=7, birds=["wren"]
        )
        form = Profile(obj=known)
        if not form.validate_on_submit():
            return form.errors, 400
        form.populate_obj(known)
        return vars(known)

    return app


def test_json_fills_a_form_in(app):
    sent = {**ADA, "news": True, "age": 36, "birds": ["wren", "robin"]}

    answer = app.test_client().post("/", json=sent)

    assert answer.json == sent


def test_json_has_its_errors_too(app):
    answer = app.test_client().post("/", json={"email": "nobody", "birds": ["hen"]})

    assert answer.status_code == 400
    assert {*answer.json} == {"birds", "email"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, True),
        ({"news": False}, False),
        ({"news": True}, True),
        ({"news": None}, False),
    ],
)
def test_checkbox_that_is_absent_is_left_alone(app, sent, kept):
    answer = app.test_client().patch("/", json={**ADA, **sent})

    assert answer.json["news"] is kept


@pytest.mark.parametrize("sent", [True, "true", "y", "on"])
def test_checkbox_of_a_script_is_on(app, sent):
    assert app.test_client().post("/", json={**ADA, "news": sent}).json["news"] is True


@pytest.mark.parametrize("sent", [0, 0.0, 2, "0", "no", "off", "False", [0], [True, 0]])
def test_checkbox_that_is_neither_on_nor_off_is_refused(app, sent):
    answer = app.test_client().patch("/", json={**ADA, "news": sent})

    assert answer.status_code == 400 and {*answer.json} == {"news"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({}, ["wren"]), ({"birds": []}, []), ({"birds": ["robin"]}, ["robin"])],
)
def test_choices_that_are_absent_are_left_alone(app, sent, kept):
    answer = app.test_client().patch("/", json={**ADA, **sent})

    assert answer.json["birds"] == kept


def test_choices_of_a_page_are_none_if_they_are_absent(app):
    assert app.test_client().post("/", data=ADA).json["birds"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, ["Ada", "Bob"]),
        ({"friends": []}, []),
        ({"friends-0": "Carl"}, ["Carl"]),
    ],
)
def test_list_that_is_absent_is_left_alone(app, sent, kept):
    class Friends(Form):
        friends = FieldList(StringField())

    @app.patch("/friends")
    def friends():
        return Friends(data={"friends": ["Ada", "Bob"]}).friends.data

    answer = app.test_client().patch("/friends", json={"name": "Eve", **sent})

    assert answer.json == kept


def test_checkbox_of_a_page_is_off_if_it_is_absent(app):
    assert app.test_client().post("/", data=ADA).json["news"] is False


def test_what_is_absent_keeps_its_value(app):
    answer = app.test_client().patch("/", json={"email": "new@wren.example"})

    assert answer.json["name"] == "Bob"
    assert answer.json["email"] == "new@wren.example"


@pytest.mark.parametrize(
    "value",
    [5, 5.5, True, None, "", "\0", [], [5], [None], [[]], {}, {"a": 1}, [{}], 10**400],
)
@pytest.mark.parametrize("field", ["name", "email", "news", "age", "birds"])
def test_value_of_any_type_is_taken_or_refused(app, field, value):
    answer = app.test_client().post("/", json={**ADA, field: value})

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("value", [{}, {"a": 1}, [[]], [{}], ["wren", ["robin"]]])
def test_value_inside_a_value_is_refused_with_its_field(app, value):
    answer = app.test_client().post("/", json={**ADA, "name": value})

    assert answer.status_code == 400
    assert "'name'" in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize("body", ["[]", "5", '"text"', "null", "{", ""])
def test_body_that_is_no_object_is_refused(app, body):
    answer = app.test_client().post("/", data=body, content_type="application/json")

    assert answer.status_code == 400


def test_token_of_a_program_is_in_a_header():
    app = App(__name__)
    app.secret_key = "not a secret"
    app.get("/")(lambda: Profile().hidden_tag())

    @app.post("/")
    def save():
        return ("saved", 201) if Profile().validate_on_submit() else ("no", 400)

    client = app.test_client()
    token = client.get("/").text.partition('value="')[2].partition('"')[0]

    with_token = client.post("/", json=ADA, headers={"X-CSRFToken": token})
    without = client.post("/", json=ADA)

    assert (with_token.status_code, without.status_code) == (201, 400)
