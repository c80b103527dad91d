"""Where users are kept: what any datastore can do, and one in memory.

A datastore gets the hash of a password, never the password: that's for `passwords`.
One for relational databases is in `sqlalchemy_datastore`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from inspect import get_annotations
from itertools import count
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from .. import current_app, g
from .addresses import email_key, normalize_email
from .roles import may

if TYPE_CHECKING:
    # for types alone: an extension meets its app in `init_app`
    from .. import App

RowT = TypeVar("RowT")
# the values of a row, by the names of its attributes
Values = dict[str, Any]


class DuplicateUserError(Exception):
    """Raised for an address that has an account already."""


class UserMixin:
    """What all models of a user have in common, wherever they are kept.

    It's no dataclass: a view could return one as JSON, with the hash in it.
    """

    if TYPE_CHECKING:
        # how these are stored is up to each model
        id: Any
        # as it was written: mail goes there
        email: Any
        # what two spellings of an address have in common: unique
        email_key: Any
        # the password's hash; None for a user who logs in some other way
        password: Any
        active: Any
        # random and unique: stands for the user where an id would tell too much
        fs_uniquifier: Any

    def __eq__(self, other: object) -> bool:
        """Return whether two copies are of the same user."""
        if not isinstance(other, UserMixin) or self.id is None:
            return self is other
        return type(self) is type(other) and bool(self.id == other.id)

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def __repr__(self) -> str:
        # logs and error pages show it: neither the address nor the hash
        return f"<{type(self).__name__} {self.id}>"

    @property
    def is_authenticated(self) -> bool:
        """True: whoever is nobody's user is an `AnonymousUser`."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """False."""
        return False

    @property
    def is_active(self) -> bool:
        """Whether the user may log in."""
        return bool(self.active)

    def get_id(self) -> str:
        """Return what stands for the user outside the datastore."""
        return str(self.fs_uniquifier)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The names of the user's roles, read once: each request has its own copy."""
        store: UserDatastore = current_app.extensions["security"].datastore
        return frozenset(
            grant.role for grant in store.find(store.grant_model, user=self.id)
        )

    def has_role(self, role: str) -> bool:
        """Return whether the user has a role."""
        return role in self.roles

    def has_permission(self, permission: str) -> bool:
        """Return whether one of the user's roles has a permission."""
        return may(self.roles, permission)


class LoginMixin:
    """What all models of a login have in common. Times are in seconds since 1970."""

    if TYPE_CHECKING:
        id: Any
        # its user's `fs_uniquifier`: when the user gets another one, the login is over
        user: Any
        # the hash of the token in the browser's session: unique
        token: Any
        # when the user logged in, when the session began, and when it was last used
        began: Any
        renewed: Any
        seen: Any
        # when the user last gave the password in this session, or 0
        confirmed: Any
        # when it is over, even in a browser that is remembered
        expires: Any
        address: Any
        agent: Any
        # how a remembered browser names the login: random and unique, or None
        series: Any
        # the hash of the token in its cookie, of the one before, and since when
        remember: Any
        previous: Any
        rotated: Any

    def __repr__(self) -> str:
        # hashes are of no use to anyone who reads a log
        return f"<{type(self).__name__} {self.id}>"


class TrackMixin:
    """What all models of a login track have: the traces that a user has left."""

    if TYPE_CHECKING:
        id: Any
        # the user's id as text; "" stands for all who aren't users: unique
        user: Any
        login_count: Any
        # seconds since 1970, and where the user came from
        current_login_at: Any
        current_login_ip: Any
        last_login_at: Any
        last_login_ip: Any
        # how many logins failed since the current one, and before it
        failed: Any
        failed_before: Any
        # when the user last logged in, or the first time failed: it's kept from then
        since: Any


class GrantMixin:
    """What all models of a grant have in common: a user has a role."""

    if TYPE_CHECKING:
        id: Any
        # the user's id, and the name of the role: together unique
        user: Any
        role: Any


