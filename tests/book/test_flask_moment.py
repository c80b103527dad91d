"""Apps that were written for Flask run on the newest step, by one changed import.

Flaskr is the application of Flask's tutorial, as it is in the sources of Flask 3.1.3
(BSD 3-Clause, its license is beside it). sqlite-web is installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

APPS = Path(__file__).with_name("apps")
IMPORT = re.compile(r"^(\s*)from flask import", re.M)
# a visitor's requests to sqlite-web: they read, write, fail, and hold a session
TOUR = """
import importlib, json, sqlite3, sys
module = importlib.import_module("sqlite_web.sqlite_web")
module.initialize_app([sys.argv[1]])
client = module.app.test_client()
sql = "create table bells (name text primary key, price integer)"
visits = [
    ("GET", "/", {}),
    ("POST", "/query/", {"sql": sql}),
    ("POST", "/bells/insert/", {"name": "<ship's>", "price": "79"}),
    ("GET", "/bells/", {}),
    ("GET", "/bells/content/?ordering=-price", {}),
    ("POST", "/bells/query/", {"sql": "select * from bells", "export_json": "1"}),
    ("POST", "/bells/query/", {"sql": "select nothing from nowhere"}),
    ("POST", "/bells/add-column/", {"name": "weight", "type": "TEXT"}),
    ("GET", "/bells/export/", {}),
    ("GET", "/static/js/app.js", {}),
    ("GET", "/bells", {}),
    ("GET", "/no-such-table/", {}),
    ("PUT", "/login/", {}),
    ("POST", "/bells/drop/", {}),
    ("GET", "/", {}),
]
for method, url, form in visits:
    answer = client.open(url, method=method, data=form, follow_redirects=True)
    print(json.dumps([method, url, answer.status, answer.content_type, answer.text]))
"""


def changed(source: Path, folder: Path, package: str) -> Path:
    """Copy an app, and let it import a package where it imports Flask."""
    shutil.copytree(source, folder)
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(IMPORT.sub(rf"\1from {package} import", text), encoding="utf-8")
    return folder


def run(ladder: Any, folder: Path, *arguments: str) -> str:
    """Call Python in a folder that comes before all that is installed."""
    path = os.pathsep.join([str(folder), str(ladder.root / "steps")])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def hide_flask(folder: Path) -> None:
    folder.joinpath("flask.py").write_text("raise ImportError('there is no Flask')\n")


def test_flaskr_passes_its_tests_by_one_changed_import(ladder, tmp_path):
    folder = changed(APPS / "flaskr", tmp_path / "flaskr", ladder.newest.name)
    hide_flask(folder)

    said = run(ladder, folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")

    assert "24 passed" in said


@pytest.mark.skipif(
    find_spec("sqlite_web") is None, reason="sqlite-web isn't installed"
)
def test_sqlite_web_answers_as_on_flask_by_one_changed_import(ladder, tmp_path):
    (home,) = find_spec("sqlite_web").submodule_search_locations
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    shutil.copytree(home, theirs / "sqlite_web")
    changed(Path(home), ours / "sqlite_web", ladder.newest.name)
    hide_flask(ours)

    on_flask, on_ours = (visit(ladder, folder) for folder in (theirs, ours))
    assert on_ours == on_flask
    assert {answer[2][:3] for answer in on_flask} == {"200", "404", "405"}


def visit(ladder: Any, folder: Path) -> list[list[Any]]:
    """Return the answers to the tour, without the folder of the database."""
    said = run(ladder, folder, "-c", TOUR, "bells.db").replace(str(folder), "")
    return [json.loads(line) for line in said.splitlines()]
