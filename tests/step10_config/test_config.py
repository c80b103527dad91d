"""What step 10 promises about settings: where they come from, and which one wins."""

import json
import os
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from step10_config import App, Config, abort, current_app, request
from werkzeug.exceptions import BadRequest, BadRequestKeyError, NotFound


@pytest.fixture
def config(tmp_path):
    """Make an empty configuration that finds files in a temporary folder."""
    return Config(tmp_path)


def write(config, name, text):
    Path(config.root_path, name).write_text(text, encoding="utf-8")


# --- a dictionary with defaults


def test_app_starts_with_defaults():
    config = App(__name__).config

    assert config["TESTING"] is False and config["PROPAGATE_EXCEPTIONS"] is None
    assert not config["DEBUG"]


def test_apps_do_not_share_their_settings():
    first, second = App(__name__), App(__name__)

    first.config["TESTING"] = True

    assert second.config["TESTING"] is False
    assert App.default_config["TESTING"] is False


def test_class_of_apps_has_defaults_of_its_own():
    class Shop(App):
        default_config = {**App.default_config, "CURRENCY": "NOK"}

    assert Shop(__name__).config["CURRENCY"] == "NOK"


def test_class_of_apps_has_a_configuration_of_its_own():
    class Strict(Config):
        def __missing__(self, key):
            raise LookupError(f"nobody has set {key}")

    class Shop(App):
        config_class = Strict

    with pytest.raises(LookupError, match="nobody has set SIZE"):
        Shop(__name__).config["SIZE"]


def test_configuration_needs_no_defaults(tmp_path):
    assert Config(tmp_path) == {} == Config(tmp_path, None)


@pytest.mark.parametrize("name", ["debug", "testing"])
def test_attribute_and_setting_are_one(name):
    app = App(__name__)

    setattr(app, name, True)
    by_attribute = app.config[name.upper()]
    app.config[name.upper()] = False

    assert by_attribute is True and getattr(app, name) is False


@pytest.mark.optional
def test_class_can_be_asked_for_an_attribute_without_an_app():
    assert hasattr(App, "testing")


def test_view_finds_the_settings():
    app = App(__name__)
    app.config.from_mapping(SONG="dawn")

    @app.route("/song")
    def song():
        return current_app.config["SONG"]

    assert app.test_client().get("/song").text == "dawn"


@pytest.mark.differs("Flask shows the values, passwords too", safer=True)
def test_printed_configuration_tells_names_and_no_values(config):
    config.from_mapping(PASSWORD="hunter2")

    for shown in (repr(config), str(config), f"{config}"):
        assert "PASSWORD" in shown and "hunter2" not in shown


# --- from dictionaries and objects


def test_mapping_gives_settings(config):
    assert config.from_mapping({"SONG": "dawn", "SIZE": 3}) is True
    assert config == {"SONG": "dawn", "SIZE": 3}


def test_settings_can_be_given_by_name(config):
    config.from_mapping({"SONG": "dawn", "SIZE": 3}, SIZE=4)

    assert config == {"SONG": "dawn", "SIZE": 4}


def test_mapping_may_be_named_or_none(config):
    config.from_mapping(mapping={"SONG": "dawn"})
    config.from_mapping(None, SIZE=3)

    assert config == {"SONG": "dawn", "SIZE": 3}


def test_mapping_may_be_a_list_of_pairs(config):
    config.from_mapping([("SONG", "dawn"), ("TAPE", 2)])

    assert config == {"SONG": "dawn", "TAPE": 2}


def test_last_value_wins(config):
    config.from_mapping(SONG="dawn")
    config.from_mapping(SONG="dusk")

    assert config["SONG"] == "dusk"


def test_names_that_are_not_in_capitals_are_passed_over(config):
    config.from_mapping({"SONG": "dawn", "song": "x", "Song": "x", "_": "x"})

    assert config == {"SONG": "dawn"}


def test_object_gives_settings(config):
    config.from_object(SimpleNamespace(SONG="dawn", song="x"))

    assert config == {"SONG": "dawn"}


def test_class_gives_settings_that_it_inherits(config):
    class Settings:
        SONG = "dawn"
        SIZE = 3

    class TestSettings(Settings):
        SIZE = 1

    config.from_object(TestSettings)

    assert config == {"SONG": "dawn", "SIZE": 1}


def test_instance_gives_its_properties(config):
    class Settings:
        HOST = "db1"

        @property
        def DATABASE(self):  # noqa: N802
            return f"postgres://{self.HOST}"

    config.from_object(Settings())

    assert config["DATABASE"] == "postgres://db1"


def test_other_attributes_of_an_object_are_not_even_read(config):
    class Settings:
        SONG = "dawn"

        @property
        def connection(self):
            raise AssertionError("nobody asked for a connection")

    config.from_object(Settings())

    assert config == {"SONG": "dawn"}


