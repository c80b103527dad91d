"""The hooks everybody writes first: before the view, and after it if it returns."""

from step08_urls import App as Step8App
from step08_urls import Request, Response, abort, current_app, g, request, url_for

__all__ = [
    "App",
    "Request",
    "Response",
    "abort",
    "current_app",
    "g",
    "request",
    "url_for",
]


class App(Step8App):
    """The app of step 8, with functions before the view and after it."""

    def __init__(self, import_name):
        super().__init__(import_name)
        self.before_request_funcs = []
        self.after_request_funcs = []

    def before_request(self, function):
        self.before_request_funcs.append(function)
        return function

    def after_request(self, function):
        self.after_request_funcs.append(function)
        return function

    def teardown_request(self, function):
        self.after_request(lambda response: function(None) or response)
        return function

    def dispatch_request(self):
        for function in self.before_request_funcs:
            function()
        response = super().dispatch_request()
        for function in self.after_request_funcs:
            response = function(response)
        return response
