"""Sessions that stay on the server: the cookie holds only a number."""

import json
import sqlite3
import time
from collections.abc import MutableMapping
from contextlib import closing
from secrets import token_urlsafe

from step13_sessions.sessions import SessionInterface

__all__ = ["ServerSideSessionInterface", "StoredSession"]

TABLE = """
CREATE TABLE IF NOT EXISTS session
(number TEXT PRIMARY KEY, expires REAL, content TEXT)
"""
FLAGS = ("domain", "secure", "httponly", "samesite", "partitioned")


class StoredSession(MutableMapping):
    """A dictionary that knows its number, and whether it was used or changed."""

    accessed = modified = False
    # the key it is stored under, once it has been
    number = None

    def __init__(self, content=()):
        self.content = dict(content)

    def used(self):
        self.accessed = True
        return self.content

    def changed(self):
        self.modified = True
        return self.used()

    def __getitem__(self, key):
        return self.used()[key]

    def __iter__(self):
        return iter(self.used())

    def __len__(self):
        return len(self.used())

    def __setitem__(self, key, value):
        self.changed()[key] = value

    def __delitem__(self, key):
        del self.changed()[key]

    def __ior__(self, other):
        self.update(other)
        return self

    @property
    def permanent(self):
        return self.get("_permanent", False)

    @permanent.setter
    def permanent(self, value):
        self["_permanent"] = bool(value)


class ServerSideSessionInterface(SessionInterface):
    """Keep sessions in a database. Whoever sends a session's number gets it.

    The serializer has `dumps` and `loads`: JSON, or JSON with more types.
    """

    def __init__(self, path, serializer=json):
        self.path, self.serializer = path, serializer
        self.run(TABLE)

    def run(self, statement, *values):
        with closing(sqlite3.connect(self.path, isolation_level=None)) as database:
            return database.execute(statement, values).fetchall()

    def open_session(self, app, request):
        number = request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        query = "SELECT content FROM session WHERE number = ? AND expires > ?"
        found = self.run(query, number, time.time())
        # a number we never handed out is not accepted
        if not found:
            return StoredSession()
        session = StoredSession(self.serializer.loads(found[0][0]))
        session.number = number
        return session

    def save_session(self, app, session, response):
        if not (session.accessed or session.modified):
            return
        response.vary.add("Cookie")
        if not session:
            self.end(app, session, response)
        elif self.should_set_cookie(app, session):
            session.number = session.number or token_urlsafe(32)
            self.store(app, session)
            expires = self.get_expiration_time(app, session)
            options = self.options(app.config)
            response.set_cookie(value=session.number, expires=expires, **options)

    def options(self, config):
        """Return the cookie's name, scope and flags, to set it or to delete it."""
        flags = {name: config[f"SESSION_COOKIE_{name.upper()}"] for name in FLAGS}
        path = config["SESSION_COOKIE_PATH"] or config["APPLICATION_ROOT"]
        return {"key": config["SESSION_COOKIE_NAME"], "path": path, **flags}

    def store(self, app, session):
        expires = time.time() + app.permanent_session_lifetime.total_seconds()
        row = session.number, expires, self.serializer.dumps(session.content)
        self.run("REPLACE INTO session VALUES (?, ?, ?)", *row)

    def end(self, app, session, response):
        if session.modified:
            self.forget(session)
            response.delete_cookie(**self.options(app.config))

    def forget(self, session):
        """Forget the number, so that a copy of the cookie opens nothing."""
        self.run("DELETE FROM session WHERE number = ?", session.number)
        session.number = None

    def regenerate(self, session):
        """Move the session to a new number. Call it when the visitor logs in."""
        self.forget(session)
        session.modified = True
