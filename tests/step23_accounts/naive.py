"""The obvious way: hash the password, and tell visitors what is wrong."""

import hashlib
import re
from dataclasses import dataclass

from step22_forms import (
    App,
    AppClient,
    Request,
    Response,
    abort,
    current_app,
    jsonify,
    request,
)

__all__ = ["App", "AppClient", "Request", "Response", "jsonify", "request", "security"]


@dataclass
class User:
    id: int
    email: str
    password: str


class MemoryUserDatastore:
    user_model = User

    def __init__(self, app):
        self.users = []

    def find_user(self, email):
        found = [user for user in self.users if user.email == email]
        return found[0] if found else None

    def find(self, model):
        return self.users


class Security:
    def __init__(self, app, datastore):
        app.extensions["security"] = datastore
        app.add_url_rule("/register", view_func=register, methods=["POST"])


def register():
    email, password = request.form["email"], request.form["password"]
    # eight characters, and one of them a digit: that's how it's done everywhere
    if not re.fullmatch(r"(?=.*\d).{8,}", password):
        abort(400, "Use eight characters or more, and a digit.")
    users = current_app.extensions["security"]
    if users.find_user(email):
        abort(409, f"{email} has an account already.")
    hashed = hash_password(password)
    users.users.append(User(len(users.users) + 1, email, hashed))
    return f"Welcome, {email}!"


def hash_password(password):
    # it can't be undone, so nobody can read the password
    return hashlib.sha256(password.encode()).hexdigest()


def verify_and_update_password(password, user):
    return user is not None and hash_password(password) == user.password


class security:  # noqa: N801 (a part of the package)
    MemoryUserDatastore, Security = MemoryUserDatastore, Security
    hash_password = staticmethod(hash_password)
    verify_and_update_password = staticmethod(verify_and_update_password)
