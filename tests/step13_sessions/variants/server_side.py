"""A road not taken: the session stays on the server, the cookie holds its number."""

import sqlite3
import time
from contextlib import closing
from secrets import token_urlsafe

from step13_sessions import tagged
from step13_sessions.sessions import Session, SessionInterface

__all__ = ["ServerSideSessionInterface", "StoredSession"]

TABLE = """
CREATE TABLE IF NOT EXISTS session
(number TEXT PRIMARY KEY, expires REAL, content TEXT)
"""


class StoredSession(Session):
    """A session, and the number under which it is stored, once it is."""

    number = None


class ServerSideSessionInterface(SessionInterface):
    """Keep sessions in a database; who knows a session's number is its visitor."""

    def __init__(self, path):
        self.path = path
        self.run(TABLE)

    def run(self, statement, *values):
        with closing(sqlite3.connect(self.path, isolation_level=None)) as database:
            return database.execute(statement, values).fetchall()

    def open_session(self, app, request):
        number = request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        query = "SELECT content FROM session WHERE number = ? AND expires > ?"
        found = self.run(query, number, time.time())
        # a number that we have not given is not taken over
        if not found:
            return StoredSession()
        session = StoredSession(tagged.loads(found[0][0]))
        session.number = number
        return session

    def save_session(self, app, session, response):
        response.vary.add("Cookie")
        if not session:
            self.end(app, session, response)
        elif self.should_set_cookie(app, session):
            session.number = session.number or token_urlsafe(32)
            self.store(app, session)
            expires = self.get_expiration_time(app, session)
            options = self.cookie_options(app)
            response.set_cookie(value=session.number, expires=expires, **options)

    def store(self, app, session):
        expires = time.time() + app.permanent_session_lifetime.total_seconds()
        row = session.number, expires, tagged.dumps(dict(session))
        self.run("REPLACE INTO session VALUES (?, ?, ?)", *row)

    def end(self, app, session, response):
        if session.modified:
            self.forget(session)
            response.delete_cookie(**self.cookie_options(app))

    def forget(self, session):
        """Take back the number: whoever has copied the cookie has nothing."""
        self.run("DELETE FROM session WHERE number = ?", session.number)
        session.number = None

    def regenerate(self, session):
        """Give the session a new number, as when its visitor logs in."""
        self.forget(session)
        session.modified = True
