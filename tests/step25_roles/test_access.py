"""Rules: who a view lets in, wherever the rule is written."""

import pytest
from step25_roles import App, Blueprint, MethodView, View, current_app
from step25_roles.security import (
    MemoryUserDatastore,
    Role,
    Security,
    add_role_to_user,
    current_user,
    fresh_login_required,
    login_required,
    login_user,
    permissions_accepted,
    permissions_required,
    public,
    roles_accepted,
    roles_required,
)

ROLES = [
    Role("admin", ["guests-read", "guests-write"]),
    Role("staff", ["guests-read"]),
    Role("intern"),
]
# what `visits` returns for each
LOGIN, REFUSED, IN = 303, 403, 200


@pytest.fixture
def app():
    """Return an app in which `/enter/<who>` logs a user in, who has that role."""
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"
    users = MemoryUserDatastore(app)
    Security(app, users, roles=ROLES)

    @app.get("/enter/<who>")
    def enter(who):
        email = f"{who}@wren.example"
        user = users.find_user(email=email) or users.create_user(email=email)
        users.commit()
        for role in who.split("+"):
            if role != "member":
                add_role_to_user(user, role)
        login_user(user)
        return "welcome"

    return app


def visits(app, path, method="GET"):
    """Return what nobody and each kind of user gets for a URL."""
    found = {}
    for who in ("nobody", "member", "intern", "staff", "admin"):
        client = app.test_client()
        if who != "nobody":
            client.get(f"/enter/{who}")
        with client.open(path, method=method) as answer:
            found[who] = answer.status_code
    return found


def for_all_but(**others):
    """Return what everybody gets if they are let in, except for these."""
    everybody = dict.fromkeys(["nobody", "member", "intern", "staff", "admin"], IN)
    return everybody | others


def only(*insiders):
    """Return what everybody gets where only these are let in."""
    others = {"member", "intern", "staff", "admin"} - {*insiders}
    return for_all_but(nobody=LOGIN, **dict.fromkeys(others, REFUSED))


def hello():
    """Return a new view: rules are written on the function itself."""

    def hello():
        return "hello"

    return hello


# ---- who is let in


def test_user_needs_all_of_the_roles(app):
    @app.get("/vault")
    @roles_required("admin", "staff")
    def vault():
        return "feathers"

    assert visits(app, "/vault") == only()
    both = app.test_client()
    both.get("/enter/admin+staff")
    assert both.get("/vault").text == "feathers"


def test_user_needs_one_of_the_roles(app):
    app.get("/tea")(roles_accepted("staff", "intern")(hello()))

    assert visits(app, "/tea") == only("staff", "intern")


def test_user_needs_all_of_the_permissions(app):
    app.get("/guests")(permissions_required("guests-read", "guests-write")(hello()))

    assert visits(app, "/guests") == only("admin")


def test_user_needs_one_of_the_permissions(app):
    app.get("/guests")(permissions_accepted("guests-read", "guests-write")(hello()))

    assert visits(app, "/guests") == only("admin", "staff")


def test_user_needs_a_login(app):
    app.get("/me")(login_required(hello()))

    assert visits(app, "/me") == for_all_but(nobody=LOGIN)


def test_everyone_is_let_in(app):
    app.get("/")(public(hello()))

    assert visits(app, "/") == for_all_but()


def test_user_needs_a_fresh_login(app):
    app.get("/pay")(fresh_login_required(hello()))
    client = app.test_client()
    client.get("/enter/member")

    fresh = client.get("/pay")
    app.config["SECURITY_FRESHNESS"] = 0 * app.config["SECURITY_FRESHNESS"]
    stale = client.get("/pay")

    assert fresh.text == "hello"
    assert stale.status_code == 303 and "/verify" in stale.location


def test_program_gets_a_status_instead_of_a_page(app):
    app.get("/guests")(roles_required("staff")(hello()))
    program = {"Accept": "application/json"}
    member = app.test_client()
    member.get("/enter/member")

    nobody = app.test_client().get("/guests", headers=program)
    refused = member.get("/guests", headers=program)

    assert (nobody.status_code, refused.status_code) == (401, 403)


