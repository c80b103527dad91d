"""What step 18 promises about the command `shell`."""

import sys

import pytest
from step18_cli import App

SHOP = """
from step18_cli import App, current_app, g

app = App(__name__)
app.config["PRICE"] = 7

@app.shell_context_processor
def names():
    return {"bell": "ding", "price": current_app.config["PRICE"]}
"""


@pytest.fixture
def typed(save, command):
    """Return a function that types a line into the shell, and gets what it printed."""
    save("shop.py", SHOP)

    def typed(line, **options):
        said = command("--app", "shop", "shell", input=f"{line}\n", **options)
        assert said.code == 0, said.text
        return said.text

    return typed


def test_shell_knows_the_app(typed):
    assert "shop 7" in typed("print(app.import_name, app.config['PRICE'])")


def test_shell_has_an_app_context(typed):
    assert "7 x" in typed("g.x = 'x'; print(app.url_map and app.config['PRICE'], g.x)")


def test_shell_knows_what_the_processors_return(typed):
    assert "ding 7" in typed("print(bell, price)")


def test_shell_says_which_app_it_is_for(typed):
    assert "App: shop" in typed("")


def test_error_does_not_end_the_shell(save, command):
    save("shop.py", SHOP)

    said = command("--app", "shop", "shell", input="1 / 0\nprint(bell)\n")

    assert "ZeroDivisionError" in said.text and "ding" in said.text


def test_startup_file_is_run(typed, save):
    file = save("startup.py", "song = 'tweet'\nbell = 'lost'\n")

    told = typed("print(song, bell)", env={"PYTHONSTARTUP": str(file)})

    assert "tweet ding" in told


@pytest.mark.optional
def test_absent_startup_file_is_passed_over(typed):
    assert "ding" in typed("print(bell)", env={"PYTHONSTARTUP": "absent.py"})


@pytest.mark.optional
def test_tab_key_is_set_up(typed, monkeypatch):
    called = []
    monkeypatch.setattr(
        sys, "__interactivehook__", lambda: called.append(1), raising=False
    )

    typed("")

    assert called


@pytest.mark.optional
def test_system_without_a_tab_key_has_a_shell(typed, monkeypatch):
    monkeypatch.setitem(sys.modules, "readline", None)
    monkeypatch.setattr(sys, "__interactivehook__", print, raising=False)

    assert "ding" in typed("print(bell)")


def test_names_of_the_shell_can_be_asked_for():
    app = App(__name__)
    app.shell_context_processor(lambda: {"price": 7})

    with app.app_context():
        names = app.make_shell_context()

    assert names["app"] is app and names["price"] == 7 and "g" in names


def test_processors_are_in_a_list():
    app = App(__name__)

    @app.shell_context_processor
    def names():
        return {}

    assert app.shell_context_processors == [names]
