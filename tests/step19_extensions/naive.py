"""The stores everyone writes first: what the app told is on `self`, SQL is glued."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import peewee
from sqlalchemy import NullPool, create_engine, text
from step18_cli import App as Step18App
from step18_cli import request

__all__ = ["App", "Guest", "LMDBGuests", "PeeweeGuests", "SQLAlchemyGuests", "request"]

TABLE = "create table if not exists guests (id integer primary key, email, name)"
FIND = "select id, email, name from guests where name like '%{}%'"


class App(Step18App):
    """The app of step 18, with a place for extensions."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.extensions = {}


@dataclass
class Guest:
    email: str
    name: str


class Store:
    """What each of the stores leaves out: nothing waits for a commit."""

    def commit(self):
        pass

    def folder(self, app):
        folder = Path(app.instance_path)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class SQLAlchemyGuests(Store):
    def init_app(self, app):
        file = self.folder(app) / "guests.sqlite"
        self.engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)

    def execute(self, statement):
        with self.engine.begin() as connection:
            connection.execute(text(TABLE))
            result = connection.execute(text(statement))
            return result.all() if result.returns_rows else []

    def add(self, guest):
        values = f"'{guest.email}', '{guest.name}'"
        self.execute(f"insert into guests (email, name) values ({values})")

    def search(self, part=""):
        return [Guest(row.email, row.name) for row in self.execute(FIND.format(part))]


class PeeweeGuests(Store):
    def init_app(self, app):
        database = peewee.SqliteDatabase(str(self.folder(app) / "guests.sqlite"))

        class SignUp(peewee.Model):
            email = peewee.TextField()
            name = peewee.TextField()

            class Meta:
                table_name = "guests"

        SignUp.bind(database)
        self.database, self.sign_up = database, SignUp

    def add(self, guest):
        with self.database:
            self.database.execute_sql(TABLE)
            self.sign_up.create(email=guest.email, name=guest.name)

    def search(self, part=""):
        with self.database:
            self.database.execute_sql(TABLE)
            rows = list(self.sign_up.raw(FIND.format(part)))
        return [Guest(row.email, row.name) for row in rows]


class LMDBGuests(Store):
    def init_app(self, app):
        # not every system has it
        import lmdb

        self.environment = lmdb.open(str(self.folder(app) / "guests.lmdb"))

    def add(self, guest):
        with self.environment.begin(write=True) as transaction:
            transaction.put(guest.email.encode(), json.dumps(asdict(guest)).encode())

    def search(self, part=""):
        with self.environment.begin() as transaction, transaction.cursor() as rows:
            guests = [Guest(**json.loads(row)) for _, row in rows]
        return [guest for guest in guests if part in guest.name]