@pytest.mark.parametrize("name", ["wren_settings", "wren_settings.Production"])
def test_object_may_be_named(config, name, monkeypatch):
    write(config, "wren_settings.py", "SIZE = 1\n\nclass Production:\n    SIZE = 2")
    monkeypatch.syspath_prepend(config.root_path)

    config.from_object(name)

    sys.modules.pop("wren_settings", None)
    assert config == {"SIZE": 2 if "Production" in name else 1}


def test_name_of_no_object_is_an_import_error(config):
    with pytest.raises(ImportError, match="no_such_settings"):
        config.from_object("no_such_settings.Production")


# --- from files


def test_python_file_gives_its_names(config):
    write(config, "wren.cfg", 'SONG = "dawn"\nSIZE = 2 * 3\nsize = 4\nimport os\n')

    assert config.from_pyfile("wren.cfg") is True
    assert config == {"SONG": "dawn", "SIZE": 6}


def test_python_file_knows_where_it_is(config):
    write(config, "wren.cfg", "from pathlib import Path\nHERE = Path(__file__).parent")

    config.from_pyfile("wren.cfg")

    assert config["HERE"] == Path(config.root_path)


@pytest.mark.optional
def test_python_file_may_name_its_encoding(config):
    text = '# -*- coding: latin-1 -*-\nCITY = "Zürich"\n'
    Path(config.root_path, "wren.cfg").write_bytes(text.encode("latin-1"))

    config.from_pyfile("wren.cfg")

    assert config["CITY"] == "Zürich"


def test_error_in_a_python_file_names_the_file(config):
    write(config, "wren.cfg", "SONG = dawn")

    with pytest.raises(NameError) as caught:
        config.from_pyfile("wren.cfg", silent=True)

    assert caught.traceback[-1].path.name == "wren.cfg"


@pytest.mark.differs("Flask takes a file that the settings miss for the settings")
def test_file_that_a_python_file_misses_is_an_error(config):
    write(config, "wren.cfg", "KEY = open('no such key').read()")

    with pytest.raises(FileNotFoundError, match="no such key"):
        config.from_pyfile("wren.cfg", silent=True)


def test_json_file_gives_settings(config):
    write(config, "wren.json", '{"SONG": "dawn", "CITY": "Zürich", "size": 4}')

    assert config.from_file("wren.json", json.load) is True
    assert config == {"SONG": "dawn", "CITY": "Zürich"}


def test_toml_file_gives_settings(config):
    write(config, "wren.toml", 'SONG = "dawn"\n[DATABASE]\nhost = "db1"\n')

    config.from_file("wren.toml", tomllib.load, text=False)

    assert config == {"SONG": "dawn", "DATABASE": {"host": "db1"}}


def test_file_may_be_named_from_the_root_of_the_disk(config, tmp_path_factory):
    file = tmp_path_factory.mktemp("etc") / "wren.json"
    file.write_text('{"SIZE": 3}', encoding="utf-8")

    config.from_file(str(file), load=json.load)

    assert config == {"SIZE": 3}


LOADERS = {
    "from_pyfile": lambda config, name, **more: config.from_pyfile(name, **more),
    "from_file": lambda config, name, **more: config.from_file(name, json.load, **more),
}


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_missing_file_is_named(config, load):
    with pytest.raises(FileNotFoundError, match=r"(?i)config") as caught:
        load(config, "missing.txt")

    assert "missing.txt" in str(caught.value)


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_missing_file_may_be_told_in_silence(config, load):
    assert load(config, "no such file", silent=True) is False
    assert config == {}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forbids opening a folder")
@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_folder_counts_as_missing(config, load):
    Path(config.root_path, "wren").mkdir()

    assert load(config, "wren", silent=True) is False


def forbid(file):
    """Let nobody open a file, by any function; a permission would not stop root."""
    names = (file, str(file), os.fsencode(file))

    def refuse(event, arguments):
        if event == "open" and arguments[0] in names:
            raise PermissionError(13, "Permission denied", str(file))

    # it stays until Python ends, and no other test has this file
    sys.addaudithook(refuse)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_file_that_may_not_be_read_is_an_error_in_silence_too(config, load):
    write(config, "wren", "")
    forbid(Path(config.root_path, "wren"))

    with pytest.raises(PermissionError):
        load(config, "wren", silent=True)


# --- from the environment


def test_variable_names_a_python_file(config, monkeypatch):
    write(config, "wren.cfg", "SIZE = 3")
    monkeypatch.setenv("WREN_SETTINGS", "wren.cfg")

    assert config.from_envvar("WREN_SETTINGS") is True
    assert config == {"SIZE": 3}


