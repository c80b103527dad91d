"""Requests without a socket: a client that calls the application itself.

That errors reach a test, instead of a 500 page, is the matter of `app`.
"""

from contextlib import ExitStack
from typing import Any, Self

from werkzeug.test import Client, TestResponse

from .ctx import Context

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

    def open(
        self,
        *arguments: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **options: Any,
    ) -> TestResponse:
        """Send one request; the arguments are those of Werkzeug's `EnvironBuilder`."""
        self.kept.close()
        contexts: list[Context] = []
        if arguments and isinstance(arguments[0], str):
            base = options.get("environ_base", {})
            options["environ_base"] = {**self.environ_base, **base}
            options.setdefault("base_url", self.application.base_url())
            if self.keeps_contexts:
                options["environ_base"][KEEP_CONTEXT] = contexts.append
        response = super().open(
            *arguments, buffered=buffered, follow_redirects=follow_redirects, **options
        )
        for context in contexts:
            self.kept.enter_context(context)
        return response

    def __enter__(self) -> Self:
        self.keeps_contexts = True
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.keeps_contexts = False
        self.kept.close()
