"""The exercise `factory`: as many choirs as are asked for."""

import exercise
import pytest
from click.testing import CliRunner
from exercise import cli, create_app
from step18_cli import App


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHOIR_SIZE", raising=False)
    monkeypatch.delenv("FLASK_APP", raising=False)


def join(app, name):
    return app.test_client().post("/", data={"name": name}).status_code


def count(app):
    return app.test_client().get("/").text


def test_singers_join():
    app = create_app()

    assert join(app, "Ada") == 201
    assert count(app) == "1 singers"


def test_each_choir_has_its_own_singers():
    ours, theirs = create_app(), create_app()

    join(ours, "Ada")

    assert (count(ours), count(theirs)) == ("1 singers", "0 singers")


def test_choir_remembers_its_singers_between_requests():
    app = create_app()

    for name in ("Ada", "Bob", "Eve"):
        join(app, name)

    assert count(app) == "3 singers"


def test_choir_has_thirty_places():
    app = create_app()

    assert [join(app, "Ada") for _ in range(31)] == [201] * 30 + [403]


def test_settings_change_the_size_of_one_choir():
    small, usual = create_app({"SIZE": 1}), create_app()

    assert [join(small, "Ada") for _ in range(2)] == [201, 403]
    assert [join(usual, "Ada") for _ in range(2)] == [201, 201]


def test_variable_counts_when_the_app_is_made(monkeypatch):
    monkeypatch.setenv("CHOIR_SIZE", "1")

    app, told = create_app(), create_app({"SIZE": 2})

    monkeypatch.setenv("CHOIR_SIZE", "0")
    assert [join(app, "Ada") for _ in range(2)] == [201, 403]
    assert [join(told, "Ada") for _ in range(3)] == [201, 201, 403]


def test_command_prints_the_singers_of_its_app():
    ours, theirs = create_app(), create_app()
    join(ours, "Ada")
    join(ours, "Bob")
    join(theirs, "Eve")

    assert ours.test_cli_runner().invoke(args=["names"]).output == "Ada\nBob\n"
    assert theirs.test_cli_runner().invoke(args=["names"]).output == "Eve\n"


def test_import_makes_no_app():
    made = [value for value in vars(exercise).values() if isinstance(value, App)]

    assert not made


def test_command_line_finds_the_choir():
    routes = CliRunner().invoke(cli, ["routes"])
    names = CliRunner().invoke(cli, ["names"])

    assert routes.exit_code == 0 and "POST" in routes.output
    assert names.exit_code == 0 and names.output == ""
