"""The blueprint everyone writes first: it repeats on the app what was called on it."""

import step15_uploads
from step15_uploads import (
    Response,
    abort,
    has_app_context,
    render_template_string,
    request,
    url_for,
)

__all__ = ["App", "Blueprint", "Response", "abort", "has_app_context"]
__all__ += ["render_template_string", "request", "url_for"]


class Blueprint:
    def __init__(self, name, import_name, url_prefix=""):
        self.name = name
        self.url_prefix = url_prefix
        self.calls = []

    def route(self, rule, **options):
        def register(view):
            options.setdefault("endpoint", f"{self.name}.{view.__name__}")
            self.calls.append(("route", self.url_prefix + rule, options, view))
            return view

        return register

    def add_url_rule(self, rule, endpoint, view):
        self.route(rule, endpoint=f"{self.name}.{endpoint}")(view)

    def get(self, rule):
        return self.route(rule, methods=["GET"])

    def post(self, rule):
        return self.route(rule, methods=["POST"])

    def errorhandler(self, code_or_exception):
        def register(handler):
            self.calls.append(("errorhandler", code_or_exception, {}, handler))
            return handler

        return register

    def before_request(self, function):
        self.calls.append(("before_request", None, {}, function))
        return function


class App(step15_uploads.App):
    def register_blueprint(self, blueprint):
        for method, argument, options, function in blueprint.calls:
            register = getattr(self, method)
            if argument is not None:
                register = register(argument, **options)
            register(function)