@pytest.mark.parametrize("value", [None, ""])
def test_variable_that_names_no_file_is_an_error(config, monkeypatch, value):
    monkeypatch.delenv("WREN_SETTINGS", raising=False)
    if value is not None:
        monkeypatch.setenv("WREN_SETTINGS", value)

    with pytest.raises(RuntimeError, match="WREN_SETTINGS"):
        config.from_envvar("WREN_SETTINGS")

    assert config.from_envvar("WREN_SETTINGS", silent=True) is False


def test_variable_that_names_a_missing_file(config, monkeypatch):
    monkeypatch.setenv("WREN_SETTINGS", "no such file")

    with pytest.raises(FileNotFoundError):
        config.from_envvar("WREN_SETTINGS")

    assert config.from_envvar("WREN_SETTINGS", silent=True) is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dawn", "dawn"),
        ("3", 3),
        ("2.5", 2.5),
        ("true", True),
        ("null", None),
        ('["oslo", "lyon"]', ["oslo", "lyon"]),
        ('{"host": "db1"}', {"host": "db1"}),
        ('"0042"', "0042"),
        ("0042", "0042"),
        ("True", "True"),
        ("", ""),
    ],
)
def test_variables_hold_json_or_text(config, monkeypatch, text, value):
    monkeypatch.setenv("WREN_X", text)

    assert config.from_prefixed_env("WREN") is True
    assert config == {"X": value} and type(config["X"]) is type(value)


def test_only_variables_with_the_prefix_count(config, monkeypatch):
    for variable in ["WREN_SONG", "WRENS_SONG", "WREN", "MY_WREN_SONG"]:
        monkeypatch.setenv(variable, "dawn")

    config.from_prefixed_env("WREN")

    assert config == {"SONG": "dawn"}


def test_prefix_is_flask_s_unless_told(config, monkeypatch):
    monkeypatch.setenv("FLASK_SONG", "dawn")

    config.from_prefixed_env()

    assert config["SONG"] == "dawn"


def test_two_underscores_lead_into_a_dictionary(config, monkeypatch):
    monkeypatch.setenv("WREN_MAIL__SMTP__PORT", "25")
    monkeypatch.setenv("WREN_MAIL__SENDER", "wren@example.com")

    config.from_prefixed_env("WREN")

    mail = {"SMTP": {"PORT": 25}, "SENDER": "wren@example.com"}
    assert config == {"MAIL": mail}


def test_part_of_a_dictionary_leaves_the_others(config, monkeypatch):
    config.from_mapping(MAIL={"HOST": "m1", "PORT": 587})
    monkeypatch.setenv("WREN_MAIL__PORT", "25")

    config.from_prefixed_env("WREN")

    assert config["MAIL"] == {"HOST": "m1", "PORT": 25}


def test_part_comes_after_its_whole(config, monkeypatch):
    monkeypatch.setenv("WREN_MAIL__PORT", "25")
    monkeypatch.setenv("WREN_MAIL", '{"HOST": "m1", "PORT": 587}')

    config.from_prefixed_env("WREN")

    assert config["MAIL"] == {"HOST": "m1", "PORT": 25}


@pytest.mark.differs(
    "Flask writes into the dictionary that all apps were given", safer=True
)
def test_part_that_one_app_is_given_does_not_reach_another(tmp_path, monkeypatch):
    settings = {"MAIL": {"HOST": "m1"}}
    first, second = Config(tmp_path, settings), Config(tmp_path, settings)
    monkeypatch.setenv("WREN_MAIL__HOST", "m2")

    first.from_prefixed_env("WREN")

    assert (first["MAIL"], second["MAIL"]) == ({"HOST": "m2"}, {"HOST": "m1"})


@pytest.mark.differs("Flask says that 'str' object does not support item assignment")
def test_part_of_no_dictionary_is_refused_without_its_value(config, monkeypatch):
    config.from_mapping(DATABASE="postgres://wren:hunter2@db1")
    monkeypatch.setenv("WREN_DATABASE__HOST", "db2")

    with pytest.raises(ValueError, match="WREN_DATABASE__HOST") as caught:
        config.from_prefixed_env("WREN")

    assert "hunter2" not in str(caught.value)


@pytest.mark.optional
def test_loader_may_be_another(config, monkeypatch):
    monkeypatch.setenv("WREN_SIZE", "3")

    config.from_prefixed_env("WREN", loads=str)

    assert config == {"SIZE": "3"}


@pytest.mark.optional
def test_what_a_loader_refuses_in_any_way_is_text(config, monkeypatch):
    class YamlError(Exception):
        pass

    def loads(text):
        raise YamlError

    monkeypatch.setenv("WREN_SIZE", "3")

    config.from_prefixed_env("WREN", loads=loads)

    assert config == {"SIZE": "3"}


@pytest.mark.parametrize(("text", "value"), [("false", False), ("true", True)])
def test_debug_flag_is_json(monkeypatch, text, value):
    app = App(__name__)
    monkeypatch.setenv("WREN_DEBUG", text)

    app.config.from_prefixed_env("WREN")

    assert app.debug is value


