"""A road not taken: a variable for each thread, as in Bottle."""

from contextlib import contextmanager
from threading import local

from step07_contexts import App as StepApp
from step07_contexts import Request, Response
from werkzeug.local import LocalProxy

__all__ = ["App", "Request", "Response", "request"]

here = local()
request = LocalProxy(lambda: here.request)


class App(StepApp):
    """An app that leaves the request where its thread finds it."""

    @contextmanager
    def at_work(self, environ):
        before = getattr(here, "request", None)
        here.request = Request(environ)
        try:
            yield
        finally:
            here.request = before

    def wsgi_app(self, environ, start_response):
        with self.at_work(environ):
            return super().wsgi_app(environ, start_response)
