"""A test client: it calls the application itself, without a server or a socket.

Whether an error in a view reaches the test is decided in `app`.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, Self
from wsgiref.types import WSGIEnvironment

from werkzeug.datastructures import Headers
from werkzeug.test import Client

from .ctx import Context

# environ key -> what `app` calls with the context; Werkzeug's debugger sets it, too
KEEP_CONTEXT = "werkzeug.debug.preserve_context"


class AppClient(Client):
    """A visitor with a cookie jar: `get`, `post` and the other methods.

    What is in `environ_base` is added to the environ of each request. In a `with`
    block the context of the last request stays active, so a test can look into it.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.environ_base = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": "costrel-test-client",
        }
        self.keeps_contexts = False
        # contexts of the last request, active until the next one or the block's end
        self.kept = ExitStack()

    def run_wsgi_app(
        self, environ: WSGIEnvironment, buffered: bool = False
    ) -> tuple[Iterable[bytes], str, Headers]:
        """Call the app with an environ; following a redirect calls it again."""
        for key, value in self.environ_base.items():
            environ.setdefault(key, value)
        self.kept.close()
        contexts: list[Context] = []
        if self.keeps_contexts:
            environ[KEEP_CONTEXT] = contexts.append
        answer = super().run_wsgi_app(environ, buffered)
        for context in contexts:
            context.kept = True
            context.push()
            self.kept.callback(end_kept, context)
        return answer

    def __enter__(self) -> Self:
        self.keeps_contexts = True
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.keeps_contexts = False
        self.kept.close()


def end_kept(context: Context) -> None:
    """End a context, unless the one around it has ended, and it as well."""
    if context.token is not None:
        context.pop()
