"""A test client: it calls the application itself, without a server or a socket.

Whether an error in a view reaches the test is decided in `app`.
"""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import WSGIEnvironment

from werkzeug.datastructures import Headers
from werkzeug.test import Client


class AppClient(Client):
    """A visitor with a cookie jar: `get`, `post` and the other methods.

    What is in `environ_base` is added to the environ of each request.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.environ_base = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": "costrel-test-client",
        }

    def run_wsgi_app(
        self, environ: WSGIEnvironment, buffered: bool = False
    ) -> tuple[Iterable[bytes], str, Headers]:
        """Call the app with an environ; following a redirect calls it again."""
        for key, value in self.environ_base.items():
            environ.setdefault(key, value)
        return super().run_wsgi_app(environ, buffered)
