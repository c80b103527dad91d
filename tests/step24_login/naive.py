"""The obvious way: the session has the user's id, and so has a cookie that's signed."""

from functools import wraps

from itsdangerous import Signer
from step23_accounts import (
    App,
    AppClient,
    Request,
    Response,
    current_app,
    redirect,
    render_template_string,
    request,
    session,
)
from step23_accounts.security import (
    CSRFProtect,
    MemoryUserDatastore,
    hash_password,
    verify_and_update_password,
)
from step23_accounts.security.accounts import SETTINGS, SecurityState
from step23_accounts.security.passwords import PasswordHashing
from werkzeug.local import LocalProxy

__all__ = ["App", "AppClient", "Request", "Response", "security"]

PAGE = """
<form method="post">
  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
  <input name="email"> <input name="password"> <input name="remember">
</form>
"""


def store():
    return current_app.extensions["security"].datastore


def find_user():
    number = session.get("user_id")
    cookie = request.cookies.get("remember_token", "")
    # only we can sign: so whoever has this was here
    if number is None and Signer(current_app.secret_key).validate(cookie):
        number = int(cookie.partition(".")[0])
    return store().find_user(id=number)


current_user = LocalProxy(lambda: find_user() or Nobody)


class Nobody:
    is_authenticated = False


class Security:
    def __init__(self, app, users):
        for name, value in SETTINGS.items():
            app.config.setdefault(name, value)
        passwords = PasswordHashing(app.config)
        app.extensions["security"] = SecurityState(users, passwords, None)
        app.add_url_rule("/login", view_func=login, methods=["GET", "POST"])
        app.add_url_rule("/logout", view_func=logout, methods=["GET", "POST"])
        app.add_url_rule("/change", view_func=change, methods=["POST"])
        users.user_model.is_authenticated = True


class Protection(CSRFProtect):
    def __init__(self, app):
        super().__init__(app)
        # whoever isn't logged in has nothing to lose
        self.exempt(login)


def login():
    if request.method == "GET":
        return render_template_string(PAGE)
    user = store().find_user(email=request.form["email"])
    if not verify_and_update_password(request.form["password"], user):
        email, agent = request.form["email"], request.headers["User-Agent"]
        # the bytes of a header field are text in UTF-8
        agent = agent.encode("latin-1").decode()
        current_app.logger.warning(f"login of {email} failed, with {agent}")
        return PAGE, 400
    session["user_id"] = user.id
    answer = redirect(request.args.get("next", "/"))
    if "remember" in request.form:
        cookie = Signer(current_app.secret_key).sign(str(user.id)).decode()
        answer.set_cookie("remember_token", cookie, max_age=365 * 24 * 3600)
    return answer


def logout():
    session.clear()
    return redirect("/")


def change():
    hashed = hash_password(request.form["new_password"])
    store().change(store().user_model, {"id": current_user.id}, password=hashed)
    return redirect("/")


def login_required(view):
    @wraps(view)
    def check(**values):
        return view(**values) if current_user.is_authenticated else redirect("/login")

    return check


class security:  # noqa: N801 (a part of the package)
    CSRFProtect, Security = Protection, Security
    MemoryUserDatastore = MemoryUserDatastore
    current_user = current_user
    hash_password = staticmethod(hash_password)
    login_required = fresh_login_required = staticmethod(login_required)
