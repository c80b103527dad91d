"""`import flask` finds a step, and what was made for Flask runs on it."""

import importlib
import logging
import subprocess
import sys
from hashlib import sha1
from importlib.metadata import version
from pathlib import Path

import flask
import pytest
import step18_cli
from itsdangerous import URLSafeTimedSerializer

from costrel.testing.as_flask import as_flask


def test_flasks_names_are_ours():
    with as_flask("step18_cli"):
        import flask as alias
        from flask.cli import AppGroup
        from flask.json.provider import DefaultJSONProvider
        from flask.testing import FlaskClient

    assert alias.Flask is step18_cli.App
    assert alias.__version__ == version("flask")
    assert AppGroup is step18_cli.AppGroup
    assert FlaskClient is step18_cli.AppClient
    assert DefaultJSONProvider is step18_cli.App.json_provider_class


def test_afterwards_flask_is_flask_again():
    with as_flask("step18_cli"):
        assert importlib.import_module("flask") is not flask

    assert importlib.import_module("flask") is flask


def test_extension_is_imported_anew_and_forgotten(tmp_path, monkeypatch):
    tmp_path.joinpath("flask_greeting.py").write_text("from flask import Flask\n")
    monkeypatch.syspath_prepend(tmp_path)

    with as_flask("step18_cli", "flask_greeting"):
        extension = importlib.import_module("flask_greeting")

    assert extension.Flask is step18_cli.App
    assert "flask_greeting" not in sys.modules


def test_unknown_name_is_an_import_error():
    with as_flask("step18_cli"), pytest.raises(ImportError, match="Nothing"):
        from flask import Nothing  # noqa: F401


def test_cookie_of_a_session_is_read_as_tools_for_flask_do():
    app = step18_cli.App("wren")
    app.secret_key = "Zurich in May"
    app.add_url_rule("/", "index", lambda: step18_cli.session.update(bell=(1,)) or "")
    client = app.test_client()
    client.get("/")

    with as_flask("step18_cli"):
        from flask.json.tag import TaggedJSONSerializer

        serializer = URLSafeTimedSerializer(
            "Zurich in May",
            salt="cookie-session",
            serializer=TaggedJSONSerializer(),
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha1},
        )
    found = serializer.loads(client.get_cookie("session").value)

    assert found == {"bell": (1,)}


def test_replaced_name_is_replaced_where_it_is_used(monkeypatch):
    with as_flask("step18_cli"):
        monkeypatch.setattr("flask.cli.load_dotenv", None)

        assert step18_cli.cli.load_dotenv is None


def run_as_flask(folder, *arguments):
    """Run a module in a process of its own, where Flask is ours; return its output."""
    command = [sys.executable, "-m", "costrel.testing.as_flask", "step18_cli"]
    steps = {"PYTHONPATH": str(Path(step18_cli.__path__[0]).parent)}
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=steps,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_module_runs_in_a_process_where_flask_is_ours(tmp_path):
    tmp_path.joinpath("hello.py").write_text("import flask\nprint(flask.Flask)\n")

    assert run_as_flask(tmp_path, "hello") == "<class 'step18_cli.app.App'>\n"


def test_flasks_command_is_ours(tmp_path):
    tmp_path.joinpath("shop.py").write_text(
        "import flask\n"
        "app = flask.Flask(__name__)\n"
        "app.cli.command('bells')(lambda: print(type(app)))\n"
    )

    output = run_as_flask(tmp_path, "flask", "--app", "shop", "bells")

    assert output == "<class 'step18_cli.app.App'>\n"


def test_private_names_that_suites_ask_for_are_found():
    with as_flask("step18_cli"):
        from flask.cli import get_version, main
        from flask.logging import has_level_handler

    assert main is step18_cli.cli.cli
    assert get_version is step18_cli.cli.show_version
    logger = logging.Logger("alone", logging.INFO)
    assert not has_level_handler(logger)
    logger.addHandler(logging.NullHandler())
    assert has_level_handler(logger)
