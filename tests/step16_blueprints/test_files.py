"""What step 16 promises of a blueprint's own templates and static files."""

import logging
from datetime import timedelta
from functools import partial

import pytest
from jinja2 import DictLoader, Environment, TemplateNotFound
from step16_blueprints import (
    App,
    Blueprint,
    has_app_context,
    render_template,
    url_for,
)


@pytest.fixture
def home(tmp_path):
    """Return the folder in which an app and its parts have theirs."""
    return tmp_path


@pytest.fixture
def app(home):
    app = App("wren", root_path=str(home / "app"))
    app.testing = True

    @app.route("/page/<path:name>")
    def page(name):
        return render_template(name)

    yield app
    assert not has_app_context(), "a context leaked"


def write(home, path, text):
    """Write a file of the app or of a part."""
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def get(app):
    return partial(app.test_client().get, buffered=True)


def part(home, name, **options):
    """Make a blueprint whose folder has its name."""
    options = {"template_folder": "templates", **options}
    return Blueprint(name, __name__, root_path=str(home / name), **options)


# templates


def test_blueprint_s_templates_are_found(app, get, home):
    write(home, "shop/templates/bells.html", "{{ 1 + 1 }} bells")
    shop = part(home, "shop")
    shop.add_url_rule("/bells", "bells", lambda: render_template("bells.html"))
    app.register_blueprint(shop)

    assert get("/bells").text == "2 bells"
    # for everyone
    assert get("/page/bells.html").text == "2 bells"


def test_app_s_template_replaces_a_blueprint_s(app, get, home):
    write(home, "shop/templates/bells.html", "shop")
    write(home, "app/templates/bells.html", "app")
    shop = part(home, "shop")
    shop.add_url_rule("/bells", "bells", lambda: render_template("bells.html"))
    app.register_blueprint(shop)

    assert get("/bells").text == "app"


@pytest.mark.parametrize("order", [["shop", "club"], ["club", "shop"]])
def test_blueprint_that_was_registered_first_is_asked_first(app, get, home, order):
    """pallets/flask#3747: whichever of them renders the page."""
    for name in order:
        write(home, f"{name}/templates/bells.html", name)
        each = part(home, name)
        each.add_url_rule(f"/{name}", "page", lambda: render_template("bells.html"))
        app.register_blueprint(each)

    assert get("/shop").text == get("/club").text == order[0]


def test_nested_blueprint_s_templates_are_found(app, get, home):
    write(home, "club/templates/card.html", "card")
    shop = part(home, "shop")
    shop.register_blueprint(part(home, "club"))
    app.register_blueprint(shop)

    assert get("/page/card.html").text == "card"


def test_template_may_extend_one_of_the_app(app, get, home):
    write(home, "app/templates/layout.html", "<b>{% block page %}{% endblock %}</b>")
    write(
        home,
        "shop/templates/bells.html",
        "{% extends 'layout.html' %}{% block page %}{{ '<i>' }}{% endblock %}",
    )
    app.register_blueprint(part(home, "shop"))

    assert get("/page/bells.html").text == "<b>&lt;i&gt;</b>"


def test_blueprint_needs_no_templates(app, get, home):
    write(home, "app/templates/index.html", "index")
    shop = part(home, "shop", template_folder=None)
    app.register_blueprint(shop)

    assert get("/page/index.html").text == "index"
    assert shop.jinja_loader is None
    with pytest.raises(TemplateNotFound, match=r"none\.html"):
        get("/page/none.html")


def test_app_needs_no_templates(home):
    write(home, "shop/templates/bells.html", "bells")
    app = App("wren", template_folder=None)
    app.register_blueprint(part(home, "shop"))

    with app.app_context():
        assert render_template("bells.html") == "bells"


@pytest.mark.differs("Flask names the template alone")
def test_missing_template_s_error_says_where_it_was_looked_for(app, get, home):
    app.register_blueprint(part(home, "shop"))

    with pytest.raises(TemplateNotFound) as caught:
        get("/page/none.html")

    assert str(home / "app" / "templates") in str(caught.value)
    assert str(home / "shop" / "templates") in str(caught.value)


def test_all_templates_are_listed(app, home):
    write(home, "app/templates/index.html", "")
    write(home, "shop/templates/index.html", "")
    write(home, "shop/templates/shop/bells.html", "")
    app.register_blueprint(part(home, "shop"))

    names = ["index.html", "shop/bells.html"]
    assert sorted(app.jinja_env.list_templates()) == names


def test_blueprint_may_come_after_the_environment(app, get, home):
    write(home, "shop/templates/bells.html", "bells")
    assert app.jinja_env.list_templates() == []
    app.register_blueprint(part(home, "shop"))

    assert get("/page/bells.html").text == "bells"


def test_registering_makes_no_environment(app, get, home):
    write(home, "shop/templates/bells.html", "[[ 1 + 1 ]]")
    shop = part(home, "shop")
    shop.context_processor(dict)
    app.register_blueprint(shop)
    app.jinja_options = {"variable_start_string": "[[", "variable_end_string": "]]"}

    assert get("/page/bells.html").text == "2"


def test_loader_of_the_app_may_be_another(app, get, home):
    write(home, "shop/templates/bells.html", "shop")
    app.jinja_loader = DictLoader({"index.html": "{{ 1 + 1 }}"})
    app.register_blueprint(part(home, "shop"))

    assert get("/page/index.html").text == "2"
    assert get("/page/bells.html").text == "shop"


