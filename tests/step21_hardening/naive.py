"""The extension everyone writes first: a hook that sends the fields of a checklist."""

from secrets import token_urlsafe

from step20_async import (
    App,
    abort,
    current_app,
    make_response,
    render_template_string,
    request,
    session,
    url_for,
)

__all__ = ["App", "make_response", "render_template_string", "request", "security"]
__all__ += ["session", "url_for"]

NONCE = token_urlsafe(16)


def csp_nonce():
    return NONCE


class Hardening:
    def __init__(self, app):
        app.before_request(self.check_host)
        app.after_request(self.add_fields)
        app.add_template_global(csp_nonce)
        app.config["SESSION_COOKIE_SECURE"] = True

    def check_host(self):
        host = request.host.partition(":")[0]
        if not host.endswith(tuple(current_app.config["TRUSTED_HOSTS"])):
            abort(400)

    def add_fields(self, response):
        response.headers["X-Frame-Options"] = "ALLOW-FROM https://partner.example"
        response.headers["X-Content-Type-Options"] = "nosniff"
        policy = f"default-src 'self'; script-src 'self' 'nonce-{csp_nonce()}'"
        response.headers["Content-Security-Policy"] = policy
        return response


# readers have a package of that name
class security:  # noqa: N801
    Hardening = Hardening
    csp_nonce = csp_nonce
