"""The obvious JSON: `json.dumps` where a value goes out, `loads` where one comes in."""

import json

from markupsafe import Markup
from step13_sessions import App as Step13App
from step13_sessions import (
    AppClient,
    Request,
    Response,
    abort,
    render_template_string,
    request,
)

__all__ = ["App", "AppClient", "Request", "Response"]
__all__ += ["abort", "jsonify", "render_template_string", "request"]


def jsonify(**members):
    return json.dumps(members)


class App(Step13App):
    """Step 13's app, for visitors that may be programs."""

    def __init__(self, import_name):
        super().__init__(import_name)
        self.jinja_env.filters["tojson"] = lambda value: Markup(json.dumps(value))

    def request_context(self, environ):
        context = super().request_context(environ)
        request = context.request
        request.get_json = lambda: json.loads(request.data)
        return context

    def handle_user_exception(self, error):
        if "json" not in request.headers.get("Accept", ""):
            return super().handle_user_exception(error)
        return Response(jsonify(error=repr(error)), getattr(error, "code", 500))
