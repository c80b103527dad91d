"""Forms: what comes with a request, checked, and shown again."""

from types import SimpleNamespace

import pytest
from step22_forms import App, render_template_string, request
from step22_forms.security import CSRFProtect, Form
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    FormField,
    IntegerField,
    StringField,
)
from wtforms.meta import DefaultMeta
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

ADA = {"name": "Ada", "email": "ada@wren.example"}


class SignUp(Form):
    name = StringField("Your name", [InputRequired(), Length(max=20)])
    email = EmailField("Your address", [InputRequired(), Email()])
    news = BooleanField("Tell me more")


def with_form(form_class, page="{{ form.hidden_tag() }}", **options):
    """Return an app that shows a form, and answers with its data or its errors."""
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"

    @app.route("/", methods=["GET", "POST", "PUT", "PATCH"])
    def show():
        form = form_class(**options)
        if form.validate_on_submit():
            return {
                name: data for name, data in form.data.items() if name[:4] != "csrf"
            }
        if request.method == "GET":
            return render_template_string(page, form=form)
        return form.errors, 400

    return app


def without_token(form_class, **options):
    """Return such an app whose form asks for no token."""
    app = with_form(form_class, **options)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def token_of(client):
    return client.get("/").text.partition('value="')[2].partition('"')[0]


def test_form_that_is_filled_in_is_valid():
    client = with_form(SignUp).test_client()

    answer = client.post("/", data={**ADA, "csrf_token": token_of(client)})

    assert answer.json == {**ADA, "news": False}


@pytest.mark.asvs("2.2.1", "2.2.2")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 21}, "name"),
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "ada@wren.example\r\nBcc: eve@evil.example"}, "email"),
    ],
)
def test_each_mistake_is_an_error_of_its_field(given, field):
    client = without_token(SignUp).test_client()

    answer = client.post("/", data={**ADA, **given})

    assert answer.status_code == 400
    assert [*answer.json] == [field]


def test_page_that_is_only_looked_at_has_no_errors():
    page = "{{ form.name() }}{{ form.errors|length }}"
    client = without_token(SignUp, page=page).test_client()

    seen = client.get("/?name=Eve").text

    assert seen.endswith("0")
    assert "Eve" not in seen


def test_form_shows_what_was_typed():
    app = App(__name__)
    app.config["WTF_CSRF_ENABLED"] = False

    @app.post("/")
    def show():
        form = SignUp()
        form.validate()
        return render_template_string("{{ form.name() }}{{ form.news() }}", form=form)

    page = app.test_client().post("/", data={"name": '"><b>Ada', "news": "y"}).text

    assert 'value="&#34;&gt;&lt;b&gt;Ada"' in page
    assert "checked" in page


def test_form_begins_with_what_is_known():
    ada = SimpleNamespace(name="Ada", email="ada@wren.example", news=True)
    page = "{{ form.name() }}{{ form.email() }}"
    client = without_token(SignUp, page=page, obj=ada).test_client()

    assert 'value="Ada"' in client.get("/").text
    assert client.post("/", data={**ADA, "name": "Eve"}).json["name"] == "Eve"


def test_token_is_asked_for_without_an_extension():
    client = with_form(SignUp).test_client()

    answer = client.post("/", data=ADA)

    assert answer.status_code == 400
    assert [*answer.json] == ["csrf_token"]
    assert "expired" in answer.json["csrf_token"][0]


def test_form_with_an_old_token_is_shown_again_with_what_was_typed():
    app = with_form(SignUp)
    csrf = CSRFProtect(app)

    @app.post("/again")
    @csrf.exempt
    def again():
        form = SignUp()
        assert not form.validate_on_submit()
        page = "{{ form.hidden_tag() }}{{ form.name() }}{{ form.csrf_token.errors }}"
        return render_template_string(page, form=form), 400

    client = app.test_client()
    token = token_of(app.test_client())
    page = client.post("/again", data={**ADA, "csrf_token": token}).text

    assert 'value="Ada"' in page
    assert "expired" in page
    assert token not in page
    new = page.partition('value="')[2].partition('"')[0]
    assert client.post("/", data={**ADA, "csrf_token": new}).status_code == 200


def test_token_that_is_never_shown_is_never_made():
    client = without_token(SignUp, page="{{ form.name() }}").test_client()
    client.application.config["WTF_CSRF_ENABLED"] = True

    answer = client.get("/")

    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.vary