class UserDatastore(Protocol):
    """Keeps the users of the current app, and can do so for several apps.

    What it finds is a copy. Afterwards no connection and no lock is held, because
    checking a password takes a while. What was put in a context is kept when it's
    committed: all of it or nothing. The rest is dropped when the context ends.
    """

    # the classes of its users, of their logins, of what's known about those, and of
    # their roles
    user_model: type[Any]
    login_model: type[Any]
    track_model: type[Any]
    grant_model: type[Any]

    def init_app(self, app: "App") -> None:
        """Set up the datastore for an app, and open nothing yet."""

    def find(self, model: type[RowT], **equal: Any) -> list[RowT]:
        """Return the rows of a model that have these values, oldest first."""

    def put(self, row: Any) -> None:
        """Add a new row, or the changes to one that was found."""

    def commit(self) -> None:
        """Keep what was put, all of it, or raise `DuplicateUserError`."""

    def rollback(self) -> None:
        """Forget what was put since the last commit."""

    def change(self, model: type[Any], where: Values, **values: Any) -> int:
        """Change the rows that have the values in `where`, and commit.

        Return how many there were. It's atomic: to change a row only if nobody else
        has, pass the values that you've read as `where` (compare-and-set).
        """

    def delete(
        self, model: type[Any], before: Values | None = None, **equal: Any
    ) -> int:
        """Delete the rows that have these values, at once and for good.

        `before` has more values: those of the rows are smaller. Return how many there
        were.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """Keep all changes made in the block, or none if it raises an error.

        From its first change on, others who change the same rows wait until it ends.
        """

    def find_user(self, **equal: Any) -> Any | None:
        """Return the user who has these values, or None.

        Any spelling of `email` will do. If it isn't an address, nobody is found.
        """
        if "email" in equal:
            try:
                equal["email_key"] = email_key(equal.pop("email"))
            except ValueError:
                return None
        return next(iter(self.find(self.user_model, **equal)), None)

    def create_user(self, *, email: str, **values: Any) -> Any:
        """Put a new user, and return it. `password` is a hash.

        Raises `ValueError` if `email` isn't an address.
        """
        values |= {"email": normalize_email(email), "email_key": email_key(email)}
        user = self.user_model(fs_uniquifier=token_hex(), **values)
        self.put(user)
        return user


class MemoryRow:
    """A row of a table in memory; its attributes are those that its class annotates."""

    # attributes whose values no two rows share
    unique: ClassVar[tuple[str, ...]] = ()
    # attributes whose values no two rows share all of
    together: ClassVar[tuple[str, ...]] = ()

    id: int | None = None

    def __init__(self, **values: Any) -> None:
        """Raise `TypeError` for an attribute that the class doesn't have."""
        if unknown := values.keys() - names_of(type(self)):
            raise TypeError(f"{type(self).__name__} has no {', '.join(unknown)}")
        vars(self).update(values)
        # its values when it was found
        self._found: Values = {}

    @classmethod
    def restore(cls, values: Values) -> Any:
        """Return a copy of a stored row."""
        row = cls(**values)
        row._found = values
        return row

    def changes(self) -> Values:
        """Return the values that have changed since the row was found."""
        now = {name: getattr(self, name) for name in names_of(type(self))}
        new = object()
        return {
            name: value
            for name, value in now.items()
            if self._found.get(name, new) != value
        }


def names_of(model: type[Any]) -> set[str]:
    """Return the names of a model's attributes."""
    annotated = (get_annotations(base) for base in model.__mro__)
    return {name for names in annotated for name in names} - {"unique", "together"}


class MemoryUser(UserMixin, MemoryRow):
    """A user of `MemoryUserDatastore`: derive from it to add attributes."""

    unique = ("email_key", "fs_uniquifier")

    email: str = ""
    email_key: str = ""
    password: str | None = None
    active: bool = True
    fs_uniquifier: str = ""


class MemoryLogin(LoginMixin, MemoryRow):
    """A login of `MemoryUserDatastore`."""

    unique = ("token",)

    user: str = ""
    token: str = ""
    began: int = 0
    renewed: int = 0
    seen: int = 0
    confirmed: int = 0
    expires: int = 0
    address: str | None = None
    agent: str | None = None
    series: str | None = None
    remember: str | None = None
    previous: str | None = None
    rotated: int = 0


