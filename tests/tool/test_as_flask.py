"""`import flask` finds a step, and what was made for Flask runs on it."""

import importlib
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


def test_module_runs_in_a_process_where_flask_is_ours(tmp_path):
    tmp_path.joinpath("hello.py").write_text("import flask\nprint(flask.Flask)\n")
    command = [sys.executable, "-m", "costrel.testing.as_flask", "step18_cli", "hello"]
    steps = {"PYTHONPATH": str(Path(step18_cli.__path__[0]).parent)}

    done = subprocess.run(
        command, cwd=tmp_path, env=steps, capture_output=True, text=True, check=True
    )

    assert done.stdout == "<class 'step18_cli.app.App'>\n"
