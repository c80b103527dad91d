"""The dangers of step 10: a secret in the repository, a debug flag in production."""

import importlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

PATIENCE = 15  # seconds

SHOP = """
from hmac import compare_digest

from step10_config import App, abort, request

app = App(__name__, instance_relative_config=True)
app.config.from_pyfile("settings.py", silent=True)

@app.route("/guests")
def guests():
    visitor = request.authorization
    given = visitor.password if visitor and visitor.password else ""
    if not compare_digest(given, app.config["TEAM_PASSWORD"]):
        abort(401)
    return "ada@example.com"
"""

VICTIM = """
from step10_config import App

app = App(__name__)
app.config.from_prefixed_env("WREN")

@app.route("/")
def index():
    database = "postgres://wren:hunter2@db1.internal"
    return 1 / 0

app.run(port=PORT, use_reloader=False)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a project with an app in it, and forget the app at the end."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "bellshop.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("instance/\n__pycache__/\n", encoding="utf-8")
    yield tmp_path
    sys.modules.pop("bellshop", None)


def install(settings):
    """Write the settings where the app looks for them, and start it."""
    shop = importlib.import_module("bellshop")
    folder = Path(shop.app.config.root_path)
    folder.mkdir(exist_ok=True)
    (folder / "settings.py").write_text(settings, encoding="utf-8")
    return importlib.reload(shop).app


def published(project):
    """Return the texts of all files in the repository that aren't ignored."""
    ignored = (project / ".gitignore").read_text(encoding="utf-8").split()
    return [
        file.read_text(encoding="utf-8")
        for file in project.rglob("*")
        if file.is_file()
        and not set(ignored) & {f"{each.name}/" for each in file.parents}
    ]


@pytest.mark.attack
def test_secret_is_not_in_the_repository(project):
    # not the chapter's password: its bot reads this file, too
    client = install('TEAM_PASSWORD = "first-light"\n').test_client()
    assert client.get("/guests", auth=("team", "first-light")).status_code == 200

    found = [
        word
        for text in published(project)
        for word in re.findall('"([^"]*)"', text)
        if client.get("/guests", auth=("team", word)).status_code == 200
    ]

    assert not found, f"the attack worked: {found} is in the repository, and let us in"


def fetch(url):
    """Return the page a visitor gets, whatever its status."""
    try:
        with urlopen(url, timeout=PATIENCE) as response:
            return response.read().decode()
    except HTTPError as error:
        return error.read().decode()


def visit(process, url):
    """Wait for the server, then fetch; what does not start shows nothing."""
    deadline = monotonic() + PATIENCE
    while process.poll() is None:
        try:
            return fetch(url)
        except (URLError, ConnectionError):
            assert monotonic() < deadline, "the victim does not answer"
            sleep(0.05)
    return ""


@pytest.mark.attack
@pytest.mark.differs(
    "Flask takes False in the environment as text, and text is true", safer=True
)
def test_debug_switched_off_in_the_environment_is_off(tmp_path):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    program = tmp_path / "victim.py"
    program.write_text(VICTIM.replace("PORT", str(port)), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "WREN_DEBUG": "False"},
        stderr=subprocess.PIPE,
    )
    try:
        page = visit(process, f"http://127.0.0.1:{port}/")
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)

    told = [word for word in ("hunter2", "Traceback", "EVALEX") if word in page]
    assert not told, f"the attack worked: the page of a live server tells {told}"
    # nothing was served, for a reason that names the variable
    assert page or b"WREN_DEBUG" in errors
