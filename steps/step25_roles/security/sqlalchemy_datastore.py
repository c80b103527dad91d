"""Users in a relational database, by SQLAlchemy.

What any datastore can do is in `datastore`. Import this module only if you want
SQLAlchemy: nothing else in the package needs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import (
    BigInteger,
    NullPool,
    UniqueConstraint,
    create_engine,
    delete,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.schema import CreateIndex, CreateTable

from .. import current_app, g
from .datastore import (
    DuplicateUserError,
    GrantMixin,
    LoginMixin,
    TrackMixin,
    UserDatastore,
    UserMixin,
    Values,
)

if TYPE_CHECKING:
    from .. import App

RowT = TypeVar("RowT")


class UserColumns(UserMixin):
    """The columns of a user, for a model of your own."""

    __tablename__ = "users"
    # SQLite would give the number of a deleted user to the next one
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    # the index decides who was first: a look before adding couldn't
    email_key: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)


class LoginColumns(LoginMixin):
    """The columns of a login, for a model of one's own."""

    __tablename__ = "logins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(index=True)
    token: Mapped[str] = mapped_column(unique=True)
    began: Mapped[int] = mapped_column(BigInteger)
    renewed: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)
    confirmed: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[int] = mapped_column(BigInteger, index=True)
    address: Mapped[str | None]
    agent: Mapped[str | None]
    series: Mapped[str | None] = mapped_column(unique=True)
    remember: Mapped[str | None]
    previous: Mapped[str | None]
    rotated: Mapped[int] = mapped_column(BigInteger, default=0)


class TrackColumns(TrackMixin):
    """The columns of a login track, for a model of one's own."""

    __tablename__ = "login_tracks"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(unique=True)
    login_count: Mapped[int] = mapped_column(default=0)
    current_login_at: Mapped[int | None] = mapped_column(BigInteger)
    current_login_ip: Mapped[str | None]
    last_login_at: Mapped[int | None] = mapped_column(BigInteger)
    last_login_ip: Mapped[str | None]
    failed: Mapped[int] = mapped_column(default=0)
    failed_before: Mapped[int] = mapped_column(default=0)
    since: Mapped[int] = mapped_column(BigInteger, index=True)


class GrantColumns(GrantMixin):
    """The columns of a grant, for a model of one's own."""

    __tablename__ = "user_roles"
    __table_args__ = (UniqueConstraint("user", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[int]
    role: Mapped[str] = mapped_column(index=True)


class Base(DeclarativeBase):
    """What SQLAlchemy knows about the tables of this module."""


class User(UserColumns, Base):
    """A user with the columns that every user has, and no others."""


class Login(LoginColumns, Base):
    """A login with nothing but what every login has."""


class LoginTrack(TrackColumns, Base):
    """A login track with nothing but what every one has."""


class Grant(GrantColumns, Base):
    """A grant with nothing but what every grant has."""


class Database:
    """The database of one app. Its engine connects when it's first needed."""

    def __init__(self, app: "App", models: list[type[Any]]) -> None:
        self.models = models
        self.file = Path(app.instance_path, "users.sqlite")
        url = make_url(app.config["SECURITY_DATABASE_URL"] or f"sqlite:///{self.file}")
        # opening a file is quick: no pool, so that a fork inherits no connection
        pool = NullPool if url.get_backend_name() == "sqlite" else None
        # logs and errors would show the parameters of a statement: hashes
        self.engine = create_engine(url, poolclass=pool, hide_parameters=True)

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """A factory of sessions. The tables are made before the first one."""
        if self.engine.url.database == str(self.file):
            make_private(self.file)
        try:
            self.make_tables()
        except DBAPIError:
            # PostgreSQL: if two make them at the same moment, one of them fails
            self.make_tables()
        return sessionmaker(self.engine, autoflush=False, expire_on_commit=False)

    def make_tables(self) -> None:
        with self.engine.begin() as connection:
            for metadata in dict.fromkeys(model.metadata for model in self.models):
                for table in metadata.sorted_tables:
                    connection.execute(CreateTable(table, if_not_exists=True))
                    for index in table.indexes:
                        connection.execute(CreateIndex(index, if_not_exists=True))


class SQLAlchemyUserDatastore(UserDatastore):
    """Keeps users in the database at `SECURITY_DATABASE_URL`.

    By default that's the file users.sqlite in the instance folder. A model of your own
    has the columns of `UserColumns`. What it has in other tables must be loaded along
    with it, for example by `lazy="selectin"`: rows that were found have no session.
    """

    login_model: type[Any] = Login
    track_model: type[Any] = LoginTrack
    grant_model: type[Any] = Grant

    def __init__(self, app: "App | None" = None, user_model: type[Any] = User) -> None:
        self.user_model = user_model
        if app is not None:
            self.init_app(app)

    def init_app(self, app: "App") -> None:
        app.config.setdefault("SECURITY_DATABASE_URL", None)
        app.extensions["sqlalchemy_users"] = Database(
            app,
            [self.user_model, self.login_model, self.track_model, self.grant_model],
        )
        app.teardown_appcontext(lambda error: self.rollback())

    @property
    def sessions(self) -> sessionmaker[Session]:
        database: Database = current_app.extensions["sqlalchemy_users"]
        return database.sessions

    @property
    def session(self) -> Session:
        """The session of this context, with what was put and not committed yet."""
        if "users_session" not in g:
            g.users_session = self.sessions()
        session: Session = g.users_session
        return session

    def find(self, model: type[Any], **equal: Any) -> list[Any]:
        found = select(model).filter_by(**equal).order_by(model.id)
        try:
            # at its end, the connection is free again, and the rows keep their values
            with self.begin() as session:
                return [*session.scalars(found)]
        except (DataError, OverflowError):
            # no row has a value that its column can't hold: a number from a URL
            return []

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Yield the session of the transaction, or one that ends with the block."""
        if "users_transaction" in g:
            yield g.users_transaction
        else:
            with self.sessions.begin() as session:
                yield session

    @contextmanager
    def transaction(self) -> Iterator[None]:
        g.users_transaction = self.session
        try:
            yield
            self.commit()
        finally:
            self.rollback()
            g.pop("users_transaction")

    def put(self, row: Any) -> None:
        self.session.add(row)

    def commit(self) -> None:
        try:
            self.session.commit()
        except IntegrityError:
            raise DuplicateUserError from None
        finally:
            self.rollback()

    def rollback(self) -> None:
        if "users_session" in g:
            g.pop("users_session").close()

    def change(self, model: type[Any], where: Values, **values: Any) -> int:
        changed = update(model).filter_by(**where).values(**values)
        try:
            with self.begin() as session:
                return session.connection().execute(changed).rowcount
        except IntegrityError:
            raise DuplicateUserError from None

    def delete(
        self, model: type[Any], before: Values | None = None, **equal: Any
    ) -> int:
        older = [getattr(model, name) < value for name, value in (before or {}).items()]
        deleted = delete(model).filter_by(**equal).where(*older)
        try:
            with self.begin() as session:
                return session.connection().execute(deleted).rowcount
        except (DataError, OverflowError):
            # as in `find`
            return 0


def make_private(path: Path) -> None:
    """Create an empty file that only the app's own user can read, unless it exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
