"""Requests without a socket: a client that calls the application itself.

That errors reach a test, instead of a 500 page, is the matter of `app`.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self
from wsgiref.types import WSGIEnvironment

from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

from .ctx import Context
from .sessions import Session
from .wrappers import Response

# environ key -> whom `app` shows the context; Werkzeug's debugger asks for it, too
KEEP_CONTEXT = "werkzeug.debug.preserve_context"


class AppClient(Client):
    """A visitor with a cookie jar: `get`, `post` and the other methods.

    What is in `environ_base` is added to the environ of each request. In a `with`
    block the context of the last request stays active, for a test to look into.
    """

    # an `App`: `app` knows this module, not the other way round
    application: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.environ_base = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": "costrel-test-client",
        }
        self.keeps_contexts = False
        # contexts of the last request, active until the next one or the block's end
        self.kept = ExitStack()

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        """Send one request; the arguments are those of Werkzeug's `EnvironBuilder`."""
        if not arguments or isinstance(arguments[0], str):
            options.setdefault("base_url", self.application.base_url())
            simplify_json(self.application, options)
        return super().open(*arguments, **options)

    def run_wsgi_app(
        self, environ: WSGIEnvironment, buffered: bool = False
    ) -> tuple[Iterable[bytes], str, Headers]:
        """Call the app with one environ; each redirect that is followed is one more."""
        for key, value in self.environ_base.items():
            environ.setdefault(key, value)
        self.kept.close()
        contexts: list[Context] = []
        if self.keeps_contexts:
            environ[KEEP_CONTEXT] = contexts.append
        answer = super().run_wsgi_app(environ, buffered)
        for context in contexts:
            self.kept.enter_context(context)
        return answer

    @contextmanager
    def session_transaction(self, *arguments: Any, **options: Any) -> Iterator[Session]:
        """Open the visitor's session, to read it or to change it before a request.

        The arguments are those of `test_request_context`. Raises `TypeError` for
        a client without cookies, `RuntimeError` for an app without a key.
        """
        if self._cookies is None:
            raise TypeError("a client with use_cookies=False has no session")
        app, response = self.application, Response()
        context = app.test_request_context(*arguments, **options)
        request, interface = context.request, app.session_interface
        # the cookie jar has no public door for a request that is not sent
        self._add_cookies_to_wsgi(request.environ)
        with context:
            session = context.session
        if interface.is_null_session(session):
            raise RuntimeError("the app can't keep a session: set its secret_key")
        yield session
        with context:
            interface.save_session(app, session, response)
        host, _, _ = request.host.partition(":")
        cookies = response.headers.getlist("Set-Cookie")
        self._update_cookies_from_response(host, request.path, cookies)

    def __enter__(self) -> Self:
        self.keeps_contexts = True
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.keeps_contexts = False
        self.kept.close()


def simplify_json(app: Any, options: dict[str, Any]) -> None:
    """Let the option `json` of a request have all types that the app can write."""
    # Werkzeug writes it in the end, and knows only the types of JSON
    if "json" in options:
        options["json"] = json.loads(app.json.dumps(options["json"]))
