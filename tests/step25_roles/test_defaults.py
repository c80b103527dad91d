"""Deny by default: a view without a rule is an error before the first request."""

import pytest
from step25_roles import App, Blueprint, MethodView
from step25_roles.security import (
    MemoryUserDatastore,
    Role,
    Security,
    check_rules,
    deny_by_default,
    login_required,
    permissions_required,
    public,
    roles_required,
)


@pytest.fixture
def app():
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"
    Security(app, MemoryUserDatastore(app), roles=[Role("staff", ["guests-read"])])
    return app


def hello():
    """Return a new view: rules are written on the function itself."""

    def hello():
        return "hello"

    return hello


def test_view_without_a_rule_is_found(app):
    deny_by_default(app)
    app.get("/open")(public(hello()))
    app.post("/guests", endpoint="add")(lambda: "added")

    with pytest.raises(
        RuntimeError, match="'add' has no rule for POST /guests"
    ) as told:
        check_rules(app)

    assert "open" not in str(told.value)


def test_app_answers_nobody_while_a_rule_is_missing(app):
    app.testing = False
    deny_by_default(app)
    app.get("/open")(public(hello()))
    app.get("/closed", endpoint="closed")(lambda: "secret")
    client = app.test_client()

    assert client.get("/open").status_code == 500
    assert client.get("/closed").status_code == 500
    assert client.get("/open").status_code == 500


def test_all_that_is_missing_is_told_at_once(app):
    deny_by_default(app)
    for name in ("one", "two"):
        app.add_url_rule(f"/{name}", name, lambda: "open")

    with pytest.raises(RuntimeError, match=r"'one'.*'two'"):
        check_rules(app)


@pytest.mark.parametrize("decorator", [public, login_required, roles_required("staff")])
def test_any_rule_will_do(app, decorator):
    deny_by_default(app)
    app.get("/view")(decorator(hello()))
    blueprint = decorator(Blueprint("part", __name__))
    blueprint.get("/part", endpoint="view")(lambda: "a part")
    app.register_blueprint(blueprint)

    check_rules(app)

    assert app.test_client().get("/view").status_code in (200, 303)


def test_app_that_is_open_needs_no_rules(app):
    app.get("/", endpoint="index")(lambda: "open")

    check_rules(app)

    assert app.test_client().get("/").text == "open"


def test_blueprint_may_be_closed_alone(app):
    app.get("/", endpoint="index")(lambda: "open")
    inner = Blueprint("inner", __name__)
    inner.get("/inner", endpoint="view")(lambda: "secret")
    backstage = deny_by_default(Blueprint("backstage", __name__))
    backstage.register_blueprint(inner)
    app.register_blueprint(backstage, name="again")

    with pytest.raises(RuntimeError, match=r"'again\.inner\.view' has no rule") as told:
        check_rules(app)

    assert "index" not in str(told.value)


def test_each_method_of_a_class_needs_a_rule(app):
    class Guests(MethodView):
        @public
        def get(self):
            return "ada"

        def delete(self):
            return "gone"

    deny_by_default(app)
    app.add_url_rule("/guests", view_func=Guests.as_view("guests"))

    with pytest.raises(RuntimeError, match="'guests' has no rule for DELETE") as told:
        check_rules(app)

    # a HEAD is a GET, and to OPTIONS the app itself answers
    assert "HEAD" not in str(told.value) and "OPTIONS" not in str(told.value)


def test_options_of_a_view_needs_a_rule(app):
    deny_by_default(app)
    view = public(hello())
    app.add_url_rule("/", "own", lambda: "mine", methods=["OPTIONS"])
    app.add_url_rule("/", "index", view)

    with pytest.raises(RuntimeError, match="'own' has no rule for OPTIONS") as told:
        check_rules(app)

    assert "index" not in str(told.value)


def test_websocket_of_an_extension_needs_a_rule(app):
    deny_by_default(app)
    app.add_url_rule("/live", "live", lambda: "", websocket=True)

    with pytest.raises(RuntimeError, match="'live' has no rule"):
        check_rules(app)


def test_static_files_are_public_and_a_blueprints_are_not(app, tmp_path):
    deny_by_default(app)
    part = Blueprint("part", __name__, static_folder=str(tmp_path), url_prefix="/part")
    app.register_blueprint(part)

    with pytest.raises(RuntimeError, match=r"'part\.static' has no rule") as told:
        check_rules(app)

    assert "'static'" not in str(told.value)


def test_own_pages_of_the_extension_have_their_rules(app):
    app.config["SECURITY_REGISTERABLE"] = True
    deny_by_default(app)

    check_rules(app)

    assert app.test_client().get("/login").status_code == 200


def test_role_that_there_is_not_is_found(app):
    app.get("/guests")(roles_required("stuff")(hello()))

    with pytest.raises(RuntimeError, match="'hello' requires the role 'stuff'"):
        check_rules(app)


def test_permission_that_no_role_has_is_found(app):
    app.get("/guests")(permissions_required("guests-reed")(hello()))

    with pytest.raises(RuntimeError, match="'guests-reed', which no role") as told:
        check_rules(app)

    assert str(told.value).count("guests-reed") == 1


def test_rules_may_come_before_or_after(app):
    app.get("/", endpoint="index")(lambda: "open")
    deny_by_default(app)
    app.view_functions["index"] = public(app.view_functions["index"])

    assert app.test_client().get("/").text == "open"


@pytest.mark.parametrize("demand", [deny_by_default, check_rules])
def test_app_in_which_nobody_checks_a_rule_is_found(demand):
    app = App(__name__)

    with pytest.raises(RuntimeError, match=r"call Security\(app"):
        demand(app)