def test_form_may_do_without_a_token():
    app = App(__name__)

    @app.get("/")
    def search():
        form = SignUp(request.args, meta={"csrf": False})
        return {"valid": form.validate(), "hidden": form.hidden_tag()}

    answer = app.test_client().get("/", query_string=ADA)

    assert answer.json == {"valid": True, "hidden": ""}


def test_data_may_be_given():
    app = with_form(SignUp)

    with app.test_request_context("/", method="POST", data=ADA):
        given = SignUp(MultiDict({"name": "Bob"}))
        empty = SignUp(None)

    assert given.name.data == "Bob"
    assert empty.name.data is None


def test_two_forms_on_a_page_are_told_apart():
    app = App(__name__)
    app.secret_key = "not a secret"

    @app.route("/", methods=["GET", "POST"])
    def show():
        forms = [SignUp(prefix=prefix) for prefix in ("one", "two")]
        if request.method == "GET":
            return forms[1].hidden_tag()
        return {"names": [form.name.data for form in forms], "ok": forms[1].validate()}

    client = app.test_client()
    page = client.get("/").text
    token = page.partition('value="')[2].partition('"')[0]
    data = {"two-name": "Ada", "two-email": ADA["email"], "two-csrf_token": token}

    assert 'name="two-csrf_token"' in page
    assert client.post("/", data=data).json == {"names": [None, "Ada"], "ok": True}


class Song(Form):
    title = StringField("Title", [InputRequired()])
    beats = IntegerField("Beats", [Optional(), NumberRange(1, 300)])


class Choir(Form):
    songs = FieldList(FormField(Song), "Songs", max_entries=3)


def test_form_in_a_form_needs_no_token_of_its_own():
    client = with_form(
        Choir, page="{{ form.hidden_tag() }}|{{ form.songs() }}"
    ).test_client()
    token = token_of(client)

    answer = client.post("/", data={"songs-0-title": "Trill", "csrf_token": token})

    assert answer.json == {"songs": [{"beats": None, "title": "Trill"}]}
    assert client.get("/").text.count("csrf_token") == 2


def test_list_keeps_the_order_of_its_numbers():
    client = without_token(Choir).test_client()
    data = {"songs-10-title": "c", "songs-2-title": "b", "songs-0-title": "a"}

    answer = client.post("/", data=data)

    assert [song["title"] for song in answer.json["songs"]] == ["a", "b", "c"]


def test_list_has_no_more_entries_than_it_may():
    client = without_token(Choir).test_client()
    data = {f"songs-{number}-title": "x" for number in range(100)}

    assert len(client.post("/", data=data).json["songs"]) == 3


def test_error_in_a_list_is_at_its_entry():
    client = without_token(Choir).test_client()
    data = {"songs-0-title": "a", "songs-1-title": "", "songs-1-beats": "1000"}

    assert [*client.post("/", data=data).json["songs"][1]] == ["beats", "title"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Dieses Feld wird benötigt"),
        ("fr", "Ce champ est requis"),
        ("xx", "required"),
    ],
)
def test_messages_are_in_the_language_of_the_form(language, said):
    class Translated(SignUp):
        class Meta:
            locales = (language, "en")

    answer = without_token(Translated).test_client().post("/", data={})

    assert said in answer.json["name"][0]


def test_language_may_depend_on_the_request():
    class Translated(SignUp):
        class Meta:
            @property
            def locales(self):
                return (request.accept_languages.best_match(["de", "fr"], "en"), "en")

    client = without_token(Translated).test_client()
    answers = [
        client.post("/", data={}, headers={"Accept-Language": language}).json["name"]
        for language in ("de", "fr", "ja")
    ]

    assert len({str(answer) for answer in answers}) == 3


def test_messages_are_in_english_wherever_the_server_is(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "de")
    # the catalogs that it has loaded
    monkeypatch.setattr(DefaultMeta, "translations_cache", {})

    answer = without_token(SignUp).test_client().post("/", data={})

    assert answer.json["name"] == ["This field is required."]


def test_object_gets_the_fields_and_not_the_token():
    app = with_form(SignUp)
    ada = SimpleNamespace()

    with app.test_request_context("/", method="POST", data={**ADA, "admin": "1"}):
        SignUp().populate_obj(ada)

    assert vars(ada) == {**ADA, "news": False}
