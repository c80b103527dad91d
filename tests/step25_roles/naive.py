"""The obvious way: a decorator around the function, and the roles in the session."""

from functools import wraps

from step24_login import (
    App,
    AppClient,
    Blueprint,
    MethodView,
    Request,
    Response,
    abort,
    current_app,
    request,
    session,
)
from step24_login import security as before
from step24_login.security import user_logged_in

__all__ = ["App", "AppClient", "Blueprint", "MethodView", "Request", "Response"]
__all__ += ["current_app", "request", "security", "session"]

# user's number -> names of roles
ROLES = {}


class Security(before.Security):
    def __init__(self, app, users, roles=()):
        super().__init__(app, users)


class Role:
    def __init__(self, name, permissions=()):
        self.name = name


def add_role_to_user(user, role):
    ROLES.setdefault(user.id, set()).add(role)


def remove_role_from_user(user, role):
    ROLES[user.id].discard(role)


@user_logged_in.connect
def remember_roles(sender, user, **more):
    session["roles"] = sorted(ROLES.get(user.id, ()))


def roles_required(*roles):
    def decorate(view):
        if not callable(view) or isinstance(view, type):
            # whoever wants that can check the roles in each view
            return view

        @wraps(view)
        def check(**values):
            if not {*roles} <= {*session.get("roles", ())}:
                abort(403)
            return view(**values)

        return check

    return decorate


def same(part):
    return part


def own_or_404(thing):
    return thing or abort(404)


class Form(before.Form):
    def populate_obj(self, obj):
        for name, value in {**request.form, **(request.json or {})}.items():
            setattr(obj, name, value)


class security:  # noqa: N801 (a part of the package)
    MemoryUser, MemoryUserDatastore = before.MemoryUser, before.MemoryUserDatastore
    login_user, current_user = before.login_user, before.current_user
    Form, Role, Security = Form, Role, Security
    add_role_to_user, remove_role_from_user = add_role_to_user, remove_role_from_user
    deny_by_default = public = same
    own_or_404, roles_required = own_or_404, roles_required
