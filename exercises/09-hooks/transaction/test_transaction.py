"""The exercise `transaction`: all or nothing, and closed in any case."""

import sqlite3
from threading import Thread

import pytest
from exercise import Database
from step09_hooks import App, abort, g

from costrel.testing.threads import join


class Connection(sqlite3.Connection):
    """A connection that notes what is done with it."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.done = []
        self.broken = ()

    def note(self, name):
        self.done.append(name)
        if name in self.broken:
            raise sqlite3.OperationalError(f"{name} is broken")

    def commit(self):
        self.note("commit")
        super().commit()

    def rollback(self):
        self.note("rollback")
        super().rollback()

    def close(self):
        self.note("close")
        super().close()


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "wren.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("create table guests (email)")
    connection.commit()
    connection.close()
    return file


@pytest.fixture
def opened():
    return []


@pytest.fixture
def app(file, opened):
    app = App("transaction")
    app.logger.disabled = True

    def connect():
        opened.append(sqlite3.connect(file, factory=Connection))
        return opened[-1]

    app.database = Database(app, connect)

    @app.route("/sign-up/<email>")
    def sign_up(email):
        app.database.connection.execute("insert into guests values (?)", [email])
        app.database.connection.execute("insert into guests values (?)", [email])
        if "@" not in email:
            abort(400)
        if email.startswith("@"):
            raise LookupError("nobody")
        return "welcome"

    app.route("/")(lambda: "front")
    return app


@pytest.fixture
def guests(file):
    """Return a function that counts the guests from outside."""

    def count():
        connection = sqlite3.connect(file)
        [number] = connection.execute("select count(*) from guests").fetchone()
        connection.close()
        return number

    return count


def done(opened):
    return [connection.done for connection in opened]


def test_what_went_well_is_committed(app, opened, guests):
    assert app.test_client().get("/sign-up/ada@wren.example").text == "welcome"

    assert guests() == 2
    assert done(opened) == [["commit", "close"]]


def test_error_is_rolled_back(app, opened, guests):
    assert app.test_client().get("/sign-up/@").status_code == 500

    assert guests() == 0
    assert done(opened) == [["rollback", "close"]]


def test_error_that_a_test_sees_is_rolled_back(app, opened, guests):
    app.testing = True

    with pytest.raises(LookupError):
        app.test_client().get("/sign-up/@")

    assert guests() == 0
    assert done(opened) == [["rollback", "close"]]


def test_error_that_a_handler_answered_is_judged_by_the_answer(app, opened, guests):
    app.register_error_handler(LookupError, lambda error: "welcome, nobody")

    app.test_client().get("/sign-up/@")

    assert guests() == 2


def test_refused_visitor_leaves_nothing(app, opened, guests):
    assert app.test_client().get("/sign-up/ada").status_code == 400

    assert guests() == 0
    assert done(opened) == [["rollback", "close"]]


def test_refusal_is_not_remembered_for_the_next_visitor(app, guests):
    client = app.test_client()
    client.get("/sign-up/ada")
    client.get("/sign-up/ada@wren.example")

    assert guests() == 2


def test_order_to_end_is_rolled_back(app, opened):
    @app.route("/end")
    def end():
        app.database.connection.execute("insert into guests values ('eve')")
        raise SystemExit

    with pytest.raises(SystemExit):
        app.test_client().get("/end")

    assert done(opened) == [["rollback", "close"]]


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_who_wants_no_connection_opens_none(app, opened, path):
    app.test_client().get(path)

    assert opened == []


@pytest.mark.parametrize(
    ("path", "broken"), [("/sign-up/a@b", "commit"), ("/sign-up/ada", "rollback")]
)
def test_connection_is_closed_if_its_end_fails(app, opened, path, broken):
    @app.before_request
    def break_it():
        app.database.connection.broken = [broken]

    with pytest.raises(sqlite3.OperationalError, match=broken):
        app.test_client().get(path)

    assert done(opened) == [[broken, "close"]]


def test_hundred_failures_keep_no_connection(app, opened):
    client = app.test_client()

    for _ in range(100):
        client.get("/sign-up/@")

    assert all("close" in connection.done for connection in opened)


def test_script_has_a_connection_too(app, guests):
    with app.app_context():
        app.database.connection.execute("insert into guests values ('bob')")

    assert guests() == 1


def test_script_that_fails_has_written_nothing(app, guests):
    with pytest.raises(KeyError), app.app_context():
        app.database.connection.execute("insert into guests values ('bob')")
        raise KeyError

    assert guests() == 0


def test_inner_context_has_its_own(app):
    with app.app_context():
        outer = app.database.connection
        with app.app_context():
            assert app.database.connection is not outer
        assert app.database.connection is outer
        outer.execute("select 1")


def test_each_thread_has_its_own(app, opened):
    def visit():
        app.test_client().get("/sign-up/ada@wren.example")

    for _ in range(4):
        thread = Thread(target=visit)
        thread.start()
        join(thread)

    assert done(opened) == [["commit", "close"]] * 4


def test_kept_context_is_ended_once(app, opened):
    with app.test_client() as client:
        client.get("/sign-up/ada@wren.example")

    assert done(opened) == [["commit", "close"]]


def test_test_may_look_into_the_database_of_a_kept_context(app, opened):
    with app.test_client() as client:
        client.get("/sign-up/ada@wren.example")
        [number] = app.database.connection.execute("select count(*) from guests")

    assert number == (2,)
    assert done(opened) == [["commit", "close"]] * 2


def test_refused_request_does_not_undo_what_the_test_writes_after_it(app, guests):
    with app.test_client() as client:
        client.get("/sign-up/ada")
        app.database.connection.execute("insert into guests values ('bob')")

    assert guests() == 1


def test_outside_of_a_context_there_is_none(app):
    with pytest.raises(RuntimeError, match="app_context"):
        app.database.connection.execute("select 1")


def test_two_databases_are_two(app, file):
    other = Database(app, lambda: sqlite3.connect(file))

    with app.app_context():
        assert other.connection is not app.database.connection


def test_names_in_g_are_left_to_the_views(app):
    @app.route("/g")
    def names():
        app.database.connection.execute("select 1")
        g.connection = g.database = "mine"
        return f"{app.database.connection.execute('select 1').fetchone()}"

    assert app.test_client().get("/g").text == "(1,)"
