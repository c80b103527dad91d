"""The obvious way: look at the Referer, and keep every field that was sent."""

from hashlib import sha256

import wtforms
from step21_hardening import (
    App,
    AppClient,
    Request,
    Response,
    abort,
    current_app,
    render_template_string,
    request,
    session,
)

__all__ = ["App", "AppClient", "Request", "Response"]
__all__ += ["render_template_string", "request", "security", "session"]


class CSRFProtect:
    def __init__(self, app):
        app.add_template_global(generate_csrf, "csrf_token")
        app.before_request(self.protect)

    def protect(self):
        # some browsers leave it out, and nobody should be locked out
        sender = request.referrer or request.host
        if request.method != "GET" and request.host not in sender:
            abort(403, "Another site has sent this request.")


def generate_csrf():
    return sha256(str(current_app.secret_key).encode()).hexdigest()


class Form(wtforms.Form):
    def __init__(self):
        super().__init__(request.form)

    def populate_obj(self, obj):
        for name, value in request.form.items():
            setattr(obj, name, value)


class security:  # noqa: N801 (a part of the package)
    CSRFProtect, Form = CSRFProtect, Form