def test_user_knows_what_it_may_do(app):
    @app.get("/me")
    def me():
        return {
            "roles": sorted(current_user.roles),
            "staff": current_user.has_role("staff"),
            "read": current_user.has_permission("guests-read"),
            "write": current_user.has_permission("guests-write"),
        }

    staff = app.test_client()
    staff.get("/enter/staff")

    found, nobody = staff.get("/me").json, app.test_client().get("/me").json
    assert found == {"roles": ["staff"], "staff": True, "read": True, "write": False}
    assert nobody == {"roles": [], "staff": False, "read": False, "write": False}


# ---- where rules are written


def test_decorator_may_be_above_the_route(app):
    @roles_required("staff")
    @app.get("/guests")
    def guests():
        return "ada"

    assert visits(app, "/guests") == only("staff")


def test_rules_add_up(app):
    app.get("/guests")(
        roles_required("staff")(permissions_required("guests-write")(hello()))
    )

    assert visits(app, "/guests") == only()


def test_other_decorators_may_be_between(app):
    from functools import wraps

    def loud(view):
        @wraps(view)
        def shout():
            return view().upper()

        return shout

    @loud
    @roles_required("staff")
    @loud
    def guests():
        return "ada"

    @app.get("/forgetful")
    @lambda view: lambda: view()
    @roles_required("staff")
    def forgetful():
        return "ada"

    @roles_required("staff")
    @loud
    @loud
    @app.get("/innermost")
    def innermost():
        return "ada"

    app.get("/guests")(guests)

    for path in ("/guests", "/forgetful", "/innermost"):
        assert visits(app, path) == only("staff")


def test_rule_counts_for_all_methods(app):
    view = roles_required("staff")(hello())
    app.add_url_rule("/", view_func=view, methods=["GET", "POST", "DELETE", "PURGE"])

    for method in ("GET", "HEAD", "POST", "DELETE", "PURGE", "OPTIONS"):
        assert visits(app, "/", method)["member"] == REFUSED


def test_rule_of_a_blueprint_is_for_all_its_views(app):
    backstage = roles_required("staff")(Blueprint("backstage", __name__))
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    backstage.get("/backstage")(hello())
    inner.get("/")(public(hello()))
    backstage.register_blueprint(inner)
    app.register_blueprint(backstage)
    app.register_blueprint(backstage, name="again", url_prefix="/again")

    for path in ("/backstage", "/inner/", "/again/backstage", "/again/inner/"):
        assert visits(app, path) == only("staff")


def test_static_files_of_a_blueprint_follow_its_rule(app, tmp_path):
    (tmp_path / "list.txt").write_text("ada")
    folder = {"static_folder": str(tmp_path), "static_url_path": "/files"}
    backstage = Blueprint("backstage", __name__, url_prefix="/backstage", **folder)
    app.register_blueprint(roles_required("staff")(backstage))

    assert visits(app, "/backstage/files/list.txt") == only("staff")
    assert visits(app, "/backstage/files/none.txt")["member"] == REFUSED


def test_dot_in_an_endpoint_makes_no_blueprint(app):
    app.get("/guests", endpoint="part.guests")(roles_required("staff")(hello()))

    assert visits(app, "/guests") == only("staff")


def test_view_of_another_author_gets_a_rule(app):
    app.add_url_rule("/panel", "panel", hello())
    views = app.view_functions
    views["panel"] = roles_required("staff")(views["panel"])
    views["static"] = login_required(views["static"])

    assert visits(app, "/panel") == only("staff")
    assert visits(app, "/static/none")["nobody"] == LOGIN


@pytest.mark.parametrize("kind", [View, MethodView])
def test_class_of_views_has_rules_in_its_decorators(app, kind):
    class Guests(kind):
        decorators = [roles_required("staff")]

        def get(self):
            return "ada"

        dispatch_request = kind.dispatch_request if kind is MethodView else get

    app.add_url_rule("/guests", view_func=Guests.as_view("guests"))

    assert visits(app, "/guests") == visits(app, "/guests", "HEAD") == only("staff")


