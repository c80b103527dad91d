"""What step 16 promises of subdomains and hosts: which rules are asked for which."""

import pytest
from step16_blueprints import App, Blueprint, has_app_context, request, url_for
from werkzeug.test import create_environ, run_wsgi_app


@pytest.fixture
def app():
    app = App("wren", subdomain_matching=True)
    app.testing = True
    app.config["SERVER_NAME"] = "wren.example"

    @app.route("/")
    def index():
        return "index"

    yield app
    assert not has_app_context(), "a context leaked"


def visit(app, host, path="/", scheme="http"):
    """Return the text of an answer, or its status if there is no page."""
    answer = app.test_client().get(path, base_url=f"{scheme}://{host}")
    return answer.text if answer.status_code == 200 else answer.status_code


def city(subdomain, name="city"):
    """Make a blueprint for a subdomain."""
    city = Blueprint(name, __name__, subdomain=subdomain)
    city.add_url_rule("/", "index", lambda **values: f"{name} {values}")
    return city


# subdomains


def test_blueprint_may_have_a_subdomain(app):
    app.register_blueprint(city("oslo"))

    assert visit(app, "oslo.wren.example") == "city {}"
    assert visit(app, "wren.example") == "index"


@pytest.mark.parametrize(
    "host",
    [
        "lyon.wren.example",
        "my.oslo.wren.example",
        "oslowren.example",
        "wren.example.evil.example",
        "oslo.evil.example",
        "example",
        "127.0.0.1",
        "oslo.wren.example:8000",
    ],
)
@pytest.mark.filterwarnings("ignore:Current server name")
def test_other_hosts_have_no_pages(app, host):
    app.register_blueprint(city("oslo"))

    assert visit(app, host) == 404


@pytest.mark.parametrize(
    ("name", "host", "scheme"),
    [
        ("wren.example", "OSLO.Wren.Example", "http"),
        ("Wren.Example", "oslo.wren.example", "http"),
        ("wren.example:8000", "oslo.wren.example:8000", "http"),
        ("wren.example:443", "oslo.wren.example", "https"),
        ("wren.example", "oslo.wren.example:80", "http"),
    ],
)
def test_same_host_may_be_written_differently(app, name, host, scheme):
    app.config["SERVER_NAME"] = name
    app.register_blueprint(city("oslo"))

    assert visit(app, host, scheme=scheme) == "city {}"


def test_subdomain_may_have_values(app):
    app.register_blueprint(city("<where>"))

    assert visit(app, "oslo.wren.example") == "city {'where': 'oslo'}"


def test_subdomain_given_on_registering_replaces_its_own(app):
    app.register_blueprint(city("oslo"), subdomain="lyon")

    assert visit(app, "lyon.wren.example") == "city {}"
    assert visit(app, "oslo.wren.example") == 404


def test_rule_may_have_a_subdomain_of_its_own(app):
    oslo = city("oslo")
    oslo.add_url_rule("/", "other", lambda: "other", subdomain="lyon")
    app.add_url_rule("/", "third", lambda: "third", subdomain="rome")
    app.register_blueprint(oslo)

    assert visit(app, "lyon.wren.example") == "other"
    assert visit(app, "rome.wren.example") == "third"


@pytest.mark.parametrize(
    ("outer", "inner", "option", "host"),
    [
        ("oslo", "my", None, "my.oslo.wren.example"),
        ("oslo", "my", "your", "your.oslo.wren.example"),
        ("oslo", None, None, "oslo.wren.example"),
        (None, "my", None, "my.wren.example"),
    ],
)
def test_nested_blueprint_s_subdomain_goes_in_front(app, outer, inner, option, host):
    """pallets/flask#4834"""
    around = city(outer)
    options = {"subdomain": option} if option else {}
    around.register_blueprint(city(inner, "inner"), url_prefix="/inner", **options)
    app.register_blueprint(around, url_prefix="/outer")

    assert visit(app, host, "/outer/inner/") == "inner {}"


def test_url_of_a_subdomain_names_its_host(app):
    app.register_blueprint(city("oslo"))
    app.register_blueprint(city("<where>", "any"))
    app.add_url_rule("/here", "here", lambda: url_for("index"))

    with app.app_context():
        assert url_for("city.index") == "http://oslo.wren.example/"
        assert url_for("any.index", where="rome") == "http://rome.wren.example/"
    with app.test_request_context(base_url="http://oslo.wren.example"):
        assert url_for("city.index") == "/"
        assert url_for("index") == "http://wren.example/"
        assert request.blueprint == "city"


