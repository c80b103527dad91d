"""A store of guests on Pony: a database for each app, a session for each context."""

from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from pony.orm import (
    CacheIndexError,
    Database,
    Optional,
    Required,
    TransactionIntegrityError,
    db_session,
)
from step19_extensions import App, current_app, g
from step19_extensions.extensions.guests import (
    DuplicateGuestError,
    Guest,
    make_private,
)


class Storage:
    """The database of one app, with the class of its rows: Pony binds the two."""

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, Lock()

    @property
    def rows(self) -> Any:
        """The class of the rows; the file is opened when it's first asked for."""
        # of two threads that made a class each, one would get the other's database
        with self.lock:
            return self.made_rows

    @cached_property
    def made_rows(self) -> Any:
        database = Database()

        class SignUp(database.Entity):  # type: ignore[name-defined, misc]
            _table_ = "guests"
            email = Required(str, 254, unique=True, autostrip=False)
            name = Optional(str, 254, autostrip=False)

        make_private(self.path)
        database.bind("sqlite", str(self.path))
        database.generate_mapping(create_tables=True)
        # what made the table isn't needed for anything else
        database.disconnect()
        return SignUp


class PonyGuests:
    """Keeps guests in the SQLite file `GUESTS_FILE`, below the instance folder."""

    def __init__(self, app: App | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: App) -> None:
        app.config.setdefault("GUESTS_FILE", "guests.pony.sqlite")
        path = Path(app.instance_path, app.config["GUESTS_FILE"])
        app.extensions["pony_guests"] = Storage(path)
        app.teardown_appcontext(self.close)

    @property
    def rows(self) -> Any:
        """The class of the rows, in a session that ends with the context."""
        rows = current_app.extensions["pony_guests"].rows
        if "guests_session" not in g:
            g.guests_session = db_session()
            g.guests_session.__enter__()
        return rows

    def close(self, error: BaseException | None) -> None:
        """Roll back what was not committed, and close the connection."""
        if "guests_session" in g:
            database = self.rows._database_
            database.rollback()
            g.pop("guests_session").__exit__()
            database.disconnect()

    def add(self, guest: Guest) -> None:
        try:
            self.rows(email=guest.email, name=guest.name)
        except CacheIndexError:
            self.refuse()

    def commit(self) -> None:
        try:
            self.rows._database_.commit()
        except TransactionIntegrityError:
            self.refuse()

    def refuse(self) -> None:
        self.rows._database_.rollback()
        raise DuplicateGuestError from None

    def search(self, part: str = "") -> list[Guest]:
        part = part.lower()
        found = self.rows.select(lambda row: part in row.name.lower())
        return [Guest(row.email, row.name) for row in found.order_by(self.rows.id)]

    def count(self) -> int:
        number: int = self.rows.select().count()
        return number
