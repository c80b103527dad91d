"""Registration: how a visitor gets an account, and what the answer says."""

import re
from html.parser import HTMLParser

import pytest
from argon2 import PasswordHasher
from step23_accounts import App, Blueprint, render_template_string
from step23_accounts.security import (
    CSRFProtect,
    MemoryUserDatastore,
    RegisterForm,
    Security,
    register_user,
    user_registered,
    verify_password,
)
from wtforms import StringField
from wtforms.validators import InputRequired

ADA = {"email": "Ada@wren.example", "password": "a bell in the morning fog"}
EVE = {"email": "ada@WREN.example", "password": "what eve would like it to be"}
CHEAP = {"memory_cost": 8, "time_cost": 1, "parallelism": 1}


def make_app(security=None, **settings):
    app = App("wren")
    app.testing = True
    app.secret_key = "not a secret"
    app.config.update(
        SECURITY_REGISTERABLE=True, SECURITY_PASSWORD_HASH_OPTIONS=CHEAP, **settings
    )
    (security or Security()).init_app(app, MemoryUserDatastore(app))
    return app


@pytest.fixture
def app():
    return make_app()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def signals():
    """Return a list of the users that the signal came with."""
    users = []

    def note(app, user, **more):
        users.append(user)

    with user_registered.connected_to(note):
        yield users


def token_of(client, path="/register"):
    return re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(path).text)[
        1
    ]


def send(client, data=ADA, **options):
    """Send the form as a page does."""
    token = token_of(client)
    return client.post("/register", data={**data, "csrf_token": token}, **options)


def send_json(client, data=ADA):
    """Send the form as a script does."""
    headers = {"X-CSRFToken": token_of(client)}
    return client.post("/register", json=data, headers=headers)


def users_of(app):
    with app.app_context():
        users = app.extensions["security"].datastore
        return users.find(users.user_model)


class Inputs(HTMLParser):
    """The fields of a page, by their names."""

    def __init__(self, page):
        super().__init__()
        self.fields = {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        fields = dict(attributes)
        if tag == "input":
            self.fields[fields["name"]] = fields


# --- an account


def test_visitor_gets_an_account(app, client):
    answer = send(client)

    assert answer.status_code == 303
    (user,) = users_of(app)
    assert user.email == "Ada@wren.example"
    with app.app_context():
        assert verify_password(ADA["password"], user.password)


def test_answer_is_shown_on_the_next_page(client):
    answer = send(client)

    page = client.get(answer.location).text
    assert "account now" in page
    assert page.count("account now") == 1


def test_program_gets_an_account(app, client):
    answer = send_json(client)

    assert answer.status_code == 202
    assert "account now" in answer.json["message"]
    assert len(users_of(app)) == 1


def test_app_hears_of_new_users(app, client, signals):
    send(client)

    assert signals == users_of(app)


def test_nobody_is_logged_in_by_that(app, client):
    send(client)

    with client.session_transaction() as session:
        assert session.keys() <= {"csrf_token", "_flashes"}


@pytest.mark.parametrize(
    "more",
    [{"active": ""}, {"id": "7"}, {"fs_uniquifier": "eve"}, {"email_key": "x"}],
)
@pytest.mark.parametrize("way", [send, send_json])
def test_only_the_forms_fields_are_kept(app, client, way, more):
    way(client, {**ADA, **more})

    (user,) = users_of(app)
    assert user.active is True
    assert user.id == 1
    assert len(user.fs_uniquifier) >= 32
    assert user.email_key == "ada@wren.example"


# --- who has one already


def both_answers(app, way, data=ADA):
    """Return what a new visitor and a known address get, without what is random."""
    client, other = app.test_client(), app.test_client()
    answers = [way(client, data), way(other, {**data, "email": EVE["email"]})]
    pages = [client.get("/register").text, other.get("/register").text]
    token = r'value="[\w-]{60,}"'
    return [
        (
            answer.status,
            answer.text,
            sorted(answer.headers.keys()),
            answer.location,
            re.sub(token, "", page),
        )
        for answer, page in zip(answers, pages, strict=True)
    ]


@pytest.mark.parametrize("way", [send, send_json])
def test_known_address_gets_the_same_answer(app, way):
    new, known = both_answers(app, way)

    assert new == known
    assert len(users_of(app)) == 1


def test_known_address_costs_as_many_hashes(app, client, monkeypatch):
    calls, real = [], PasswordHasher.hash

    def counted(self, *arguments, **options):
        calls.append(arguments)
        return real(self, *arguments, **options)

    monkeypatch.setattr(PasswordHasher, "hash", counted)
    counts = []
    for data in (ADA, EVE, ADA):
        calls.clear()
        send(client, data)
        counts.append(len(calls))

    assert counts == [1, 1, 1]


def test_account_stays_as_it_was(app, client, signals):
    send(client)
    before = users_of(app)[0]

    send(client, EVE)

    (user,) = users_of(app)
    assert vars(user) == vars(before)
    assert len(signals) == 1


@pytest.mark.parametrize("password", ["short", "passwordpassword", "ada@wren.example"])
def test_mistakes_are_the_same_for_a_known_address(app, password):
    client = app.test_client()
    data = {**EVE, "password": password}
    new = send_json(client, data)
    send(client)

    known = send_json(client, data)

    assert (new.status, new.json) == (known.status, known.json)
    assert new.status_code == 400


# --- the form


@pytest.mark.asvs("6.2.6", "6.2.7")
def test_form_helps_browsers_and_managers(client):
    fields = Inputs(client.get("/register").text).fields

    assert fields["email"]["type"] == "email"
    assert fields["email"]["autocomplete"] == "username"
    assert fields["password"]["type"] == "password"
    assert fields["password"]["autocomplete"] == "new-password"
    # a browser cuts what is pasted, and doesn't say so
    assert "maxlength" not in fields["password"]
    assert "onpaste" not in client.get("/register").text


@pytest.mark.asvs("6.4.2")
def test_form_asks_for_nothing_else(client):
    assert Inputs(client.get("/register").text).fields.keys() == {
        "csrf_token",
        "email",
        "password",
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "ada@wren.example\r\nBcc: eve@evil.example"}, "email"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "passwordpassword"}, "password"),
        ({"password": "Ada@wren.example"}, "password"),
        ({"password": "x" * 1025}, "password"),
    ],
)
def test_mistake_is_told_at_its_field(app, client, wrong, field):
    page = send(client, {**ADA, **wrong})
    program = send_json(client, {**ADA, **wrong})

    assert page.status_code == program.status_code == 400
    assert f'id="{field}-error"' in page.text
    assert [*program.json["errors"]] == [field]
    assert users_of(app) == []


