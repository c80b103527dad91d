"""The exercise `origins`: each setting knows who set it."""

import json
import tomllib
from types import SimpleNamespace

import pytest
from exercise import TracedConfig
from step10_config import App


@pytest.fixture
def config(tmp_path):
    return TracedConfig(tmp_path, {"SONG": "dawn", "DEBUG": False})


def write(config, name, text):
    file = config.root_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_default_is_a_default(config):
    assert config.origin("SONG") == "default"


def test_configuration_needs_no_defaults(tmp_path):
    assert TracedConfig(tmp_path).report() == ""


def test_mapping_and_object(config):
    config.from_mapping({"SONG": "dusk"}, SIZE=3)
    config.from_object(SimpleNamespace(CITY="Oslo"))

    found = [config.origin(name) for name in ("SONG", "SIZE", "CITY", "DEBUG")]
    assert found == ["mapping", "mapping", "object", "default"]


def test_python_file_is_named(config):
    file = write(config, "wren.cfg", "SONG = 'dusk'")

    config.from_pyfile("wren.cfg")

    assert config.origin("SONG") == f"file {file}"


def test_file_by_variable_is_named_as_a_file(config, monkeypatch):
    file = write(config, "wren.cfg", "SONG = 'dusk'")
    monkeypatch.setenv("WREN_SETTINGS", str(file))

    config.from_envvar("WREN_SETTINGS")

    assert config.origin("SONG") == f"file {file}"


@pytest.mark.parametrize(
    ("load", "text", "data"),
    [(json.load, True, '{"SONG": "dusk"}'), (tomllib.load, False, 'SONG = "dusk"')],
)
def test_other_files_are_named(config, load, text, data):
    file = write(config, "wren.data", data)

    assert config.from_file("wren.data", load, text=text) is True
    assert config.origin("SONG") == f"file {file}"


def test_relative_root_gives_an_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wren.cfg").write_text("SONG = 'dusk'", encoding="utf-8")
    config = TracedConfig(".")

    config.from_pyfile("wren.cfg")

    assert config.origin("SONG") == f"file {tmp_path / 'wren.cfg'}"


def test_missing_file_sets_nothing(config):
    assert config.from_pyfile("no such file", silent=True) is False
    assert config.origin("SONG") == "default"


def test_broken_file_is_nobody_s_origin(config):
    write(config, "wren.cfg", "SONG = 1 / 0")

    with pytest.raises(ZeroDivisionError):
        config.from_pyfile("wren.cfg")
    config["CITY"] = "Oslo"

    assert (config.origin("SONG"), config.origin("CITY")) == ("default", "code")


def test_variable_is_named(config, monkeypatch):
    monkeypatch.setenv("WREN_SONG", "dusk")
    monkeypatch.setenv("WREN_CITY", "Oslo")

    assert config.from_prefixed_env("WREN") is True
    assert config.origin("SONG") == "environment WREN_SONG"
    assert config.origin("CITY") == "environment WREN_CITY"
    assert config["SONG"] == "dusk"


def test_values_from_the_environment_are_as_before(config, monkeypatch):
    monkeypatch.setenv("WREN_SIZE", "3")
    monkeypatch.setenv("WREN_CITIES", '["oslo"]')
    monkeypatch.setenv("WREN_KEY", "0042")

    config.from_prefixed_env("WREN")

    assert (config["SIZE"], config["CITIES"], config["KEY"]) == (3, ["oslo"], "0042")


def test_last_variable_of_a_dictionary_counts(config, monkeypatch):
    monkeypatch.setenv("WREN_MAIL", '{"PORT": 25}')
    monkeypatch.setenv("WREN_MAIL__HOST", "m1")
    monkeypatch.setenv("WREN_MAIL__SENDER", "wren@example.com")
    monkeypatch.setenv("WREN_SONG", "dusk")

    config.from_prefixed_env("WREN")

    assert config.origin("MAIL") == "environment WREN_MAIL__SENDER"
    assert config.origin("SONG") == "environment WREN_SONG"
    assert config["MAIL"] == {"PORT": 25, "HOST": "m1", "SENDER": "wren@example.com"}


def test_other_loader_is_used(config, monkeypatch):
    monkeypatch.setenv("WREN_SIZE", "3")

    config.from_prefixed_env("WREN", loads=lambda text: f"<{text}>")

    assert config["SIZE"] == "<3>" and config.origin("SIZE") == "environment WREN_SIZE"


def test_refused_variable_is_no_origin(config, monkeypatch):
    monkeypatch.setenv("WREN_CITY", "Oslo")
    monkeypatch.setenv("WREN_DEBUG", "False")

    with pytest.raises(ValueError, match="WREN_DEBUG"):
        config.from_prefixed_env("WREN")
    config["SIZE"] = 3

    found = [config.origin(name) for name in ("CITY", "DEBUG", "SIZE")]
    assert found == ["environment WREN_CITY", "default", "code"]


def test_what_the_code_sets_is_the_code_s(config):
    config["SONG"] = "dusk"
    config.update({"A": 1}, B=2)
    config.update([("C", 3)])
    config.setdefault("D", 4)
    config |= {"E": 5}

    assert {config.origin(name) for name in ("SONG", *"ABCDE")} == {"code"}
    assert config["A"] + config["B"] + config["C"] + config["D"] + config["E"] == 15


def test_setdefault_that_finds_a_value_sets_none(config):
    assert config.setdefault("SONG", "dusk") == "dawn"
    assert config.origin("SONG") == "default"


def test_last_one_who_set_it_counts(config):
    config.from_mapping(SONG="dusk")
    config["SONG"] = "night"
    config.from_object(SimpleNamespace(SONG="noon"))

    assert config.origin("SONG") == "object"


def test_what_is_not_set_came_from_nowhere(config):
    config["CITY"] = "Oslo"
    del config["CITY"]
    config.pop("SONG")

    for name in ("CITY", "SONG", "NEVER"):
        with pytest.raises(KeyError, match=name):
            config.origin(name)


def test_report_names_all_and_tells_no_value(config):
    config.from_mapping(PASSWORD="hunter2")
    config["CITY"] = "Oslo"

    report = config.report()

    lines = ["CITY: code", "DEBUG: default", "PASSWORD: mapping", "SONG: default"]
    assert report.splitlines() == lines


def test_app_may_use_it():
    class Shop(App):
        config_class = TracedConfig

    app = Shop(__name__)
    app.testing = True

    assert app.config.origin("TESTING") == "code"
    assert app.config.origin("SERVER_NAME") == "default"
    assert app.config.report().splitlines() == sorted(app.config.report().splitlines())
