"""What step 18 promises about finding the app that a command is for."""

import sys
from pathlib import Path

import pytest

APP = """
from step18_cli import App

{name} = App(__name__)

@{name}.route("/{name}")
def index():
    return "hello"
"""
FACTORY = """
from step18_cli import App

def {name}(kind="none", debug=False):
    app = App(__name__)
    app.add_url_rule(f"/{{kind}}/{{debug}}", "index")
    return app
"""


def app(name="app"):
    return APP.format(name=name)


def factory(name="create_app"):
    return FACTORY.format(name=name)


@pytest.mark.parametrize("name", ["app", "application", "shop"])
def test_module_s_app_is_found(save, command, name):
    save("shop.py", app(name))

    assert f"/{name}" in command("--app", "shop", "routes").text


def test_usual_name_counts_more_than_another(save, command):
    save("shop.py", app("other") + app("application"))

    assert "/application" in command("--app", "shop", "routes").text


def test_two_apps_have_to_be_told_apart(save, command):
    save("shop.py", app("bells") + app("horns"))

    said = command("--app", "shop", "routes")

    assert said.refused and "shop:" in said.text
    assert "/horns" in command("--app", "shop:horns", "routes").text


@pytest.mark.differs("Flask counts an app with two names twice, and finds none")
def test_app_with_two_names_is_one_app(save, command):
    save("shop.py", app("bells") + "rings = bells\n")

    assert "/bells" in command("--app", "shop", "routes").text


@pytest.mark.parametrize("name", ["create_app", "make_app"])
def test_factory_is_called(save, command, name):
    save("shop.py", factory(name))

    assert "/none/False" in command("--app", "shop", "routes").text


@pytest.mark.parametrize(
    ("call", "path"),
    [
        ("create_app", "/none/False"),
        ("create_app()", "/none/False"),
        ("create_app('x', debug=True)", "/x/True"),
        (" create_app( kind='y' )", "/y/False"),
    ],
)
def test_factory_is_given_what_stands_in_parentheses(save, command, call, path):
    save("shop.py", factory())

    assert path in command("--app", f"shop:{call}", "routes").text


@pytest.mark.parametrize(
    "text",
    [
        "create_app(print('ran'))",
        "create_app(*print('ran'))",
        "create_app(kind=print('ran'))",
        "print('ran') or app",
        "app.create_app()",
        "create_app(",
        "1",
        "",
        "{[]: 1}",
        "create_app({[]: 1})",
    ],
)
def test_nothing_but_the_factory_is_run(save, command, text):
    save("shop.py", factory())

    said = command("--app", f"shop:{text}", "routes")

    assert said.code > 0 and "ran" not in said.lines


@pytest.mark.differs("Flask calls the factory with an argument without a name")
@pytest.mark.parametrize("text", ["create_app(**{'kind': 'x'})", "create_app(*['x'])"])
def test_unpacked_arguments_are_refused(save, command, text):
    save("shop.py", factory())

    said = command("--app", f"shop:{text}", "routes")

    assert said.refused and "literal arguments" in said.text and "None" not in said.text


@pytest.mark.parametrize(
    "text", ["create_app('a', 'b', 'c')", "create_app(size=1)", "needs_more"]
)
def test_factory_that_wants_other_arguments_is_named(save, command, text):
    save("shop.py", factory() + "def needs_more(price): ...\n")

    said = command("--app", f"shop:{text}", "routes")

    assert said.refused and text.partition("(")[0] in said.text


@pytest.mark.differs("Flask says that it couldn't call the factory, but not why")
def test_missing_argument_is_named(save, command):
    save("shop.py", "def create_app(price): ...\n")

    said = command("--app", "shop", "routes")

    assert said.refused and "'price'" in said.text


def test_type_error_inside_a_factory_is_its_own(save, command):
    save("shop.py", "def create_app():\n    return 'price: ' + 7\n")

    said = command("--app", "shop", "routes")

    assert said.code == 1
    assert "return 'price: ' + 7" in said.text and "TypeError" in said.text


@pytest.mark.parametrize("name", ["nothing", "create_app", "number", "Shop", "shop"])
def test_what_is_no_app_is_named(save, command, name):
    code = """
    from step18_cli import App

    class Shop(App):
        pass

    def create_app():
        return 7

    shop, number = "hello", 7
    """
    save("shop.py", code)

    said = command("--app", f"shop:{name}", "routes")

    assert said.refused and name in said.text


@pytest.mark.parametrize(
    "path", ["src/shop.py", "./src/shop", "src/shop.py:app", "src/shop:create_app"]
)
def test_app_is_found_by_the_path_of_its_file(save, command, path):
    save("src/shop.py", app() + "def create_app():\n    return app\n")

    assert "/app" in command("--app", path, "routes").text


