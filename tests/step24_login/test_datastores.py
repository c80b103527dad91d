"""What step 24 asks of every datastore: to delete, and to keep what visitors send."""

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped
from step24_login.security import MemoryUserDatastore
from step24_login.security.sqlalchemy_datastore import (
    SQLAlchemyUserDatastore,
    UserColumns,
)

from costrel.testing.databases import new_schema, postgresql

server = pytest.fixture(scope="module")(postgresql)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def settings(request):
    if request.param == "postgresql":
        return {"SECURITY_DATABASE_URL": new_schema(request.getfixturevalue("server"))}
    return {}


@pytest.fixture
def users(request):
    kind = request.node.callspec.params["settings"]
    return MemoryUserDatastore() if kind == "memory" else SQLAlchemyUserDatastore()


@pytest.fixture
def app(make_app, users, settings):
    app = make_app(users, **settings)
    yield app
    if database := app.extensions.get("sqlalchemy_users"):
        database.engine.dispose()


@pytest.fixture
def context(app):
    with app.app_context():
        yield


def put_tracks(users, **times):
    """Keep a track for each user, with the time since when it's kept."""
    for name, since in times.items():
        counts = dict.fromkeys(("login_count", "failed", "failed_before"), 0)
        users.put(users.track_model(user=name, since=since, **counts))
    users.commit()


def left(users):
    return [track.user for track in users.find(users.track_model)]


@pytest.mark.usefixtures("context")
def test_rows_with_a_value_are_deleted(users):
    put_tracks(users, ada=1, bob=2, eve=2)

    counts = [users.delete(users.track_model, since=2) for _ in range(2)]

    assert counts == [2, 0]
    assert left(users) == ["ada"]


@pytest.mark.usefixtures("context")
def test_rows_with_a_smaller_value_are_deleted(users):
    put_tracks(users, ada=1, bob=2, eve=3)

    count = users.delete(users.track_model, {"since": 2})

    assert count == 1
    assert left(users) == ["bob", "eve"]


@pytest.mark.usefixtures("context")
def test_both_conditions_count(users):
    put_tracks(users, ada=1, bob=1, eve=3)

    assert users.delete(users.track_model, {"since": 2}, user="bob") == 1
    assert left(users) == ["ada", "eve"]


@pytest.mark.usefixtures("context")
def test_without_a_condition_all_rows_are_deleted(users):
    put_tracks(users, ada=1, bob=2)

    assert users.delete(users.track_model) == 2
    assert left(users) == []


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("number", [2**31, 2**64, -(10**40)])
def test_number_that_no_column_can_hold_deletes_nothing(users, number):
    put_tracks(users, ada=1)

    assert users.delete(users.track_model, id=number) == 0
    assert left(users) == ["ada"]


def test_deleted_rows_are_gone_for_other_contexts(app, users):
    with app.app_context():
        put_tracks(users, ada=1)
    with app.app_context():
        users.delete(users.track_model, user="ada")

    with app.app_context():
        assert left(users) == []


def test_life_of_a_login(clock, ada, browse):
    ada.log_in(remember="y")
    for clock[0] in range(0, 4 * 24 * 3600, 24 * 3600):
        ada.forget_session()
        assert ada.who == "ada"
    browse().log_in(password="no bells at all")
    ada.send("/verify", password="a bell for every bird")
    other = browse()
    other.log_in()
    assert "This browser" in ada.get("/logins").text
    data = {"password": "a bell for every bird", "new_password": "seven silver bells"}
    ada.send("/change", **data)

    assert (ada.who, other.who) == ("ada", "nobody")
    ada.log_out()
    assert ada.who == "nobody"


@pytest.mark.parametrize("text", ["\0", "\x7f\x9f", "\x1b[2J", "é" * 500, "\xff\xfe"])
def test_anything_that_a_browser_calls_itself_is_kept(app, browse, text):
    app.config["WTF_CSRF_ENABLED"] = False
    data = {"email": "ada@wren.example", "password": "a bell for every bird"}
    browser = browse()
    environ = {"HTTP_USER_AGENT": text}

    answer = browser.client.post("/login", data=data, environ_overrides=environ)

    assert answer.status_code == 303
    assert browser.get("/logins").status_code == 200


@pytest.mark.parametrize(
    "cookie", ['"\\000.\\000"', "\\000.x", "é.é", "x" * 4000 + ".x"]
)
def test_any_remember_cookie_can_be_looked_for(browse, cookie):
    environ = {"HTTP_COOKIE": f"__Host-remember_token={cookie}"}

    answer = browse().get("/", environ_overrides=environ)

    assert (answer.status_code, answer.text) == (200, "nobody")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_user_model_of_ones_own_has_logins(make_app, settings, browse):
    class Base(DeclarativeBase):
        pass

    class Member(UserColumns, Base):
        name: Mapped[str | None]

    app = make_app(SQLAlchemyUserDatastore(user_model=Member), "members")
    browser = type(browse())(app)
    browser.log_in()

    assert browser.who == "ada"
