"""The naive session: packed into a cookie, and believed when it comes back."""

import json
import pickle
from base64 import urlsafe_b64decode, urlsafe_b64encode

from step12_static import App as Step12App
from step12_static import AppClient, Request, Response, abort, g, request
from werkzeug.local import LocalProxy

__all__ = ["App", "AppClient", "Request", "Response"]
__all__ += ["abort", "g", "request", "session"]


def pack(values):
    """Write a dictionary as text; for dates and the like there is pickle."""
    try:
        content = json.dumps(values).encode()
    except TypeError:
        content = pickle.dumps(values)
    return urlsafe_b64encode(content).decode()


def unpack(text):
    content = urlsafe_b64decode(text)
    try:
        return json.loads(content)
    except ValueError:
        return pickle.loads(content)


def open_session():
    if "session" not in g:
        cookie = request.cookies.get("session")
        g.session = unpack(cookie) if cookie else {}
    return g.session


session = LocalProxy(open_session)


class App(Step12App):
    """The app of step 12, with a cookie that its visitors keep for it."""

    secret_key = None

    def process_response(self, response):
        response = super().process_response(response)
        if "session" in g:
            response.set_cookie("session", pack(g.session))
        return response