@pytest.mark.parametrize(
    "path", ["bells/web/app.py", "bells/web/app", "bells.web.app", "bells.web.app:app"]
)
def test_module_in_a_package_has_its_whole_name(save, command, path):
    save("bells/__init__.py", "")
    save("bells/web/__init__.py", "")
    save("bells/web/app.py", app() + "app.add_url_rule('/of/' + __name__, 'x')\n")

    assert "/of/bells.web.app" in command("--app", path, "routes").text


@pytest.mark.parametrize("path", ["bells", "bells/", "bells/__init__.py"])
def test_package_is_a_module(save, command, path):
    save("bells/__init__.py", app())

    assert "/app" in command("--app", path, "routes").text


def test_wsgi_py_and_app_py_need_no_name(save, command):
    save("app.py", app("application"))
    assert "/application" in command("routes").text

    save("wsgi.py", app("other"))
    assert "/other" in command("routes").text


def test_without_any_app_both_ways_to_name_one_are_told(command):
    said = command("routes")

    assert said.refused
    assert "--app" in said.text and "FLASK_APP" in said.text


def test_variable_names_the_app(save, command):
    save("shop.py", app())
    save("other.py", app("other"))

    assert "/app" in command("routes", env={"FLASK_APP": "shop"}).text
    said = command("--app", "other", "routes", env={"FLASK_APP": "shop"})
    assert "/other" in said.text


def test_working_directory_stays(save, command, tmp_path):
    save("src/shop.py", app())

    command("--app", "src/shop.py", "routes")

    assert Path.cwd() == Path(tmp_path / "here")
    assert sys.path[0] == str(tmp_path / "here" / "src")


@pytest.mark.parametrize(
    "name", ["shop", "bells.shop", "shop:app", "shop.py", "a/shop"]
)
def test_absent_module_is_one_sentence(save, command, name):
    save("bells/__init__.py", "")

    said = command("--app", name, "routes")

    assert said.refused and "shop" in said.text


def test_module_that_imports_an_absent_one_shows_where(save, command):
    save("shop.py", "import bells_that_nobody_has\n")

    said = command("--app", "shop", "routes")

    assert said.code > 0
    assert "shop.py" in said.text and "bells_that_nobody_has" in said.text
    assert "import bells_that_nobody_has" in said.text


@pytest.mark.parametrize("name", ["wsgi", "app"])
def test_broken_module_is_not_passed_over(save, command, name):
    save(f"{name}.py", "import bells_that_nobody_has\n")
    save("app.py" if name == "wsgi" else "other.py", app())

    said = command("routes")

    assert said.code > 0 and "bells_that_nobody_has" in said.text


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("price = (\n", "SyntaxError"),
        ("price = 1 / 0\n", "ZeroDivisionError"),
        ("def create_app():\n    price = 1 / 0\n", "ZeroDivisionError"),
    ],
)
def test_broken_module_shows_its_line(save, command, code, told):
    save("shop.py", code)

    said = command("--app", "shop", "routes")

    assert said.code == 1 and told in said.text
    assert "shop.py" in said.text and "price =" in said.text


@pytest.mark.differs("Flask shows its own frames and click's above the developer's")
@pytest.mark.parametrize(
    "code",
    [
        "price = (\n",
        "price = 1 / 0\n",
        "import bells_that_nobody_has\n",
        "def create_app():\n    price = 1 / 0\n",
    ],
)
def test_only_the_developer_s_own_code_is_shown(save, command, code):
    save("shop.py", code)

    said = command("--app", "shop", "routes")

    files = [line for line in said.lines if line.lstrip().startswith("File ")]
    assert files and all("shop.py" in line for line in files)


def test_factory_may_refuse_with_a_sentence(save, command):
    code = """
    from click import ClickException

    def create_app():
        raise ClickException("no price")
    """
    save("shop.py", code)

    said = command("--app", "shop", "routes")

    assert said.refused and said.lines[-1] == "Error: no price"


def test_program_that_ends_itself_ends(save, command):
    save("shop.py", "import sys\nsys.exit('set PRICE first')\n")

    said = command("--app", "shop", "routes")

    assert said.code == 1 and "click" not in said.text


ODD = [".", "..", "/", ".hidden", "a b", "é", ":", "::", ":app", "-", "a:b:c", "a..b"]


@pytest.mark.differs("Flask shows a traceback for some of them")
def test_any_name_gets_a_sentence(command):
    for name in ODD:
        said = command("--app", name, "routes")
        assert said.refused, name


def test_app_is_loaded_once(save, command):
    save("shop.py", "print('loaded')\n" + app())

    assert command("--app", "shop", "routes").lines.count("loaded") == 1
