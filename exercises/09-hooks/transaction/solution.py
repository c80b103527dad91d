"""A database connection for each context, and one transaction on it."""

from collections.abc import Callable
from typing import Any

from step09_hooks import App, Response, g


class Database:
    """A connection for each context, committed or rolled back at its end."""

    def __init__(self, app: App, connect: Callable[[], Any]) -> None:
        self.connect = connect
        # where in `g` the connection is, and whether it is to be undone
        self.place = f"_connection_{id(self)}"
        self.refused = f"_refused_{id(self)}"
        app.after_request(self.look)
        app.teardown_appcontext(self.end)

    @property
    def connection(self) -> Any:
        """The connection of the active context, opened when it is first wanted."""
        if self.place not in g:
            setattr(g, self.place, self.connect())
        return g.get(self.place)

    def look(self, response: Response) -> Response:
        """Remember that the visitor was refused: the teardown sees no response."""
        setattr(g, self.refused, response.status_code >= 400)
        return response

    def end(self, error: BaseException | None) -> None:
        """Commit or roll back, and close in any case."""
        refused = g.pop(self.refused, False)
        connection = g.pop(self.place, None)
        if connection is None:
            return
        try:
            if error is not None or refused:
                connection.rollback()
            else:
                connection.commit()
        finally:
            connection.close()
