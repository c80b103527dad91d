"""The naive context: one variable, and whoever came last is in it."""

from step06_server import App as Step6App
from step06_server import AppClient, Request, Response, abort
from werkzeug.local import LocalProxy

__all__ = ["App", "AppClient", "Request", "Response", "abort", "request"]

current = None
request = LocalProxy(lambda: current)


class App(Step6App):
    """The app of step 6, which notes the request for everyone to find."""

    def full_dispatch_request(self, request):
        global current
        current = request
        return super().full_dispatch_request(request)
