"""One app for each host: a lock for each that is being made, gone when it is made."""

from collections.abc import Callable, Iterable
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import NotFound
from werkzeug.wsgi import get_host

Factory = Callable[[str], WSGIApplication | None]


class Tenants:
    """A WSGI application that gives each host an app of its own."""

    def __init__(self, create_app: Factory) -> None:
        self.create_app = create_app
        # host -> app
        self.apps: dict[str, WSGIApplication] = {}
        # host -> the lock of whoever makes its app
        self.locks: dict[str, Lock] = {}

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        host = get_host(environ).partition(":")[0].lower()
        app = self.apps.get(host) or self.make(host) or NotFound()
        return app(environ, start_response)

    def make(self, host: str) -> WSGIApplication | None:
        """Make the app of a host, or wait for the thread that does."""
        # `setdefault` is atomic: all threads get the same lock
        lock = self.locks.setdefault(host, Lock())
        with lock:
            # who has waited may hold a lock that is given up
            if self.locks.get(host) is not lock:
                return self.apps.get(host) or self.make(host)
            try:
                app = self.apps.get(host) or self.create_app(host)
                if app is not None:
                    self.apps[host] = app
                return app
            finally:
                del self.locks[host]