class MemoryTrack(TrackMixin, MemoryRow):
    """A login track of `MemoryUserDatastore`."""

    unique = ("user",)

    user: str = ""
    login_count: int = 0
    current_login_at: int | None = None
    current_login_ip: str | None = None
    last_login_at: int | None = None
    last_login_ip: str | None = None
    failed: int = 0
    failed_before: int = 0
    since: int = 0


class MemoryGrant(GrantMixin, MemoryRow):
    """A grant of `MemoryUserDatastore`."""

    together = ("user", "role")

    user: int = 0
    role: str = ""


class Tables:
    """An app's tables: they are replaced, not changed, so readers need no lock."""

    def __init__(self) -> None:
        self.numbers = count(1)
        # held by whoever replaces them
        self.lock = Lock()
        # model -> id -> the values of a row
        self.rows: dict[type[Any], dict[int, Values]] = {}

    def find(self, model: type[Any], equal: Values) -> list[Values]:
        rows = self.rows.get(model, {}).values()
        return [values for values in rows if equal.items() <= values.items()]

    @contextmanager
    def replace(self) -> Iterator["Tables"]:
        """Yield a copy to change, which is kept unless the block raises an error."""
        with self.lock:
            copy = Tables()
            copy.numbers = self.numbers
            copy.rows = {model: dict(rows) for model, rows in self.rows.items()}
            yield copy
            self.rows = copy.rows

    def write(self, model: type[Any], values: Values) -> Values:
        """Keep a row, and return its values; a new one gets a number.

        Raises `DuplicateUserError` if another has a value that no two may have.
        """
        number = values.get("id") or next(self.numbers)
        rows = self.rows.setdefault(model, {})
        row = rows[number] = {**rows.get(number, {}), **values, "id": number}
        for names in filter(None, [model.together, *([name] for name in model.unique)]):
            if len(self.find(model, {name: row[name] for name in names})) > 1:
                raise DuplicateUserError
        return row


class MemoryUserDatastore(UserDatastore):
    """Keeps users as long as the process lives, for tests and first attempts."""

    login_model = MemoryLogin
    track_model = MemoryTrack
    grant_model = MemoryGrant

    def __init__(
        self, app: "App | None" = None, user_model: type[MemoryRow] = MemoryUser
    ) -> None:
        self.user_model = user_model
        if app is not None:
            self.init_app(app)

    def init_app(self, app: "App") -> None:
        app.extensions["memory_users"] = Tables()

    @property
    def tables(self) -> Tables:
        kept = current_app.extensions["memory_users"]
        # during a transaction, its copy
        tables: Tables = g.get("memory_users_copy", kept)
        return tables

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.tables.replace() as copy:
            g.memory_users_copy = copy
            try:
                yield
                self.commit()
            finally:
                self.rollback()
                g.pop("memory_users_copy")

    @property
    def pending(self) -> list[Any]:
        """The rows that were put in this context, and not committed yet."""
        rows: list[Any] = g.setdefault("memory_users_put", [])
        return rows

    def find(self, model: type[Any], **equal: Any) -> list[Any]:
        return [model.restore(values) for values in self.tables.find(model, equal)]

    def put(self, row: Any) -> None:
        self.pending.append(row)

    def commit(self) -> None:
        put = self.pending.copy()
        self.rollback()
        with self.tables.replace() as tables:
            kept = [
                tables.write(type(row), {**row.changes(), "id": row.id}) for row in put
            ]
        for row, values in zip(put, kept, strict=True):
            row.id, row._found = values["id"], values

    def rollback(self) -> None:
        self.pending.clear()

    def change(self, model: type[Any], where: Values, **values: Any) -> int:
        with self.tables.replace() as tables:
            found = tables.find(model, where)
            for row in found:
                tables.write(model, {**row, **values})
        return len(found)

    def delete(
        self, model: type[Any], before: Values | None = None, **equal: Any
    ) -> int:
        with self.tables.replace() as tables:
            found = [
                row["id"]
                for row in tables.find(model, equal)
                if all(row[name] < value for name, value in (before or {}).items())
            ]
            for number in found:
                del tables.rows[model][number]
        return len(found)
