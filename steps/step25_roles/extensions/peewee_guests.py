"""Guests in SQLite, by Peewee: a connection for each context."""

from pathlib import Path

from peewee import (
    AutoField,
    IntegrityError,
    Model,
    SchemaManager,
    SqliteDatabase,
    TextField,
)

from .. import App, current_app, g
from .guests import DuplicateGuestError, Guest, make_private


class SignUp(Model):
    """A row in the table of guests, in whichever database a query runs on.

    A model that is bound to a database would be bound to one for all apps.
    """

    id = AutoField()
    email = TextField(unique=True)
    name = TextField()

    class Meta:
        table_name = "guests"


class File:
    """The SQLite file of one app."""

    def __init__(self, app: App) -> None:
        self.path = Path(app.instance_path, app.config["GUESTS_FILE"])
        self.has_table = False

    def connect(self) -> SqliteDatabase:
        """Connect to the file, and make the table the first time."""
        # a connection is the context's own, whichever thread that goes on in
        database = SqliteDatabase(
            str(self.path), thread_safe=False, check_same_thread=False
        )
        if not self.has_table:
            make_private(self.path)
            SchemaManager(SignUp, database).create_all()
            self.has_table = True
        return database


class PeeweeGuests:
    """Keeps guests in the SQLite file `GUESTS_FILE`, below the instance folder."""

    def __init__(self, app: App | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: App) -> None:
        app.config.setdefault("GUESTS_FILE", "guests.sqlite")
        app.extensions["peewee_guests"] = File(app)
        app.teardown_appcontext(self.close)

    @property
    def database(self) -> SqliteDatabase:
        """The connection of this context, opened when it's first asked for."""
        if "guests_database" not in g:
            file: File = current_app.extensions["peewee_guests"]
            g.guests_database = file.connect()
        database: SqliteDatabase = g.guests_database
        return database

    def close(self, error: BaseException | None) -> None:
        """Roll back what was not committed, and close the connection."""
        if "guests_database" in g:
            database = g.pop("guests_database")
            database.session_rollback()
            database.close()

    def add(self, guest: Guest) -> None:
        if not self.database.in_transaction():
            self.database.session_start()
        new = SignUp.insert(email=guest.email, name=guest.name)
        try:
            new.execute(self.database)
        except IntegrityError:
            self.database.session_rollback()
            raise DuplicateGuestError from None

    def commit(self) -> None:
        self.database.session_commit()

    def search(self, part: str = "") -> list[Guest]:
        named = SignUp.select().where(SignUp.name.contains(part)).order_by(SignUp.id)
        return [Guest(row.email, row.name) for row in named.execute(self.database)]

    def count(self) -> int:
        return SignUp.select().count(self.database)
