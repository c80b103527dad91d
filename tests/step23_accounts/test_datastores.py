"""What every datastore promises: the same tests for all of them."""

import stat
import sys
from pathlib import Path
from traceback import format_exception

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped
from step23_accounts import App, jsonify
from step23_accounts.security import (
    DuplicateUserError,
    MemoryUser,
    MemoryUserDatastore,
)
from step23_accounts.security.sqlalchemy_datastore import (
    SQLAlchemyUserDatastore,
    UserColumns,
)

from costrel.testing.databases import new_schema, postgresql
from costrel.testing.threads import at_once

ADA = "ada@wren.example"
HASH = "$argon2id$v=19$a-hash"
ANY_SPELLING = ["ada@wren.example", "ADA@wren.example", "Ada@WREN.example"]
THREADS = 8
KINDS = {
    "memory": MemoryUserDatastore,
    "sqlite": SQLAlchemyUserDatastore,
    "postgresql": SQLAlchemyUserDatastore,
}

server = pytest.fixture(scope="module")(postgresql)


@pytest.fixture(params=KINDS)
def settings(request):
    if request.param == "postgresql":
        return {"SECURITY_DATABASE_URL": new_schema(request.getfixturevalue("server"))}
    return {}


@pytest.fixture
def make_app(settings, tmp_path):
    """Return a function that makes an app whose users are kept in one place."""
    apps = []

    def make(users, folder=tmp_path):
        app = App("wren", instance_path=str(folder))
        app.testing = True
        app.config.update(settings)
        users.init_app(app)
        apps.append(app)
        return app

    yield make
    for app in apps:
        if database := app.extensions.get("sqlalchemy_users"):
            database.engine.dispose()


@pytest.fixture
def users(request):
    return KINDS[request.node.callspec.params["settings"]]()


@pytest.fixture
def app(make_app, users):
    return make_app(users)


@pytest.fixture
def ada(app, users):
    """Return Ada, who is kept."""
    with app.app_context():
        user = users.create_user(email="Ada@wren.example", password=HASH)
        users.commit()
    return user


def found(app, users, **equal):
    """Return the user as another request would find it."""
    with app.app_context():
        return users.find_user(**equal)


def in_threads(app, task):
    """Do a task in many threads at the same moment; return what they return."""

    def run(number):
        with app.app_context():
            return task(number)

    return at_once(THREADS, run)


@pytest.mark.asvs("6.3.2")
def test_nobody_has_an_account_at_first(app, users):
    with app.app_context():
        assert users.find(users.user_model) == []


def test_user_is_found_by_what_is_unique(app, users, ada):
    assert found(app, users, id=ada.id) == ada
    assert found(app, users, fs_uniquifier=ada.fs_uniquifier) == ada
    assert found(app, users, id=ada.id + 1) is None


@pytest.mark.parametrize("spelling", ANY_SPELLING)
def test_user_is_found_by_any_spelling_of_the_address(app, users, ada, spelling):
    assert found(app, users, email=spelling) == ada


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@", "a@b@c", "\0", "x" * 5000])
def test_what_is_no_address_finds_nobody(app, users, ada, text):
    assert found(app, users, email=text) is None


def test_address_is_kept_as_it_was_written(app, users, ada):
    assert found(app, users, id=ada.id).email == "Ada@wren.example"


def test_new_user_is_active_and_has_what_stands_for_it(app, users):
    with app.app_context():
        bob = users.create_user(email="bob@wren.example")
        eve = users.create_user(email="eve@wren.example")
        users.commit()

    assert bob.active
    assert bob.password is None
    assert len(bob.fs_uniquifier) >= 32
    assert bob.fs_uniquifier != eve.fs_uniquifier


def test_users_are_found_in_the_order_they_came_in(app, users):
    names = ["zoe@wren.example", "ada@wren.example", "eve@wren.example"]
    with app.app_context():
        for name in names:
            users.create_user(email=name)
        users.commit()
        assert [user.email for user in users.find(users.user_model)] == names


def test_user_needs_an_address(app, users):
    with app.app_context(), pytest.raises(ValueError, match="@"):
        users.create_user(email="nobody")


def test_user_has_no_attribute_that_the_model_lacks(app, users):
    with app.app_context(), pytest.raises(TypeError, match="feathers"):
        users.create_user(email=ADA, feathers=3)


# --- what a context keeps, and what it takes back


def test_user_who_was_not_committed_is_taken_back(app, users):
    with app.app_context():
        users.create_user(email=ADA)

    assert found(app, users, email=ADA) is None


def test_user_of_a_view_that_fails_is_taken_back(app, users):
    app.testing = False

    @app.post("/")
    def view():
        users.create_user(email=ADA)
        return 1 / 0

    assert app.test_client().post("/").status_code == 500
    assert found(app, users, email=ADA) is None