def test_password_does_not_come_back(client):
    page = send(client, {**ADA, "email": "nobody"}).text

    assert 'value="nobody"' in page
    assert ADA["password"] not in page
    assert ADA["password"] not in send_json(client, {**ADA, "email": "nobody"}).text


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        None,
        "ada",
        5,
        {"email": 5, "password": 5},
        {"email": None, "password": None},
        {"email": [], "password": []},
        {"email": {"$ne": ""}, "password": {"$ne": ""}},
        {"email": True, "password": 1e999},
        {**ADA, "email": [5, "ada@wren.example"]},
        {**ADA, "email": "ada@wren.example\0"},
        {
            **ADA,
            "email": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 80 + "@b.ch",
        },
        {**ADA, "password": "\0" * 15},
        {**ADA, "password": "\N{REPLACEMENT CHARACTER} a bell in the fog"},
    ],
)
def test_odd_json_gets_a_400(app, client, data):
    assert send_json(client, data).status_code == 400
    assert users_of(app) == []


def test_bytes_that_are_no_text_get_a_400(app, client):
    body = f"csrf_token={token_of(client)}&email=ada@wren.example&password=".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = client.post("/register", data=body + b"%E4" * 20, headers=headers)

    assert answer.status_code == 400
    assert users_of(app) == []


def test_one_address_is_registered_if_several_are_sent(app, client):
    data = {**ADA, "email": ["eve@evil.example", "ada@wren.example"]}

    send(client, data)

    assert [user.email for user in users_of(app)] == ["eve@evil.example"]


def test_form_has_to_come_from_our_page(app, client):
    assert client.post("/register", data=ADA).status_code == 400
    assert client.post("/register", json=ADA).status_code == 400
    assert users_of(app) == []


def test_form_has_its_token_where_all_requests_need_one(app, client):
    CSRFProtect(app)

    assert client.post("/register", data=ADA).status_code == 403
    assert send(client).status_code == 303


def test_expired_form_says_so(client):
    page = client.post("/register", data={**ADA, "csrf_token": "old"}).text

    assert "expired" in page


def test_form_works_without_tokens():
    client = make_app(WTF_CSRF_ENABLED=False).test_client()

    assert "csrf_token" not in client.get("/register").text
    assert client.post("/register", data=ADA).status_code == 303


# --- what an app chooses


def test_registration_is_only_there_if_the_app_wants_it():
    app = App("wren")
    Security(app, MemoryUserDatastore(app))

    assert app.test_client().get("/register").status_code == 404


def test_pages_may_be_below_a_prefix():
    client = make_app(SECURITY_URL_PREFIX="/account").test_client()

    assert client.get("/account/register").status_code == 200
    assert client.get("/register").status_code == 404


