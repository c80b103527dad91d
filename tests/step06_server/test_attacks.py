"""The danger of step 6: a debugger that runs a stranger's code."""

import os
import re
import socket
import subprocess
import sys
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

PATIENCE = 15  # seconds

VICTIM = """
from step06_server import App

app = App(__name__)

@app.route("/")
def index():
    return 1 / 0

app.run(host="0.0.0.0", port=PORT, debug=True)
"""


def fetch(url):
    """Return the page that a visitor gets, whatever its status."""
    request = Request(url, headers={"Host": "localhost"})
    try:
        with urlopen(request, timeout=PATIENCE) as response:
            return response.read().decode()
    except HTTPError as error:
        return error.read().decode()


def fetch_from(process, url):
    """Wait for the server, then fetch."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            return fetch(url)
        except (URLError, ConnectionError):
            assert process.poll() is None, "the victim ended"
            assert monotonic() < deadline, "the victim does not answer"
            sleep(0.05)


def run_code(page, url, code):
    """Make the debugger of an error page evaluate code; the page holds the key."""
    secret = re.search('SECRET = "([^"]+)"', page)
    frame = re.search(r'id="frame-(\d+)"', page)
    if not (secret and frame):
        return page
    query = {"__debugger__": "yes", "cmd": code, "frm": frame[1], "s": secret[1]}
    return fetch(f"{url}/?{urlencode(query)}")


@pytest.mark.attack
@pytest.mark.differs("Flask starts its debugger on every host", safer=True)
def test_stranger_cannot_run_code(tmp_path):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    program = tmp_path / "victim.py"
    program.write_text(VICTIM.replace("PORT", str(port)), encoding="utf-8")
    environ = {**os.environ, "WERKZEUG_DEBUG_PIN": "off"}
    process = subprocess.Popen([sys.executable, str(program)], env=environ)
    try:
        answer = run_code(fetch_from(process, url), url, "6 * 7000")
    finally:
        process.terminate()
        process.wait(PATIENCE)

    assert "42000" not in answer, "the attack worked: a stranger's code ran here"