def test_what_was_put_may_be_taken_back(app, users):
    with app.app_context():
        users.create_user(email=ADA)
        users.rollback()
        users.create_user(email="bob@wren.example")
        users.commit()

    assert found(app, users, email=ADA) is None
    assert found(app, users, email="bob@wren.example")


def test_all_is_kept_or_nothing(app, users, ada):
    with app.app_context():
        users.create_user(email="bob@wren.example")
        users.create_user(email=ADA)
        with pytest.raises(DuplicateUserError):
            users.commit()

    assert found(app, users, email="bob@wren.example") is None


def test_users_of_two_apps_are_kept_apart(make_app, users, settings, tmp_path):
    if settings:
        pytest.skip("two apps with one database share their users")
    one, other = make_app(users, tmp_path / "one"), make_app(users, tmp_path / "other")

    with one.app_context():
        users.create_user(email=ADA)
        users.commit()
        with other.app_context():
            assert users.find_user(email=ADA) is None


# --- changes


def test_change_is_kept_if_it_was_put(app, users, ada):
    with app.app_context():
        user = users.find_user(id=ada.id)
        user.active = False
        users.put(user)
        users.commit()

    assert not found(app, users, id=ada.id).active


def test_what_was_found_is_a_copy(app, users, ada):
    with app.app_context():
        one, other = users.find_user(id=ada.id), users.find_user(id=ada.id)
        one.active = False
        users.commit()

        assert other.active
        assert users.find_user(id=ada.id).active
        assert one == other
        assert len({one, other}) == 1


def test_only_what_was_changed_is_written(app, users, ada):
    with app.app_context():
        one, other = users.find_user(id=ada.id), users.find_user(id=ada.id)
        one.active = False
        users.put(one)
        users.commit()
        other.password = "another"
        users.put(other)
        users.commit()

    user = found(app, users, id=ada.id)
    assert (user.active, user.password) == (False, "another")


def test_change_depends_on_what_is_there_now(app, users, ada):
    where = {"id": ada.id, "password": HASH}
    with app.app_context():
        assert users.change(users.user_model, where, password="one") == 1
        assert users.change(users.user_model, where, password="two") == 0

    assert found(app, users, id=ada.id).password == "one"


def test_one_of_those_who_change_it_at_once_has_done_it(app, users, ada):
    def change(number):
        where = {"id": ada.id, "password": HASH}
        return users.change(users.user_model, where, password=f"hash {number}")

    changed = in_threads(app, change)

    assert sorted(changed) == [*[0] * (THREADS - 1), 1]
    winner = changed.index(1)
    assert found(app, users, id=ada.id).password == f"hash {winner}"


def test_users_who_are_not_kept_yet_are_not_the_same(app, users):
    with app.app_context():
        bob = users.create_user(email="bob@wren.example")
        eve = users.create_user(email="eve@wren.example")

    assert bob == bob
    assert bob != eve
    assert bob != "bob@wren.example"


def test_change_does_not_wait_for_a_commit(app, users, ada):
    with app.app_context():
        users.change(users.user_model, {"id": ada.id}, active=False)

    assert not found(app, users, id=ada.id).active


def test_change_keeps_what_is_unique(app, users, ada):
    with app.app_context():
        bob = users.create_user(email="bob@wren.example")
        users.commit()
        with pytest.raises(DuplicateUserError):
            users.change(users.user_model, {"id": bob.id}, email_key=ADA)

    assert found(app, users, email=ADA) == ada


# --- each address once


@pytest.mark.parametrize("spelling", ANY_SPELLING)
def test_address_has_one_account(app, users, ada, spelling):
    with app.app_context():
        users.create_user(email=spelling)
        with pytest.raises(DuplicateUserError):
            users.commit()
        # and it doesn't stand in the way of the next
        users.create_user(email="bob@wren.example")
        users.commit()

    assert found(app, users, email="bob@wren.example")


def test_one_of_those_who_come_at_once_gets_the_account(app, users):
    def register(number):
        user = users.create_user(
            email=ANY_SPELLING[number % 3], password=f"hash {number}"
        )
        try:
            users.commit()
        except DuplicateUserError:
            return None
        return user

    made = [user for user in in_threads(app, register) if user]

    assert len(made) == 1
    with app.app_context():
        assert [user.password for user in users.find(users.user_model)] == [
            made[0].password
        ]


# --- what nobody else sees


def test_neither_address_nor_hash_is_shown(ada):
    assert "ada" not in repr(ada)
    assert "ada" not in str(ada)
    assert HASH not in repr([ada])


@pytest.mark.parametrize("number", [2**31, 2**40, 2**64, 10**40, -(10**40)])
def test_number_that_no_column_can_hold_is_nobodys(app, users, ada, number):
    with app.app_context():
        assert users.find_user(id=number) is None
        assert users.find_user(id=ada.id) == ada


