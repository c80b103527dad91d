"""Guests in a relational database, by SQLAlchemy: a session for each context."""

from functools import cached_property
from pathlib import Path

from sqlalchemy import NullPool, create_engine, func, inspect, make_url, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.schema import CreateTable

from .. import App, current_app, g
from .guests import DuplicateGuestError, Guest, make_private


class Base(DeclarativeBase):
    """What SQLAlchemy knows about the tables of this module."""


class SignUp(Base):
    """A row in the table of guests, numbered in the order in which they came."""

    __tablename__ = "guests"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Database:
    """The database of one app. Its engine connects when it's first needed."""

    def __init__(self, app: App) -> None:
        self.file = Path(app.instance_path, "guests.sqlite")
        url = make_url(app.config["GUESTS_URL"] or f"sqlite:///{self.file}")
        # opening a file is quick: no pool, so that a fork inherits no connection
        pool = NullPool if url.get_backend_name() == "sqlite" else None
        self.engine = create_engine(url, poolclass=pool)

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """What begins a session. The table is made before the first one."""
        if self.engine.url.database == str(self.file):
            make_private(self.file)
        try:
            self.make_table()
        except DBAPIError:
            # PostgreSQL: if two make it at the same moment, one of them fails
            if not inspect(self.engine).has_table(SignUp.__tablename__):
                raise
        return sessionmaker(self.engine, autoflush=False)

    def make_table(self) -> None:
        table = Base.metadata.tables[SignUp.__tablename__]
        with self.engine.begin() as connection:
            connection.execute(CreateTable(table, if_not_exists=True))


class SQLAlchemyGuests:
    """Keeps guests in the database at `GUESTS_URL`.

    By default that's the file guests.sqlite in the instance folder.
    """

    def __init__(self, app: App | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: App) -> None:
        app.config.setdefault("GUESTS_URL", None)
        app.extensions["sqlalchemy_guests"] = Database(app)
        app.teardown_appcontext(self.close)

    @property
    def session(self) -> Session:
        """The session of this context, begun when it's first asked for."""
        if "guests_session" not in g:
            database: Database = current_app.extensions["sqlalchemy_guests"]
            g.guests_session = database.sessions()
        session: Session = g.guests_session
        return session

    def close(self, error: BaseException | None) -> None:
        """Roll back what was not committed, and let the connection go."""
        if "guests_session" in g:
            g.pop("guests_session").close()

    def add(self, guest: Guest) -> None:
        self.session.add(SignUp(email=guest.email, name=guest.name))

    def commit(self) -> None:
        try:
            self.session.commit()
        except IntegrityError:
            self.session.rollback()
            raise DuplicateGuestError from None

    def search(self, part: str = "") -> list[Guest]:
        named = SignUp.name.icontains(part, autoescape=True)
        rows = self.session.scalars(select(SignUp).where(named).order_by(SignUp.id))
        return [Guest(row.email, row.name) for row in rows]

    def count(self) -> int:
        return self.session.scalar(select(func.count(SignUp.id))) or 0