def test_loader_of_a_blueprint_may_be_another(app, get):
    class Remembered(Blueprint):
        jinja_loader = DictLoader({"bells.html": "{{ 1 + 1 }}"})

    app.register_blueprint(Remembered("shop", __name__))

    assert get("/page/bells.html").text == "2"
    assert "bells.html" in app.jinja_env.list_templates()


def test_global_loader_may_be_another():
    class Wren(App):
        def create_global_jinja_loader(self):
            return DictLoader({"index.html": "{{ 1 + 1 }}"})

    with Wren("wren").app_context():
        assert render_template("index.html") == "2"


def test_environment_may_be_another():
    class Wren(App):
        def create_jinja_environment(self):
            return Environment(loader=DictLoader({"index.html": "{{ 1 + 1 }}"}))

    with Wren("wren").app_context():
        assert render_template("index.html") == "2"


def test_search_for_a_template_can_be_explained(app, get, home, caplog):
    write(home, "shop/templates/bells.html", "bells")
    write(home, "shop/templates/cards.html", "cards")
    app.register_blueprint(part(home, "shop"))
    caplog.set_level(logging.INFO)
    get("/page/bells.html")
    silent = caplog.text
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True

    get("/page/cards.html")

    assert silent == ""
    assert str(home / "app" / "templates") in caplog.text
    assert str(home / "shop" / "templates") in caplog.text


# static files


def test_blueprint_s_static_files_are_below_its_prefix(app, get, home):
    write(home, "shop/static/bell.css", "bell")
    shop = part(home, "shop", static_folder="static", url_prefix="/shop")
    shop.add_url_rule("/", "index", lambda: url_for(".static", filename="bell.css"))
    app.register_blueprint(shop)

    assert get("/shop/static/bell.css").text == "bell"
    assert get("/shop/").text == "/shop/static/bell.css"
    assert get("/shop/static/none.css").status_code == 404


@pytest.mark.parametrize(
    ("folder", "path", "url"),
    [
        ("files", None, "/shop/files/bell.css"),
        ("files", "/pictures", "/shop/pictures/bell.css"),
        ("files", "/pictures/", "/shop/pictures/bell.css"),
        ("files", "", "/shop/bell.css"),
        ("web/files", None, "/shop/files/bell.css"),
    ],
)
def test_static_files_may_have_another_path(app, get, home, folder, path, url):
    write(home, f"shop/{folder}/bell.css", "bell")
    shop = part(
        home,
        "shop",
        static_folder=folder,
        static_url_path=path,
        url_prefix="/shop",
    )
    app.register_blueprint(shop)

    assert get(url).text == "bell"


def test_blueprint_has_no_static_files_by_default(app, get, home):
    write(home, "shop/static/bell.css", "bell")
    shop = part(home, "shop", url_prefix="/shop")
    app.register_blueprint(shop)

    assert get("/shop/static/bell.css").status_code == 404
    assert not shop.has_static_folder
    assert app.has_static_folder
    assert shop.static_folder is None and shop.static_url_path is None


def test_blueprint_without_a_folder_keeps_its_path():
    """Its files may come from somewhere else: Flask-Admin's views do that."""
    shop = Blueprint("shop", __name__, static_url_path="/bells")

    assert shop.static_url_path == "/bells"


def test_app_s_static_files_win_without_a_prefix(app, get, home):
    write(home, "shop/static/bell.css", "shop")
    write(home, "app/static/bell.css", "app")
    app.register_blueprint(part(home, "shop", static_folder="static"))

    assert get("/static/bell.css").text == "app"


def test_static_files_of_two_names_and_of_nested_blueprints(app, get, home):
    write(home, "club/static/card.css", "card")
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.register_blueprint(
        part(home, "club", static_folder="static", url_prefix="/club")
    )
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="outlet", url_prefix="/outlet")

    with app.test_request_context():
        url = url_for("outlet.club.static", filename="card.css")
    assert url == "/outlet/club/static/card.css"
    assert get(url).text == get("/shop/club/static/card.css").text == "card"


@pytest.mark.parametrize("lifetime", [60, timedelta(minutes=1)])
def test_static_files_are_cached_as_the_app_says(app, get, home, lifetime):
    write(home, "shop/static/bell.css", "bell")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = lifetime
    shop = part(home, "shop", static_folder="static", url_prefix="/shop")
    app.register_blueprint(shop)

    assert get("/shop/static/bell.css").cache_control.max_age == 60


def test_blueprint_may_choose_how_long_its_files_are_cached(app, get, home):
    class Brief(Blueprint):
        def get_send_file_max_age(self, filename):
            return len(filename)

    write(home, "shop/static/bell.css", "bell")
    root = str(home / "shop")
    shop = Brief("shop", __name__, "static", url_prefix="/shop", root_path=root)
    app.register_blueprint(shop)

    assert get("/shop/static/bell.css").cache_control.max_age == len("bell.css")


def test_blueprint_opens_files_beside_its_code(home):
    write(home, "shop/prices.txt", "bell 7")

    with part(home, "shop").open_resource("prices.txt", "r") as file:
        assert file.read() == "bell 7"


def test_folder_is_beside_the_module(app):
    shop = Blueprint("shop", __name__)

    with shop.open_resource("test_files.py") as file:
        assert b"test_folder_is_beside_the_module" in file.read()