def test_text_that_no_column_can_hold_is_nobodys(app, users, ada):
    with app.app_context():
        assert users.find_user(fs_uniquifier="\0") is None
        assert users.find_user(id=ada.id) == ada


@pytest.mark.asvs("15.3.1")
def test_user_does_not_become_json(app, users, ada):
    with app.test_request_context(), pytest.raises(TypeError):
        jsonify(ada)


# --- in a database


def test_finding_leaves_no_connection_behind(app, users, ada):
    if not isinstance(users, SQLAlchemyUserDatastore):
        pytest.skip("memory has no connections")
    taken, engine = [], app.extensions["sqlalchemy_users"].engine
    event.listen(engine, "checkout", lambda *connection: taken.append(connection))
    event.listen(engine, "checkin", lambda *connection: taken.pop())

    with app.app_context():
        user = users.find_user(email=ADA)
        assert taken == []
        user.active = False
        users.put(user)
        users.commit()
        assert taken == []
        assert user.email == "Ada@wren.example"


def test_first_users_come_at_once(app, users):
    def register(number):
        users.create_user(email=f"guest{number}@wren.example")
        users.commit()

    in_threads(app, register)

    with app.app_context():
        assert len(users.find(users.user_model)) == THREADS


def test_number_of_a_deleted_user_is_not_given_again(app, users, ada):
    if not isinstance(users, SQLAlchemyUserDatastore):
        pytest.skip("memory counts on")
    with app.extensions["sqlalchemy_users"].engine.begin() as connection:
        connection.execute(text("delete from users"))
    with app.app_context():
        bob = users.create_user(email="bob@wren.example")
        users.commit()

    assert bob.id > ada.id


def in_memory():
    class Ringer(MemoryUser):
        bell: str = ""

    return Ringer


def in_a_table():
    class Base(DeclarativeBase):
        pass

    class Ringer(UserColumns, Base):
        bell: Mapped[str]

    return Ringer


def test_model_may_have_more_attributes(make_app, users):
    in_sql = isinstance(users, SQLAlchemyUserDatastore)
    users = type(users)(user_model=in_a_table() if in_sql else in_memory())
    app = make_app(users)
    with app.app_context():
        users.create_user(email=ADA, bell="brass")
        users.commit()

        assert users.find_user(email=ADA).bell == "brass"
        assert users.find_user(bell="steel") is None


@pytest.fixture
def file_app(tmp_path):
    app = App("wren", instance_path=str(tmp_path / "new"))
    return app, SQLAlchemyUserDatastore(app)


def test_users_outlast_the_app(file_app):
    app, users = file_app
    with app.app_context():
        users.create_user(email=ADA)
        users.commit()
    again = App("wren", instance_path=app.instance_path)

    assert found(again, SQLAlchemyUserDatastore(again), email=ADA)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_file_is_for_the_app_alone(file_app):
    app, users = file_app
    assert not Path(app.instance_path).exists()

    found(app, users, email=ADA)

    file = Path(app.instance_path, "users.sqlite")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_database_may_be_elsewhere(tmp_path):
    app = App("wren", instance_path=str(tmp_path / "instance"))
    app.config["SECURITY_DATABASE_URL"] = f"sqlite:///{tmp_path / 'elsewhere'}"

    found(app, SQLAlchemyUserDatastore(app), email=ADA)

    assert (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "instance").exists()


def test_database_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "empty").touch()
    app = App("wren", instance_path=str(tmp_path))
    url = f"sqlite:///file:{tmp_path}/empty?mode=ro&uri=true"
    app.config["SECURITY_DATABASE_URL"] = url

    with pytest.raises(DBAPIError, match="readonly"):
        found(app, SQLAlchemyUserDatastore(app), email=ADA)


def test_log_of_the_database_shows_no_hash(file_app, caplog):
    app, users = file_app
    engine = app.extensions["sqlalchemy_users"].engine
    with caplog.at_level("DEBUG", "sqlalchemy.engine"), app.app_context():
        users.create_user(email=ADA, password=HASH)
        users.commit()
        users.change(users.user_model, {"email_key": ADA}, password=f"{HASH}2")
        # and an error that no test foresees
        users.put(users.user_model(email=None, email_key="x", fs_uniquifier="x"))
        with pytest.raises(DuplicateUserError) as caught:
            users.commit()
        with pytest.raises(DBAPIError) as wrong, engine.begin() as connection:
            connection.execute(text("select :secret from nowhere"), {"secret": HASH})

    assert "INSERT INTO users" in caplog.text
    assert HASH not in caplog.text
    assert HASH not in "".join(format_exception(caught.value))
    assert HASH not in str(wrong.value)