def test_client_visits_a_subdomain(app):
    app.register_blueprint(city("oslo"))

    assert app.test_client().get("/", subdomain="oslo").text == "city {}"


def test_subdomain_needs_a_server_name(app):
    app.config["SERVER_NAME"] = None
    app.register_blueprint(city("oslo"))

    assert visit(app, "oslo.wren.example") == "index"


def test_subdomains_count_only_if_asked_for():
    app = App("wren")
    app.config["SERVER_NAME"] = "wren.example"
    app.add_url_rule("/", "index", lambda: "index")
    app.register_blueprint(city("oslo"))

    assert visit(app, "oslo.wren.example") == "index"
    assert visit(app, "wren.example") == "index"
    assert visit(app, "127.0.0.1") == "index"


# hosts


def test_rule_may_have_a_host():
    app = App("wren", static_host="files.example", host_matching=True)
    app.add_url_rule("/", "wren", lambda: "wren", host="wren.example")
    app.add_url_rule("/", "any", lambda name: name, host="<name>.example:8000")

    assert visit(app, "wren.example") == "wren"
    assert visit(app, "bell.example:8000") == "bell"
    assert visit(app, "other.example") == 404


def test_server_name_does_not_count_for_hosts():
    app = App("wren", host_matching=True, static_folder=None)
    app.config["SERVER_NAME"] = "wren.example"
    app.add_url_rule("/", "bell", lambda: "bell", host="bell.example")

    assert visit(app, "bell.example") == "bell"
    with app.app_context():
        assert url_for("bell") == "http://bell.example/"


def test_blueprint_s_rules_may_have_hosts():
    app = App("wren", host_matching=True, static_folder=None)
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule("/", "index", lambda: request.blueprint, host="shop.example")
    app.register_blueprint(shop)

    assert visit(app, "shop.example", "/shop/") == "shop"
    assert visit(app, "wren.example", "/shop/") == 404


def test_static_files_have_a_host(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "bell.css").write_text("bell", encoding="utf-8")
    app = App(
        "wren",
        root_path=str(tmp_path),
        static_host="files.example",
        host_matching=True,
    )
    visitor = app.test_client()
    path, files = "/static/bell.css", "http://files.example"

    assert visitor.get(path, base_url=files, buffered=True).text == "bell"
    assert visitor.get(path, base_url="http://wren.example").status_code == 404


@pytest.mark.parametrize(
    "options", [{"host_matching": True}, {"static_host": "files.example"}]
)
def test_static_host_and_host_matching_need_each_other(options):
    # Flask raises AssertionError
    with pytest.raises((ValueError, AssertionError), match="static_host"):
        App("wren", **options)


def test_app_without_static_files_needs_no_host_for_them():
    app = App("wren", static_folder=None, host_matching=True)

    assert app.static_folder is None


# what clients send


@pytest.mark.parametrize("matching", ["subdomain_matching", "host_matching"])
@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "..wren.example",
        ".wren.example",
        "oslo..wren.example",
        "-.wren.example",
        "<elsewhere>.wren.example",
        "<invalid>.wren.example",
        "%6fslo.wren.example",
        "oslo.wren.example:",
        "oslo.wren.example:x",
        "oslo.wren.example:99999999",
        "oslo.wren.example, evil.example",
        "oslo@evil.example",
        "oslo/wren.example",
        "[::1]",
        "[::1",
        "xn--.wren.example",
        "xn--a.wren.example",
        "xn--bcher-kva.wren.example",
        "b\xfccher.wren.example",
        "\xff.wren.example",
        "a" * 64 + ".wren.example",
        "a." * 500 + "wren.example",
        "a" * 100_000,
    ],
)
@pytest.mark.filterwarnings("ignore:Current server name")
def test_no_host_breaks_the_app(matching, host):
    app = App("wren", static_folder=None, **{matching: True})
    app.config["SERVER_NAME"] = "wren.example"
    hosts = matching == "host_matching"
    options = {"host": "<where>.wren.example"} if hosts else {"subdomain": "<where>"}
    view = "index", lambda where: url_for(".index", where=where)
    city = Blueprint("city", __name__)
    city.add_url_rule("/", *view, **options)
    app.register_blueprint(city)
    # not through the client: it reads the host itself
    environ = create_environ("/")
    environ["HTTP_HOST"] = host

    _, status, _ = run_wsgi_app(app, environ)

    assert status[:3] in ("200", "400", "404")
