"""Who is logged in, and who gets in."""

from contextlib import suppress

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from step24_login import render_template_string, request
from step24_login.security import (
    MemoryUserDatastore,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from werkzeug.security import generate_password_hash
from werkzeug.test import run_wsgi_app

ADA = {"email": "ada@wren.example", "password": "a bell for every bird"}
JSON = {"Accept": "application/json"}


def test_user_logs_in_with_the_password(browse):
    browser = browse()

    before, answer, after = browser.who, browser.log_in(), browser.who

    assert (before, after) == ("nobody", "ada")
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/me").text == "ada@wren.example's own page"


def test_any_spelling_of_the_address_will_do(browse):
    browser = browse()

    browser.log_in("Ada", ADA["password"])

    assert browser.who == "ada"


def test_visitor_is_sent_to_the_login_page(browse):
    answer = browse().get("/me")

    assert answer.status_code in (302, 303)
    assert answer.location.startswith("/login?next=")
    assert "own page" not in answer.text


@pytest.mark.differs("Flask has no is_local_url", safer=True)
@pytest.mark.parametrize("url", ["/me", "/me?a=b&c=%2F", "/me?bell=z%C3%BCri%20x"])
def test_visitor_comes_back_after_the_login(browse, url):
    browser = browse()
    page = browser.get(url).location

    answer = browser.log_in(url=page)

    assert answer.location == url
    assert browser.get(answer.location).status_code == 200


def test_form_sent_without_a_login_is_not_sent_again(app, browse):
    app.config["WTF_CSRF_ENABLED"] = False

    answer = browse().client.post("/me", data={"a": "b"})

    assert (answer.status_code, answer.location) == (303, "/login")


@pytest.mark.parametrize("url", ["/me", "/safe"])
def test_program_is_told_that_it_has_to_log_in(browse, url):
    answer = browse().get(url, headers=JSON)

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert "Location" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_method_that_no_form_has_is_a_programs(app, method):
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/thing", "thing", login_required(lambda: ""), methods=[method])

    assert app.test_client().open("/thing", method=method).status_code == 401


@pytest.mark.differs("Flask's errors are pages", safer=False)
def test_program_is_told_so_in_json(browse):
    answer = browse().get("/me", headers=JSON)

    assert answer.json["status"] == 401


def test_program_logs_in(app, browse):
    app.config["WTF_CSRF_ENABLED"] = False
    client = browse().client

    answer = client.post("/login", json=ADA, headers=JSON)
    wrong = client.post("/login", json={**ADA, "password": "x"}, headers=JSON)

    assert (answer.status_code, wrong.status_code) == (200, 400)
    assert ADA["password"] not in answer.text + wrong.text
    assert client.get("/").text == "ada@wren.example"


@pytest.mark.parametrize("users", ["memory"], indirect=True)
@pytest.mark.parametrize(
    "data",
    [
        {}, [], None, "x", {"email": 5, "password": 5}, {"email": [], "password": []},
        {"email": {"$ne": ""}, "password": {"$ne": ""}},
        {"email": "\0", "password": "\0"}, {"email": "\ud800@x.com", "password": "x"},
        {"email": "ada@wren.example", "password": "\ud800"},
        {"email": "x" * 9000, "password": "x" * 9000},
        {**ADA, "password": ""}, {**ADA, "email": ""}, {**ADA, "email": None},
        {"email": "ada@wren.example", "password": ["x", "y"]},
    ],
)  # fmt: skip
def test_anything_else_is_refused(app, browse, data):
    app.config["WTF_CSRF_ENABLED"] = False
    client = browse().client

    assert client.post("/login", json=data, headers=JSON).status_code == 400
    assert client.get("/").text == "nobody"


@pytest.mark.asvs("6.3.8")
def test_all_failures_look_alike(app, users, browse):
    with app.app_context():
        for name, more in [("eve", {"active": False}), ("joe", {"password": None})]:
            password = users.find_user(email=ADA["email"]).password
            values = {"email": f"{name}@wren.example", "password": password, **more}
            users.create_user(**values)
        users.commit()
    names = [("ada", "x" * 20), ("nobody", "x"), ("eve", ADA["password"])]
    names += [("joe", ADA["password"]), ("joe", "None"), ("ada", "x" * 5000)]

    answers = [browse().log_in(*each) for each in names]

    assert {answer.status_code for answer in answers} == {400}
    texts = [
        text.replace(f"{name}@", "@").split("csrf_token")[0]
        for (name, _), text in zip(names, (each.text for each in answers), strict=True)
    ]
    assert len(set(texts)) == 1
    assert "don&#39;t belong" in answers[0].text


@pytest.fixture
def hashes(monkeypatch):
    """Return a list that gets an entry for each hash that's made of a password."""
    made = []

    def watch(name):
        real = getattr(PasswordHasher, name)

        def watched(*arguments, **options):
            with suppress(VerifyMismatchError):
                done = real(*arguments, **options)
                made.append(name)
                return done
            # other errors are raised before it begins to work
            made.append(name)
            raise VerifyMismatchError

        monkeypatch.setattr(PasswordHasher, name, watched)

    watch("hash")
    watch("verify")
    return made


@pytest.mark.asvs("6.3.8")
def test_each_failure_costs_one_hash(app, users, browse, hashes):
    with app.app_context():
        password = users.find_user(email=ADA["email"]).password
        users.create_user(email="joe@wren.example", password=None)
        users.create_user(email="eve@wren.example", password=password, active=False)
        users.commit()

    costs = []
    for name, password in [
        ("ada", "no bells at all"),
        ("nobody", "no bells at all"),
        ("joe", "no bells at all"),
        ("eve", ADA["password"]),
    ]:
        hashes.clear()
        browse().log_in(name, password)
        costs.append(len(hashes))

    assert costs == [1, 1, 1, 1]


def test_login_replaces_an_old_hash(app, users, browse, user):
    old = generate_password_hash(ADA["password"], "pbkdf2:sha256:1")
    with app.app_context():
        users.change(users.user_model, {"id": user().id}, password=old)

    browse().log_in()

    assert "$argon2id$" in user().password
    assert browse().log_in().status_code == 303


def test_password_is_never_shown_again(browse):
    answer = browse().log_in(password="not a bell in sight")

    assert "not a bell" not in answer.text


def test_login_page_leads_a_user_on(ada):
    answer = ada.get("/login")

    assert (answer.status_code, answer.location) == (303, "/")


def test_user_may_log_in_as_another(ada):
    ada.client.post("/logout")
    ada.log_in("bob")

    assert ada.who == "bob"


@pytest.mark.asvs("7.4.1", "14.3.1")
def test_user_logs_out(ada):
    answer = ada.log_out()

    assert (answer.status_code, answer.location) == (303, "/")
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert '"storage"' in answer.headers["Clear-Site-Data"]
    assert ada.who == "nobody"


def test_link_logs_nobody_out(ada):
    assert ada.get("/logout").status_code == 405
    assert ada.client.post("/logout").status_code == 403
    assert ada.who == "ada"


def test_logout_wants_a_token_in_any_app(app, ada):
    # an app that doesn't look at all requests
    app.extensions["csrf"].exempt(app.view_functions["security.logout"])

    assert ada.client.post("/logout").status_code == 403
    assert ada.who == "ada"


def test_nobody_may_log_out(browse):
    browser = browse()

    assert browser.log_out().status_code == 303
    assert browser.who == "nobody"


@pytest.mark.parametrize("url", ["/", "/me"])
def test_pages_of_a_user_are_kept_nowhere(ada, url):
    # or Back shows them after the logout
    assert "no-store" in ada.get(url).headers["Cache-Control"]


def test_view_may_let_its_page_be_kept(app, browse):
    @app.get("/poster")
    def poster():
        return current_user.email, {"Cache-Control": "private, max-age=60"}

    ada = browse()
    ada.log_in()

    assert ada.get("/poster").headers["Cache-Control"] == "private, max-age=60"


def test_async_view_may_want_a_login(app, browse):
    @app.get("/wait")
    @login_required
    async def wait():
        return "waited"

    ada = browse()
    ada.log_in()

    assert ada.get("/wait").text == "waited"
    assert browse().get("/wait").status_code in (302, 303)


def test_view_may_log_a_user_in_and_out(app, users, browse):
    @app.get("/in")
    def come_in():
        assert login_user(users.find_user(email=ADA["email"]))
        return current_user.email

    @app.get("/out")
    def go_out():
        logout_user()
        return f"{current_user.is_authenticated}"

    browser = browse()
    assert browser.get("/in").text == ADA["email"]
    assert browser.who == "ada"
    assert browser.get("/out").text == "False"
    assert browser.who == "nobody"


def test_closed_account_is_not_logged_in(app, users, browse, user):
    with app.app_context():
        users.change(users.user_model, {"id": user().id}, active=False)

    @app.get("/in")
    def come_in():
        return f"{login_user(users.find_user(email=ADA['email']))}"

    browser = browse()
    assert browser.get("/in").text == "False"
    assert browser.who == "nobody"


def test_anybody_is_a_user_without_rights(app):
    with app.test_request_context():
        assert current_user.is_anonymous
        assert not (current_user.is_authenticated or current_user.is_active)
        assert current_user.get_id() is None


def test_without_a_request_nobody_is_logged_in(app):
    assert not current_user.is_authenticated
    with app.app_context():
        assert not current_user.is_authenticated


def test_user_knows_who_it_is(app, user):
    ada = user()

    assert ada.is_authenticated and ada.is_active and not ada.is_anonymous
    assert ada.get_id() == ada.fs_uniquifier


def test_template_knows_the_user(app, browse):
    source = "{% if current_user.is_authenticated %}{{ current_user.email }}{% endif %}"
    app.get("/page", endpoint="page")(lambda: render_template_string(source))
    ada = browse()
    ada.log_in()

    assert ada.get("/page").text == ADA["email"]
    assert browse().get("/page").text == ""


def test_user_is_looked_up_when_somebody_asks(app, users, browse, monkeypatch):
    app.get("/hello", endpoint="hello")(lambda: "hello")
    ada = browse()
    ada.log_in()
    finds = []
    find = users.find
    monkeypatch.setattr(
        users, "find", lambda *a, **values: finds.append(a) or find(*a, **values)
    )

    answer = ada.get("/hello")
    asked = len(finds)
    ada.get("/me")

    assert (answer.text, asked) == ("hello", 0)
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert len(finds) == 2


def test_nothing_is_looked_up_for_a_visitor(users, browse, monkeypatch):
    browser = browse()
    monkeypatch.setattr(users, "find", None)

    assert browser.who == "nobody"


@pytest.mark.differs("Flask has no is_local_url", safer=True)
@pytest.mark.parametrize("users", ["memory"], indirect=True)
@pytest.mark.parametrize(
    "target",
    [
        r"/\evil.example", r"\\evil.example", r"/\/evil.example", r"\/\/evil.example",
        "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example",
        "///evil.example", "/ /evil.example", r"/\t//evil.example" + "\r\nX: y",
        "//%65vil.example", "/\x00/evil.example", "/\x85/evil.example\x0b",
        "@evil.example", "javascript:alert(1)", "evil.example", "?", "#", "//", "/\\",
        r"/\bells",
    ],
)  # fmt: skip
def test_any_other_target_leads_to_the_front_page(app, browse, target):
    app.config["WTF_CSRF_ENABLED"] = False
    client, query = browse().client, {"next": target}

    answer = client.post("/login", data=ADA, query_string=query)

    assert answer.location == "/"
    # and so it does for those who are logged in already
    assert client.get("/login", query_string=query).location == "/"
    # a program might go there, too: Location has `%5C` for a backslash, JSON hasn't
    answer = client.post("/login", json=ADA, query_string=query)
    assert answer.json == {"next": "/"}


def test_app_says_where_a_login_leads(app, browse):
    app.config["SECURITY_POST_LOGIN_VIEW"] = "me"

    assert browse().log_in().location == "/me"


def test_login_of_a_mounted_app_leads_to_its_own_pages(app, browse):
    app.config["WTF_CSRF_ENABLED"] = False
    client = browse().client

    page = client.get("/me", base_url="http://localhost/bells/")
    answer = client.post("/login", data=ADA, base_url="http://localhost/bells/")

    assert page.location == "/bells/login?next=/bells/me"
    assert answer.location == "/bells/"


def test_other_site_logs_nobody_in(browse):
    victim = browse()
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    answer = victim.client.post("/login", data=ADA, headers=headers)

    assert answer.status_code == 403
    assert victim.who == "nobody"


def test_user_is_not_named_by_the_visitor(browse):
    # headers and fields in which frameworks have looked for one
    headers = {"X-User": "1", "Remote-User": ADA["email"], "Cookie": "user_id=1"}

    assert browse().get("/me?user_id=1&_user_id=1", headers=headers).status_code == 303


def test_one_requests_user_is_not_the_nexts(app, browse):
    @app.get("/twice")
    def twice():
        first = current_user.email
        with app.test_request_context("/"):
            return f"{first} {current_user.is_authenticated}"

    ada = browse()
    ada.log_in()

    assert ada.get("/twice").text == "ada@wren.example False"
    with app.app_context():
        assert ada.who == "ada"
        assert browse().who == "nobody"


def test_user_of_one_app_is_nobody_in_another(app, make_app, browse):
    other = make_app(MemoryUserDatastore(), "other")
    other.add_url_rule("/on", view_func=other.view_functions["who"])

    @app.get("/on")
    def pass_on():
        assert current_user.is_authenticated
        body, _, _ = run_wsgi_app(other, request.environ)
        return f"{current_user.email} is {b''.join(body).decode()} there"

    browser = browse()
    browser.log_in()

    assert browser.get("/on").text == "ada@wren.example is nobody there"
