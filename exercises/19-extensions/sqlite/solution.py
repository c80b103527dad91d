"""A store of guests on Python's own `sqlite3`: a connection for each context."""

import sqlite3
from pathlib import Path

from step19_extensions import App, current_app, g
from step19_extensions.extensions.guests import (
    DuplicateGuestError,
    Guest,
    make_private,
)

TABLE = """
create table if not exists guests (
    id integer primary key, email text not null unique, name text not null
)
"""
ADD = "insert into guests (email, name) values (?, ?)"
# `\\` stands before a wildcard that is none
FIND = r"select email, name from guests where name like ? escape '\' order by id"


class SQLiteGuests:
    """Keeps guests in the SQLite file `GUESTS_FILE`, below the instance folder."""

    def __init__(self, app: App | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: App) -> None:
        app.config.setdefault("GUESTS_FILE", "guests.sqlite")
        path = Path(app.instance_path, app.config["GUESTS_FILE"])
        app.extensions["sqlite_guests"] = path
        app.teardown_appcontext(self.close)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this context, opened when it's first asked for."""
        if "guests_connection" not in g:
            path: Path = current_app.extensions["sqlite_guests"]
            make_private(path)
            g.guests_connection = sqlite3.connect(path, check_same_thread=False)
            g.guests_connection.execute(TABLE)
        connection: sqlite3.Connection = g.guests_connection
        return connection

    def close(self, error: BaseException | None) -> None:
        """Close the connection; what was not committed is gone with it."""
        if "guests_connection" in g:
            g.pop("guests_connection").close()

    def add(self, guest: Guest) -> None:
        try:
            self.connection.execute(ADD, (guest.email, guest.name))
        except sqlite3.IntegrityError:
            self.connection.rollback()
            raise DuplicateGuestError from None

    def commit(self) -> None:
        self.connection.commit()

    def search(self, part: str = "") -> list[Guest]:
        for wildcard in ("\\", "%", "_"):
            part = part.replace(wildcard, f"\\{wildcard}")
        return [Guest(*row) for row in self.connection.execute(FIND, (f"%{part}%",))]

    def count(self) -> int:
        number: int
        (number,) = self.connection.execute("select count(*) from guests").fetchone()
        return number
