"""Every route as everyone: a walk through an app, and the table that it makes.

The walk is a tool for any app: copy `walk` and `lines_of`, and hand them an app, a
function that returns the browser of a role, and values for its URLs.
"""

import pytest
from step25_roles import App, Blueprint, MethodView
from step25_roles.security import (
    MemoryUserDatastore,
    Role,
    Security,
    add_role_to_user,
    check_rules,
    deny_by_default,
    login_required,
    login_user,
    matrix_of,
    own_or_404,
    permissions_required,
    public,
    roles_required,
)

ROLES = [Role("staff", ["guests-read"]), Role("admin", ["guests-read", "guests-write"])]
TABLE = """\
URL                     method  no-login  no-role  staff  admin
/                       GET     yes     yes     yes    yes
/backstage/             GET     login   no      yes    yes
/backstage/guests/<id>  DELETE  login   no      no     yes
/backstage/guests/<id>  GET     login   no      yes    yes
/enter/<who>            GET     yes     yes     yes    yes
/me                     GET     login   yes     yes    yes
/payroll                POST    login   no      no     no
/static/<path:filename> GET     yes     yes     yes    yes
"""


def walk(app, browser_of, values):
    """Visit each URL with each of its methods as everyone, and return the answers.

    `browser_of` returns the browser of someone with a role, or of "no-login" or
    "no-role". Whatever gets past the rules counts as "yes", an error in
    the view as well: it's about who reaches it.
    """
    roles = app.extensions["security"].roles
    urls = app.url_map.bind("localhost")
    found = {}
    for rule in app.url_map.iter_rules():
        path = urls.build(
            rule.endpoint, {each: values[each] for each in rule.arguments}
        )
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            found[rule.rule, method] = {
                who: answer(browser_of(who), path, method)
                for who in ("no-login", "no-role", *roles)
            }
    return found


def answer(browser, path, method):
    """Return "login", "no" or "yes": what the rules say to a visit."""
    with browser.open(path, method=method) as response:
        status, location = response.status_code, response.headers.get("Location", "")
    if status == 401 or location.startswith("/login"):
        return "login"
    return "no" if status == 403 else "yes"


def lines_of(found):
    """Return what was found as the lines of a table."""
    people = next(iter(found.values()))
    rows = [
        [url, method, *got.values()] for (url, method), got in sorted(found.items())
    ]
    rows.insert(0, ["URL", "method", *people])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


@pytest.fixture
def app():
    """Return an app with all kinds of rules, and nothing open by mistake."""
    app = App(__name__)
    app.secret_key = "not a secret"
    app.config["TESTING"] = True
    users = MemoryUserDatastore(app)
    Security(app, users, roles=ROLES)
    deny_by_default(app)
    app.get("/", endpoint="index")(public(lambda: "welcome"))
    app.get("/me", endpoint="me")(login_required(lambda: "me"))

    @roles_required("staff", "admin")
    @app.post("/payroll")
    def pay():
        return "paid"

    @app.get("/enter/<who>")
    @public
    def enter(who):
        email = f"{who}@wren.example"
        user = users.find_user(email=email) or users.create_user(email=email)
        users.commit()
        if who != "no-role":
            add_role_to_user(user, who)
        login_user(user)
        return "welcome"

    app.register_blueprint(make_backstage())
    return app


def make_backstage():
    name, parts = "backstage", {"url_prefix": "/backstage"}
    backstage = permissions_required("guests-read")(Blueprint(name, __name__, **parts))

    class Guest(MethodView):
        def get(self, id):
            return own_or_404(None, "guests-read")

        @permissions_required("guests-write")
        def delete(self, id):
            return "gone"

    backstage.get("/", endpoint="list")(lambda: "guests")
    backstage.add_url_rule("/guests/<id>", view_func=Guest.as_view("guest"))
    return backstage


@pytest.fixture
def browser_of(app):
    """Return what returns the browser of a role, which has logged in once."""
    browsers = {}

    def find(who):
        if who not in browsers:
            browsers[who] = app.test_client()
            if who != "no-login":
                browsers[who].get(f"/enter/{who}")
        return browsers[who]

    return find


VALUES = {"id": "1", "filename": "none.css", "who": "no-login"}


@pytest.fixture
def found(app, browser_of):
    """Return what the walk has found, without the pages of the extension."""
    # its own visits would log everyone in as somebody else
    view = app.view_functions["enter"]
    for who in ("no-role", "staff", "admin"):
        browser_of(who)
    app.view_functions["enter"] = lambda who: "stay"
    try:
        visits = walk(app, browser_of, VALUES)
    finally:
        app.view_functions["enter"] = view
    own = {
        rule.rule for rule in app.url_map.iter_rules() if "security." in rule.endpoint
    }
    return {key: value for key, value in visits.items() if key[0] not in own}


@pytest.mark.asvs("8.1.1", "8.2.1")
def test_everyone_gets_what_the_rules_say(app, found):
    said = {(row.url, row.method): row.answers for row in matrix_of(app)}

    assert {key: said[key] for key in found} == found


def test_table_is_as_it_was_when_somebody_read_it(found):
    lines = lines_of(found)

    print("\n".join(lines))
    assert [line.split() for line in lines] == [
        line.split() for line in TABLE.splitlines()
    ]


def test_table_names_views_without_rules_too(app):
    deny_by_default(app)
    app.get("/new", endpoint="new")(lambda: "open")

    with pytest.raises(RuntimeError, match="'new'"):
        check_rules(app)

    row = next(row for row in matrix_of(app) if row.url == "/new")
    assert {*row.answers.values()} == {"yes"}


def test_command_prints_the_table(app):
    result = app.test_cli_runner().invoke(args=["matrix"])

    assert result.exit_code == 0
    for line in TABLE.splitlines():
        assert line.split() in map(str.split, result.output.splitlines())


def test_command_fails_if_a_rule_is_missing(app):
    app.get("/new", endpoint="new")(lambda: "open")

    result = app.test_cli_runner().invoke(args=["matrix"])

    assert result.exit_code == 1
    assert "'new' has no rule" in result.output
    assert "/new" in result.output


def test_head_that_is_open_to_others_has_a_line_of_its_own(app):
    class Page(MethodView):
        @roles_required("staff")
        def get(self):
            return "page"

        @public
        def head(self):
            return ""

    app.add_url_rule("/page", view_func=Page.as_view("page"))

    answers = {row.method: row.answers for row in matrix_of(app) if row.url == "/page"}

    assert answers["GET"]["no-login"] == "login"
    assert answers["HEAD"]["no-login"] == "yes"
