"""The dangers of step 25: doors that only look closed."""

from functools import wraps

import pytest
from step25_roles import App, Blueprint, MethodView, request
from step25_roles.security import (
    Form,
    MemoryUser,
    MemoryUserDatastore,
    Role,
    Security,
    add_role_to_user,
    deny_by_default,
    login_user,
    own_or_404,
    public,
    remove_role_from_user,
    roles_required,
)
from wtforms import StringField


class Member(MemoryUser):
    name: str = ""


@pytest.fixture
def users():
    return MemoryUserDatastore(user_model=Member)


@pytest.fixture
def app(users):
    """Return an app whose list of guests is for the staff; Ada is one of them."""
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"
    app.config["WTF_CSRF_ENABLED"] = False
    users.init_app(app)
    Security(app, users, roles=[Role("staff"), Role("admin")])

    @app.get("/enter/<name>")
    @public
    def enter(name):
        login_user(users.find_user(email=f"{name}@wren.example"))
        return "welcome"

    with app.app_context():
        ada, _ = (users.create_user(email=f"{n}@wren.example") for n in ("ada", "eve"))
        users.commit()
        add_role_to_user(ada, "staff")
    return app


def eve(app):
    """Return the browser of Eve, who has an account and no role."""
    client = app.test_client()
    client.get("/enter/eve")
    return client


def got_in(client, path="/guests", **options):
    """Return whether a visitor has read the list of guests."""
    return "ada@wren.example" in client.open(path, **options).text


@pytest.mark.asvs("8.2.1", "8.3.1")
@pytest.mark.attack
def test_page_that_no_link_leads_to_is_closed_all_the_same(app):
    # nobody but the staff sees the link; and this decorator stands in the wrong place
    @roles_required("staff")
    @app.get("/guests")
    def guests():
        return "ada@wren.example"

    assert not got_in(eve(app)), (
        "the attack worked: Eve has typed the URL, and read the list"
    )
    assert not got_in(app.test_client()), "the attack worked: nobody has read the list"


@pytest.mark.attack
def test_decorator_between_is_no_way_round(app):
    def timed(view):
        @wraps(view)
        def measure():
            return view()

        return measure

    @roles_required("staff")
    @timed
    @app.get("/guests")
    def guests():
        return "ada@wren.example"

    assert not got_in(eve(app)), "the attack worked: the rule is on the wrong function"


@pytest.mark.attack
def test_view_that_was_forgotten_is_closed(app):
    backstage = deny_by_default(Blueprint("backstage", __name__))

    @backstage.get("/guests")
    def guests():
        return "ada@wren.example"

    app.register_blueprint(backstage)
    app.testing = False

    assert not got_in(eve(app)), "the attack worked: Eve reads the view without a rule"


@pytest.mark.attack
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PURGE", "get"])
def test_other_methods_are_no_way_round(app, method):
    opened = []

    @roles_required("staff")
    class Guests(MethodView):
        methods = ["GET", "HEAD", "POST", "PUT", "PURGE"]

        def get(self):
            opened.append(request.method)
            return "ada@wren.example"

        post = put = purge = get

    app.add_url_rule("/guests", view_func=Guests.as_view("guests"))

    eve(app).open("/guests", method=method)

    assert opened == [], f"the attack worked: with {opened}, Eve is in"


@pytest.mark.asvs("8.2.2")
@pytest.mark.attack
def test_number_in_the_url_opens_nobody_elses_things(app):
    class Letter:
        user_id, text = 1, "Dear Ada"

    @app.get("/letters/<int:number>")
    def letter(number):
        return own_or_404({1: Letter}.get(number)).text

    client = eve(app)
    ours, none = client.get("/letters/1"), client.get("/letters/2")

    assert ours.text != "Dear Ada", "the attack worked: Eve has counted to 1"
    assert ours.text == none.text, "the attack worked: Eve knows that there is a letter"
    assert [*ours.headers] == [*none.headers], "the attack worked: the headers tell"


@pytest.mark.asvs("8.2.3", "15.3.3")
@pytest.mark.attack
@pytest.mark.parametrize("field", ["active", "email", "password"])
def test_field_that_the_form_does_not_have_changes_nothing(app, users, field):
    class Profile(Form):
        name = StringField()

    @app.post("/profile")
    def profile():
        user = users.find_user(email="eve@wren.example")
        Profile().populate_obj(user)
        users.put(user)
        users.commit()
        return "saved"

    client, before = eve(app), eves_account(app, users)
    for value in ("admin", ["admin"], "1", 0):
        client.post("/profile", json={"name": "Eve", field: value})
        client.post("/profile", data={"name": "Eve", field: value})

    after = eves_account(app, users)
    assert after == {**before, "name": "Eve"}, (
        f"the attack worked: Eve has set {field!r}"
    )


def eves_account(app, users):
    """Return what is kept about Eve."""
    with app.app_context():
        user = users.find(Member)[1]
        names = ("name", "email", "active", "password", "roles")
        return {name: getattr(user, name, None) for name in names}


@pytest.mark.asvs("8.3.2")
@pytest.mark.attack
def test_role_that_was_taken_is_gone_at_once(app, users):
    app.get("/guests")(roles_required("staff")(lambda: "ada@wren.example"))
    ada = app.test_client()
    ada.get("/enter/ada")
    assert got_in(ada)

    with app.app_context():
        remove_role_from_user(users.find_user(email="ada@wren.example"), "staff")

    worked = "the attack worked: Ada has left, and her session still has the role"
    assert not got_in(ada), worked