@pytest.mark.differs(
    "to Flask a flag's text is true, be it 'False' or 'off'", safer=True
)
@pytest.mark.parametrize("text", ["False", "off", "no", ""])
def test_text_for_a_flag_is_refused(monkeypatch, text):
    app = App(__name__)
    monkeypatch.setenv("WREN_DEBUG", text)

    with pytest.raises(ValueError, match="WREN_DEBUG") as caught:
        app.config.from_prefixed_env("WREN")

    assert text in str(caught.value) and "true" in str(caught.value).lower()
    assert app.debug is False


@pytest.mark.differs(
    "to Flask a flag's text is true, be it 'False' or 'off'", safer=True
)
def test_own_flag_is_recognised_by_its_default(config, monkeypatch):
    config.from_mapping(LIST={"IS_OPEN": True})
    monkeypatch.setenv("WREN_LIST__IS_OPEN", "False")

    with pytest.raises(ValueError, match="WREN_LIST__IS_OPEN"):
        config.from_prefixed_env("WREN")


# --- by their first letters


@pytest.mark.optional
def test_namespace_gives_keyword_arguments(config):
    config.from_mapping(MAIL_HOST="m1", MAIL_PORT=25, SONG="dawn")

    assert config.get_namespace("MAIL_") == {"host": "m1", "port": 25}


@pytest.mark.optional
def test_namespace_may_keep_the_names(config):
    config.from_mapping(MAIL_HOST="m1")

    as_it_is = config.get_namespace("MAIL_", lowercase=False, trim_namespace=False)
    trimmed = config.get_namespace("MAIL_", lowercase=False)

    assert (as_it_is, trimmed) == ({"MAIL_HOST": "m1"}, {"HOST": "m1"})


# --- errors that go through


def app_that_fails(**settings):
    app = App(__name__)
    app.config.from_mapping(settings)
    app.route("/")(lambda: 1 / 0)
    return app


@pytest.mark.parametrize("flag", ["PROPAGATE_EXCEPTIONS", "TESTING", "DEBUG"])
def test_errors_go_through_where_a_setting_says_so(flag):
    app = app_that_fails(**{flag: True})

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/")


@pytest.mark.parametrize("flag", ["TESTING", "DEBUG"])
def test_errors_are_kept_back_in_debug_and_tests_if_told(flag, caplog):
    app = app_that_fails(PROPAGATE_EXCEPTIONS=False, **{flag: True})

    assert app.test_client().get("/").status_code == 500


# --- HTTP errors that are mistakes


def asking_for_a_field(**settings):
    """Return the client of an app whose view wants a field of the form."""
    app = App(__name__)
    app.config.update(settings, PROPAGATE_EXCEPTIONS=True)

    @app.post("/")
    def sign_up():
        return request.form["email"]

    @app.get("/bad")
    def bad():
        abort(400)

    @app.get("/songs/")
    def songs():
        return "songs"

    return app.test_client()


@pytest.mark.optional
def test_missing_field_is_the_developers_mistake_in_debug_mode():
    assert asking_for_a_field().post("/").status_code == 400
    # and the traceback says which field
    with pytest.raises(BadRequestKeyError, match="'email'"):
        asking_for_a_field(DEBUG=True).post("/")
    assert "'email'" not in asking_for_a_field().post("/").text
    told = asking_for_a_field(DEBUG=True, TRAP_BAD_REQUEST_ERRORS=False)
    assert told.post("/").status_code == 400


@pytest.mark.optional
def test_bad_requests_can_be_raised():
    client = asking_for_a_field(TRAP_BAD_REQUEST_ERRORS=True)

    with pytest.raises(BadRequest):
        client.get("/bad")
    assert client.get("/nowhere").status_code == 404


@pytest.mark.optional
def test_http_errors_can_be_raised():
    client = asking_for_a_field(TRAP_HTTP_EXCEPTIONS=True)

    with pytest.raises(NotFound):
        client.get("/nowhere")


@pytest.mark.optional
@pytest.mark.holds_before("step 9 answers each HTTP error, with a handler or not")
def test_http_error_with_a_handler_is_answered_all_the_same():
    client = asking_for_a_field(TRAP_HTTP_EXCEPTIONS=True)
    client.application.register_error_handler(404, lambda error: "gone")

    assert client.get("/nowhere").text == "gone"


@pytest.mark.optional
@pytest.mark.holds_before("step 9 answers each HTTP error, and each redirect")
@pytest.mark.differs("Flask raises redirects as well, so its users get an error")
def test_redirect_is_no_error_to_raise():
    client = asking_for_a_field(TRAP_HTTP_EXCEPTIONS=True)

    assert client.get("/songs").status_code == 308
