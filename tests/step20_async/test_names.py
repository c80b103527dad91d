"""What step 20 promises of names: a Flask app changes its import, and runs."""

import subprocess
import sys
from pathlib import Path

import pytest
from step20_async import current_app, g, request, session
from step20_async import globals as proxies

# as its author wrote it, but for the import
GUESTBOOK = """
import click
from flask import (
    Blueprint, Flask, abort, current_app, flash, g, get_flashed_messages, json,
    jsonify, redirect, render_template_string, request, session, url_for,
)
from flask.cli import AppGroup, FlaskGroup, ScriptInfo, load_dotenv
from flask.cli import NoAppException, pass_script_info, run_command, with_appcontext
from flask.globals import request_ctx
from flask.json import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface
from flask.signals import request_finished
from flask.testing import FlaskClient, FlaskCliRunner
from flask.views import MethodView, View
from flask.wrappers import Request, Response

bp = Blueprint("guests", __name__, url_prefix="/guests")

class Guests(MethodView):
    def get(self):
        return jsonify(session.get("guests", []))

    async def post(self):
        session["guests"] = [*session.get("guests", []), request.form["name"]]
        flash("Welcome")
        return redirect(url_for(".guests"))

bp.add_url_rule("/", view_func=Guests.as_view("guests"))

@bp.cli.command("count")
def count():
    click.echo(f"in {current_app.name}")

class Client(FlaskClient):
    pass

def create_app():
    app = Flask(__name__)
    app.secret_key = "a key that is long enough"
    app.test_client_class = Client
    app.register_blueprint(bp)
    return app

app = create_app()
client = app.test_client()
client.post("/guests/", data={"name": "Ada"})
print(client.get("/guests/").get_json(), type(client) is Client, isinstance(app, Flask))
print(app.test_cli_runner().invoke(args=["guests", "count"]).output)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a program and returns what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(program):
        Path("guestbook.py").write_text(program, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-W", "error", "guestbook.py"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")

    return run


def test_flask_app_runs_after_one_changed_import(run):
    lines = run(GUESTBOOK.replace("from flask", "from step20_async"))

    assert lines[:2] == ["['Ada'] True True", "in guestbook"]


@pytest.mark.parametrize(
    ("module", "second", "first"),
    [
        ("", "Flask", "App"),
        ("cli", "FlaskGroup", "CommandLine"),
        ("cli", "NoAppException", "NoAppError"),
        ("ctx", "AppContext", "Context"),
        ("ctx", "RequestContext", "Context"),
        ("json", "DefaultJSONProvider", "JSONProvider"),
        ("testing", "FlaskClient", "AppClient"),
        ("testing", "FlaskCliRunner", "AppCliRunner"),
    ],
)
@pytest.mark.differs("Flask knows only its own names")
def test_class_has_the_name_that_flask_gives_it(module, second, first):
    from importlib import import_module

    module = import_module(f"step20_async.{module}".rstrip("."))

    assert getattr(module, second) is getattr(module, first)


def test_proxies_are_in_the_module_where_flask_has_them():
    for proxy, name in (
        (current_app, "current_app"),
        (g, "g"),
        (request, "request"),
        (session, "session"),
    ):
        assert getattr(proxies, name) is proxy
