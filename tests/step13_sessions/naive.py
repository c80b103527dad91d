"""A session in a plain cookie, believed when it comes back."""

import json
import pickle
from base64 import urlsafe_b64decode, urlsafe_b64encode

from step12_static import App as BareApp
from step12_static import Request, g, request
from werkzeug.local import LocalProxy

__all__ = ["App", "Request", "session"]


def pack(values):
    """Write a dictionary as text. JSON can't write a date; pickle can."""
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


class App(BareApp):
    def process_response(self, response):
        response = super().process_response(response)
        if "session" in g:
            response.set_cookie("session", pack(g.session))
        return response
