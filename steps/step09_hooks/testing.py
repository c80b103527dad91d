"""A test client: it calls the application itself, without a server or a socket.

Whether an error in a view reaches the test is decided in `app`.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import urljoin, urlsplit, urlunsplit
from wsgiref.types import WSGIEnvironment

from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse, create_environ
from werkzeug.wrappers import Request

from .ctx import Context

# environ key -> what `app` calls with the context; Werkzeug's debugger sets it, too
KEEP_CONTEXT = "werkzeug.debug.preserve_context"


class AppClient(Client):
    """A visitor with a cookie jar: `get`, `post` and the other methods.

    What is in `environ_base` is added to the environ of each request. In a `with`
    block the context of the last request stays active, so a test can look into it.
    """

    # an `App`: `app` knows this module, not the other way around
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
        """Send one request; its arguments are those of `App.test_request_context`.

        The first argument may instead be a finished request, as it is when a redirect
        is followed; then other arguments don't change it.
        """
        if not arguments or isinstance(arguments[0], str):
            environ = build_environ(self.application, *arguments, **options)
            arguments = (Request(environ),)
        return super().open(
            arguments[0], buffered=buffered, follow_redirects=follow_redirects
        )

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


def build_environ(
    app: Any,
    path: str = "/",
    base_url: str | None = None,
    subdomain: str | None = None,
    url_scheme: str | None = None,
    **options: Any,
) -> WSGIEnvironment:
    """Build the environ of a request to a path of the app, or to an absolute URL.

    A base URL that is only a path is below the app's own host. Other options are those
    of Werkzeug's `EnvironBuilder`. Raises `TypeError` for a base URL together with a
    subdomain or a scheme.
    """
    if base_url is None:
        base_url, path = locate(path, app.base_url(), subdomain, url_scheme)
    elif subdomain or url_scheme:
        raise TypeError(
            f"base_url={base_url!r} already has a host and a scheme: leave out"
            " subdomain and url_scheme, or leave out base_url"
        )
    return create_environ(path, urljoin(app.base_url(), base_url), **options)


def locate(
    url: str, home: str, subdomain: str | None, scheme: str | None
) -> tuple[str, str]:
    """Return the base of a URL and the rest; `home` supplies what the URL lacks."""
    asked, known = urlsplit(url), urlsplit(home)
    host = f"{subdomain}.{known.netloc}" if subdomain else known.netloc
    scheme = asked.scheme or scheme or known.scheme
    base = urlunsplit((scheme, asked.netloc or host, known.path, "", ""))
    return base, urlunsplit(("", "", asked.path, asked.query, ""))