def test_view_that_comes_after_it_may_be_named():
    app = make_app(SECURITY_POST_REGISTER_VIEW="welcome")
    app.add_url_rule("/welcome", "welcome", lambda: "")

    assert send(app.test_client()).location == "/welcome"


class Translations:
    """Shouts, so that tests hear it."""

    def gettext(self, text):
        return text.upper()

    def ngettext(self, singular, plural, number):
        return (singular if number == 1 else plural).upper()


class MyForm(RegisterForm):
    class Meta(RegisterForm.Meta):
        def get_translations(self, form):
            return Translations()

    answer = StringField("What is the nightingale's name?", [InputRequired()])


def test_form_may_be_the_apps_own():
    app = make_app(Security(register_form=MyForm))
    client = app.test_client()

    page = send(client, {**ADA, "password": "passwordpassword"}).text
    send(client, {**ADA, "answer": "Philomela"})

    assert "nightingale&#39;s name" in page
    assert "TOO EASY" in page
    assert "ACCOUNT NOW" in client.get("/register").text
    assert len(users_of(app)) == 1


def test_pages_may_be_the_apps_own(tmp_path):
    folder = tmp_path / "templates" / "security"
    folder.mkdir(parents=True)
    (folder / "base.html").write_text("<i>Wren</i>{% block content %}{% endblock %}")
    app = App("wren", root_path=str(tmp_path))
    app.secret_key = "not a secret"
    app.config["SECURITY_REGISTERABLE"] = True
    Security(app, MemoryUserDatastore(app))

    page = app.test_client().get("/register").text

    assert page.startswith("<i>Wren</i>")
    assert 'type="password"' in page


def test_one_extension_serves_several_apps():
    security = Security()
    one, other = make_app(security), make_app(security)

    send(one.test_client())

    assert len(users_of(one)) == 1
    assert users_of(other) == []


def test_extension_wants_a_datastore():
    with pytest.raises(RuntimeError, match="datastore"):
        Security(App("wren"))


def test_extension_is_set_up_once(app):
    with pytest.raises(RuntimeError, match="already"):
        Security(app, MemoryUserDatastore(app))


# --- from elsewhere


def test_code_may_register_a_user(app, signals):
    with app.app_context():
        user = register_user(**ADA)
        again = register_user(**EVE)

    assert users_of(app) == signals == [user]
    assert again is None


def run(app, *arguments, answers=(ADA["password"],) * 2):
    runner = app.test_cli_runner()
    return runner.invoke(args=["users", *arguments], input="\n".join([*answers, ""]))


def test_command_makes_a_user(app, signals):
    result = run(app, "create", ADA["email"])

    assert result.exit_code == 0
    assert ADA["email"] in result.output
    assert len(users_of(app)) == 1
    with app.app_context():
        assert verify_password(ADA["password"], users_of(app)[0].password)


def test_command_works_where_visitors_cannot_register():
    app = App("wren")
    app.config["SECURITY_PASSWORD_HASH_OPTIONS"] = CHEAP
    Security(app, MemoryUserDatastore(app))

    assert run(app, "create", ADA["email"]).exit_code == 0
    assert len(users_of(app)) == 1


def test_command_never_shows_a_password(app):
    result = run(app, "create", ADA["email"])

    assert ADA["password"] not in result.output
    # nor takes it where others see it: among the arguments
    assert "--password" not in run(app, "create", "--help").output


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody", ADA["password"], "@"),
        (ADA["email"], "short", "15"),
        (ADA["email"], "passwordpassword", "guess"),
        (ADA["email"], "ada@wren.example", "guess"),
    ],
)
def test_command_says_what_is_wrong(app, email, password, said):
    result = run(app, "create", email, answers=[password, password])

    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert users_of(app) == []


def test_command_may_say_that_there_is_an_account(app):
    run(app, "create", ADA["email"])

    result = run(app, "create", EVE["email"])

    assert result.exit_code == 1
    assert "already" in result.output


# --- nothing leaks


def test_failure_shows_neither_password_nor_hash(app, caplog):
    app.testing = False
    users = []

    def fail(sender, user):
        users.append(user)
        raise RuntimeError(f"the mail for {user} can't be sent")

    with user_registered.connected_to(fail):
        answer = send(app.test_client())

    assert answer.status_code == 500
    assert "can't be sent" in caplog.text
    for secret in (ADA["password"], users[0].password, users[0].password[-20:]):
        assert secret not in caplog.text
        assert secret not in answer.text


def test_page_that_shows_a_user_shows_no_hash(app):
    pages = Blueprint("pages", __name__)

    @pages.get("/users")
    def listed():
        return render_template_string("{{ users }}", users=users_of(app))

    app.register_blueprint(pages)
    send(app.test_client())

    page = app.test_client().get("/users").text

    assert "MemoryUser 1" in page
    assert users_of(app)[0].password not in page
