"""The obvious class: one object for everybody, and Werkzeug asks about the tag."""

from step16_blueprints import (
    App,
    AppClient,
    Request,
    Response,
    abort,
    jsonify,
    make_response,
    request,
)

__all__ = ["App", "AppClient", "MethodView", "Request", "Response", "View"]
__all__ += ["check_if_match", "jsonify", "make_response", "request"]


class View:
    methods = None

    @classmethod
    def as_view(cls, name):
        resource = cls()

        def view(**values):
            return resource.dispatch_request(**values)

        view.__name__, view.methods = name, cls.methods
        return view


class MethodView(View):
    def __init_subclass__(cls):
        if "methods" not in vars(cls):
            names = ["get", "post", "put", "delete"]
            cls.methods = [name for name in names if hasattr(cls, name)]

    def dispatch_request(self, **values):
        return getattr(self, request.method.lower())(**values)


def check_if_match(etag):
    response = make_response("")
    response.set_etag(etag)
    if response.make_conditional(request).status_code == 412:
        abort(412)
