"""The exercise `settings`: what an app is set to, without its secrets."""

import pytest
from click.testing import CliRunner
from exercise import settings
from step18_cli import App, CommandLine


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    app = App("wren")
    app.cli.add_command(settings)
    return app


def listed(app, *arguments):
    """Return what the command prints, by the settings' names."""
    result = app.test_cli_runner().invoke(args=["settings", *arguments])
    assert result.exit_code == 0, result.output
    return dict(line.split(" = ", 1) for line in result.output.splitlines())


def test_new_app_differs_in_nothing(app):
    assert listed(app) == {}


def test_other_settings_are_listed_in_order(app):
    app.config.from_mapping(LIST_SIZE=1000, TESTING=True, BIRD="wren")

    assert list(listed(app).items()) == [
        ("BIRD", "'wren'"),
        ("LIST_SIZE", "1000"),
        ("TESTING", "True"),
    ]


def test_all_settings_can_be_listed(app):
    app.config["BIRD"] = "wren"

    found = listed(app, "--all")

    assert found.keys() == app.config.keys()
    assert found["SESSION_COOKIE_NAME"] == "'session'"


def test_defaults_are_those_of_the_app_s_class(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    class Wren(App):
        default_config = {**App.default_config, "LIST_SIZE": 1000}

    app = Wren("wren")
    app.cli.add_command(settings)

    assert listed(app) == {}
    app.config["LIST_SIZE"] = 7
    assert listed(app) == {"LIST_SIZE": "7"}


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "BACKSTAGE_PASSWORD", "API_TOKEN", "KEY", "KEYS_OF_THE_HOUSE"],
)
@pytest.mark.parametrize("value", ["hush-hush", b"hush-hush", ["hush-hush"], 4711])
def test_secret_is_hidden(app, name, value):
    app.config[name] = value

    assert listed(app)[name] == "(hidden)"


@pytest.mark.parametrize("name", ["MONKEYS", "TOKENIZER", "PASSWORDLESS", "KEYBOARD"])
def test_other_words_are_no_secrets(app, name):
    app.config[name] = "seen"

    assert listed(app)[name] == "'seen'"


@pytest.mark.parametrize("value", [None, "", []])
def test_missing_secret_is_shown(app, value):
    app.config["API_TOKEN"] = value

    assert listed(app)["API_TOKEN"] == repr(value)
    assert listed(app, "--all")["SECRET_KEY"] == "None"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://wren:hush@db/wren", "postgresql://wren:(hidden)@db/wren"),
        ("redis://:hush@db:6379/0?a=b", "redis://:(hidden)@db:6379/0?a=b"),
        ("mysql://wren:a:b@c@db/x", "mysql://wren:(hidden)@db/x"),
        ("https://wren.example:8000/a@b", "https://wren.example:8000/a@b"),
        ("https://wren@wren.example/", "https://wren@wren.example/"),
        ("at 10:30 @ the quay", "at 10:30 @ the quay"),
    ],
)
def test_password_in_a_url_is_hidden(app, url, shown):
    app.config["DATABASE"] = url

    assert listed(app)["DATABASE"].strip("'") == shown


def test_secrets_of_a_dictionary_are_hidden(app):
    deep = {"TOKEN": "hush-hush", "URL": "x://a:hush-hush@b", "SIZE": 7}
    app.config["SERVICES"] = {"API": deep, "LIST": [deep]}

    told = listed(app)["SERVICES"]

    assert "hush-hush" not in told and "'SIZE': 7" in told and "x://a:" in told


def test_settings_stay_as_they_are(app):
    deep = {"TOKEN": "hush-hush", "LIST": ["x://a:hush-hush@b"]}
    app.config["SERVICES"] = deep

    listed(app, "--all")

    assert app.config["SERVICES"] is deep
    assert deep == {"TOKEN": "hush-hush", "LIST": ["x://a:hush-hush@b"]}


def test_command_finds_its_app_by_itself(app):
    app.config["BIRD"] = "wren"

    result = CliRunner().invoke(CommandLine(create_app=lambda: app), ["settings"])

    assert result.output == "BIRD = 'wren'\n"
    assert app.test_cli_runner().invoke(settings).output == "BIRD = 'wren'\n"
