"""The obvious server: a debugger on every address, with the PIN turned off."""

from step05_testing import App as Step5App
from step05_testing import AppClient, Request, Response, abort
from werkzeug.debug import DebuggedApplication
from werkzeug.serving import make_server

__all__ = ["App", "AppClient", "Request", "Response", "abort"]


class App(Step5App):
    """The app of step 5, with a debugger that colleagues can reach as well."""

    def run(self, host="0.0.0.0", port=5000, debug=False):
        self.testing = debug
        app = DebuggedApplication(self, evalex=True, pin_security=False)
        make_server(host, port, app, threaded=True).serve_forever()
