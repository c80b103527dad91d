"""A test client and a runner: they call the app itself, without a server or a shell.

Whether an error in a view reaches the test is decided in `app`.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, Self
from urllib.parse import urljoin, urlsplit, urlunsplit
from wsgiref.types import WSGIEnvironment

import werkzeug.test
from click.testing import CliRunner, Result
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from .ctx import Context
from .script import ScriptInfo
from .sessions import SessionMixin

# environ key -> what `app` calls with the context; Werkzeug's debugger sets it, too
KEEP_CONTEXT = "werkzeug.debug.preserve_context"


class AppCliRunner(CliRunner):
    """Calls an app's commands, and keeps what they print."""

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(**options)
        # an `App`: `app` knows this module, not the other way around
        self.app = app

    def invoke(self, cli: Any = None, *given: Any, **options: Any) -> Result:
        """Call one of the app's commands, or another command, which finds the app.

        Arguments are those of click's `CliRunner.invoke`.
        """
        options.setdefault("obj", ScriptInfo(create_app=lambda: self.app))
        return super().invoke(self.app.cli if cli is None else cli, *given, **options)


class AppClient(werkzeug.test.Client):
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
    ) -> werkzeug.test.TestResponse:
        """Send one request; its arguments are those of `App.test_request_context`.

        The first argument may instead be a finished request, as it is when a redirect
        is followed; then other arguments don't change it.
        """
        if not arguments or isinstance(arguments[0], str):
            arguments = (self._request_from_builder_args(arguments, options),)
        return super().open(
            arguments[0], buffered=buffered, follow_redirects=follow_redirects
        )

    def _request_from_builder_args(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Request:
        """Return the request that arguments of `open` describe.

        The name is Flask's: Flask-SocketIO's test client calls it.
        """
        return Request(build_environ(self.application, *args, **kwargs))

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

    @contextmanager
    def session_transaction(
        self, *arguments: Any, **options: Any
    ) -> Iterator[SessionMixin]:
        """Open the visitor's session, to read it or to change it before a request.

        The arguments are those of `test_request_context`. Raises `TypeError` for
        a client without cookies, `RuntimeError` for an app without a key.
        """
        if self._cookies is None:
            raise TypeError("a client with use_cookies=False has no session")
        app = self.application
        response = app.response_class()
        context = app.test_request_context(*arguments, **options)
        request, interface = context.request, app.session_interface
        # Werkzeug has no public way to ask for the cookies of an unsent request
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


def end_kept(context: Context) -> None:
    """End a context, unless the one around it has ended, and it as well."""
    if context.token is not None:
        context.pop()


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Builds the environ of a request to a path of an app, or to an absolute URL."""

    def __init__(
        self,
        app: Any,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *arguments: Any,
        **options: Any,
    ) -> None:
        """Other arguments are those of Werkzeug's class.

        A base URL that is only a path is below the app's own host. Raises `TypeError`
        for a base URL together with a subdomain or a scheme.
        """
        self.app = app
        if base_url is None:
            base_url, path = locate(path, app.base_url(), subdomain, url_scheme)
        elif subdomain or url_scheme:
            raise TypeError(
                f"base_url={base_url!r} already has a host and a scheme: leave out"
                " subdomain and url_scheme, or leave out base_url"
            )
        base_url = urljoin(app.base_url(), base_url)
        super().__init__(path, base_url, *arguments, **options)

    def json_dumps(self, value: Any, **options: Any) -> str:  # type: ignore[override]
        """Return what the option `json` becomes: any type that the app can write."""
        text: str = self.app.json.dumps(value, **options)
        return text


def build_environ(app: Any, *arguments: Any, **options: Any) -> WSGIEnvironment:
    """Build an environ: the arguments are those of `EnvironBuilder`."""
    with closing(EnvironBuilder(app, *arguments, **options)) as builder:
        return builder.get_environ()


def locate(
    url: str, home: str, subdomain: str | None, scheme: str | None
) -> tuple[str, str]:
    """Return the base of a URL and the rest; `home` supplies what the URL lacks."""
    asked, known = urlsplit(url), urlsplit(home)
    host = f"{subdomain}.{known.netloc}" if subdomain else known.netloc
    scheme = asked.scheme or scheme or known.scheme
    base = urlunsplit((scheme, asked.netloc or host, known.path, "", ""))
    return base, urlunsplit(("", "", asked.path, asked.query, ""))