def test_class_of_views_has_a_rule_itself_and_for_each_method(app):
    @login_required
    class Guests(MethodView):
        def get(self):
            return "ada"

        head = None

        @roles_required("staff")
        def post(self):
            return "added"

    class Better(Guests):
        pass

    for kind in (Guests, Better):
        name = kind.__name__
        app.add_url_rule(f"/{name}", view_func=kind.as_view(name))

    for path in ("/Guests", "/Better"):
        assert visits(app, path) == for_all_but(nobody=LOGIN)
        assert visits(app, path, "HEAD") == for_all_but(nobody=LOGIN)
        assert visits(app, path, "POST") == only("staff")


def test_class_of_views_has_the_rules_of_all_its_bases(app):
    @login_required
    class Personal:
        pass

    @roles_required("staff")
    class Internal:
        pass

    class Guests(Personal, Internal, MethodView):
        def get(self):
            return "ada"

    app.add_url_rule("/guests", view_func=Guests.as_view("guests"))

    assert visits(app, "/guests") == visits(app, "/guests", "HEAD") == only("staff")


def test_async_view_has_a_rule(app):
    @roles_required("staff")
    @app.get("/above")
    async def above():
        return "ada"

    @app.get("/below")
    @roles_required("staff")
    async def below():
        return "ada"

    assert visits(app, "/above") == visits(app, "/below") == only("staff")


def test_function_that_is_no_view_follows_its_rule_when_it_is_called(app):
    @roles_required("staff")
    def list_guests():
        return "ada"

    @app.get("/page")
    def page():
        return list_guests()

    assert visits(app, "/page") == only("staff")


@pytest.mark.parametrize(
    "decorator",
    [roles_required, roles_accepted, permissions_required, permissions_accepted],
)
def test_decorator_needs_names(decorator):
    with pytest.raises(TypeError, match="needs names"):
        decorator()
    with pytest.raises(TypeError, match="needs names"):
        decorator(hello())


@pytest.mark.parametrize("decorator", [login_required, roles_required("staff")])
def test_app_is_no_view(app, decorator):
    with pytest.raises(TypeError, match="call deny_by_default"):
        decorator(app)


def test_rules_leave_what_no_view_answers_alone(app):
    app.get("/guests/")(roles_required("staff")(hello()))
    client = app.test_client()

    assert client.get("/nowhere").status_code == 404
    assert client.post("/guests/").status_code == 405
    assert client.get("/guests").location.endswith("/guests/")


# ---- when it counts


def test_role_counts_from_the_next_request_on(app):
    from step25_roles.security import remove_role_from_user

    app.get("/guests")(roles_required("staff")(hello()))

    @app.get("/leave")
    def leave():
        remove_role_from_user(current_user, "staff")
        return sorted(current_user.roles)

    client = app.test_client()
    client.get("/enter/staff")

    assert client.get("/guests").status_code == IN
    assert client.get("/leave").json == []
    assert client.get("/guests").status_code == REFUSED


@pytest.mark.parametrize(
    "path",
    [
        "/backstage/",
        "/backstage//",
        "/./backstage/",
        "/backstage/%2e/",
        "/BACKSTAGE/",
        "//backstage/",
        "/public/../backstage/",
        "/backstage/;/",
        "/backstage/?a=/public",
    ],
)
def test_other_spellings_of_a_url_are_no_way_round(app, path):
    backstage = Blueprint("backstage", __name__, url_prefix="/backstage")
    backstage.get("/", endpoint="list")(lambda: "ada@wren.example")
    app.register_blueprint(roles_required("staff")(backstage))
    app.get("/public/")(public(hello()))
    client, headers = app.test_client(), {"X-Original-URL": path, "X-Rewrite-URL": path}
    client.get("/enter/member")

    answers = [client.get(path), client.get("/public/", headers=headers)]

    assert all("ada@wren.example" not in answer.text for answer in answers)


def test_rule_is_checked_before_the_blueprints_hooks(app):
    asked, backstage = [], Blueprint("backstage", __name__, url_prefix="/backstage")

    @backstage.before_request
    def look_up():
        asked.append(current_app.name)

    backstage.get("/")(roles_required("staff")(hello()))
    app.register_blueprint(backstage)

    assert app.test_client().get("/backstage/").status_code == LOGIN
    assert asked == []


def test_public_page_asks_for_no_user_and_can_be_cached(app):
    app.get("/")(public(hello()))

    answer = app.test_client().get("/")

    assert "Cookie" not in answer.vary
    assert "Cache-Control" not in answer.headers
