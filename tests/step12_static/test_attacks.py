"""The danger of step 12: a path that leaves the folder of public files."""

import threading
from http.client import HTTPConnection
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from step12_static import App

from costrel.testing.threads import join

PATIENCE = 15  # seconds
SECRET = "hunter2"


class Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log_message(self, *arguments):
        pass


@pytest.fixture
def home(tmp_path):
    """Make a shop whose settings are beside its static files."""
    code = f"PASSWORD = {SECRET!r}"
    (tmp_path / "settings.py").write_text(code, encoding="utf-8")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "wren.css").write_text("h1 {}", encoding="utf-8")
    return tmp_path


def steal(app, path):
    """Ask a server for a path as it is: no browser in between that tidies it up."""
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()
            server.shutdown()
            join(thread)


@pytest.mark.asvs("5.3.2")
@pytest.mark.attack
@pytest.mark.parametrize("dots", ["../", "%2e%2e/", "..%2f", "%2E%2E%2F"])
def test_path_does_not_climb_out(home, dots):
    page = steal(App(__name__, root_path=str(home)), f"/static/{dots}settings.py")

    assert SECRET not in page, f"the attack worked: the visitor reads {page}"


@pytest.mark.attack
@pytest.mark.differs("Flask follows links out of the folder", safer=True)
def test_link_does_not_lead_out(home):
    try:
        (home / "static" / "latest").symlink_to(home, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links for us")

    page = steal(App(__name__, root_path=str(home)), "/static/latest/settings.py")

    assert SECRET not in page, f"the attack worked: the visitor reads {page}"


@pytest.mark.asvs("13.4.1")
@pytest.mark.attack
@pytest.mark.differs(
    "Flask serves any folder, also the one with the code in it", safer=True
)
def test_code_is_no_static_file(home):
    try:
        app = App(__name__, root_path=str(home), static_folder=".")
    except ValueError:
        # refused: there is no such app
        return
    pages = [steal(app, path) for path in ("/static/settings.py", "/./settings.py")]

    found = [page for page in pages if SECRET in page]
    assert not found, f"the attack worked: the visitor reads {found}"
