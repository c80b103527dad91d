"""HEAD in one place: after the body is made, and before it is sent."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from step01_wsgi import App as StepApp


class App(StepApp):
    """The app of step 1, without a body in its answer to HEAD."""

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        body = super().wsgi_app(environ, start_response)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body
