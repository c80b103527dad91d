"""What step 12 promises: no name leads out of the folder."""

import threading
from functools import partial
from http.client import HTTPConnection
from urllib.parse import quote, unquote
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from step12_static import App, request, send_from_directory

from costrel.testing.threads import join

PATIENCE = 15  # seconds
SECRET = "hunter2"


class Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log_message(self, *arguments):
        pass


# what follows /static/ in the request; SECRET_FILE is the absolute path
NAMES = [
    "../secret.txt",
    "../static/../secret.txt",
    "fonts/../../secret.txt",
    "./../secret.txt",
    ".//..//secret.txt",
    "....//secret.txt",
    "..././secret.txt",
    ".../secret.txt",
    "../../../../../../../../etc/passwd",
    "%2e%2e/secret.txt",
    "%2E%2E%2Fsecret.txt",
    "..%2fsecret.txt",
    ".%2e/secret.txt",
    "%252e%252e%252fsecret.txt",
    "..%252fsecret.txt",
    "..%c0%afsecret.txt",
    "%c0%ae%c0%ae/secret.txt",
    "%u002e%u002e/secret.txt",
    "..%ef%bc%8fsecret.txt",
    "%ef%bc%8e%ef%bc%8e/secret.txt",
    "..%5csecret.txt",
    "..\\secret.txt",
    "%5c..%5csecret.txt",
    "..%5c/secret.txt",
    "..;/secret.txt",
    "..%00/secret.txt",
    "wren.css%00",
    "%00../secret.txt",
    "../secret.txt%00.css",
    "SECRET_FILE",
    "/SECRET_FILE",
    "%2FSECRET_FILE",
    "%2F%2FSECRET_FILE",
    "file:SECRET_FILE",
    "file%3A%2F%2FSECRET_FILE",
    "~/secret.txt",
    "C:/Windows/win.ini",
    "C:%5CWindows%5Cwin.ini",
    "C:secret.txt",
    "%5c%5clocalhost%5cC$%5cWindows%5cwin.ini",
    "//localhost/C$/Windows/win.ini",
    "%5c%5c?%5cC:%5cWindows%5cwin.ini",
    "../secret.txt::$DATA",
    "CON",
    "con.css",
    "NUL",
    "nul%20.txt",
    "fonts/AUX",
    "COM1:",
    "LPT%C2%B9.txt",
    "proc/self/environ",
    "a" * 300,
    "a/" * 2500 + "a",
    "../" + "a" * 5000,
    "..",
    "../",
    ".",
    "fonts/..",
]


def behind(name, home):
    """Fill in where the secret is, without the slash that it begins with."""
    secret = (home / "secret.txt").as_posix().lstrip("/")
    return name.replace("SECRET_FILE", quote(secret))


def make_home(home):
    """Make the folder of an app, with a secret beside the static files."""
    (home / "static" / "fonts").mkdir(parents=True)
    (home / "secret.txt").write_text(SECRET, encoding="utf-8")
    (home / "static" / "wren.css").write_text("h1 {}", encoding="utf-8")
    return home


def make_app(home):
    app = App(__name__, root_path=str(home))

    @app.route("/press")
    def press():
        return send_from_directory("static", request.args["name"])

    return app


def visitor(app):
    """Return a function that requests a path, reads the answer and closes it."""
    return partial(app.test_client().open, buffered=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def server(home):
    """Serve the app over HTTP and yield the port."""
    with make_server("127.0.0.1", 0, make_app(home), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        join(thread)


def fetch(port, path):
    """Ask for a path as it is: no browser in between that tidies it up."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:40])
def test_no_name_leads_out_over_http(server, home, name):
    assert fetch(server, "/static/wren.css") == (200, "h1 {}")

    status, page = fetch(server, f"/static/{behind(name, home)}")

    # a redirect would only tidy slashes; a server may refuse the line itself
    assert status in (404, 308, 400, 414)
    assert SECRET not in page


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:40])
def test_no_name_leads_out_of_a_view_s_directory(home, name):
    get = visitor(make_app(home))
    visit = {"name": unquote(behind(name, home))}

    assert get("/press?name=wren.css").status_code == 200
    assert get("/press", query_string=visit).status_code == 404


def test_absolute_name_is_refused(home):
    get = visitor(make_app(home))

    assert get("/press?name=wren.css").status_code == 200
    visit = {"name": str(home / "secret.txt")}
    assert get("/press", query_string=visit).status_code == 404


def test_folder_with_the_same_beginning_is_another(home):
    (home / "static-old").mkdir()
    (home / "static-old" / "a.txt").write_text(SECRET, encoding="utf-8")
    get = visitor(make_app(home))

    assert get("/static/wren.css").status_code == 200
    assert get("/static/../static-old/a.txt").status_code == 404
    assert get("/static-old/a.txt").status_code == 404


@pytest.fixture
def linked(tmp_path):
    """Make a home whose static folder has links that lead out."""
    home = make_home(tmp_path / "shop")
    static = home / "static"
    try:
        (static / "file").symlink_to(home / "secret.txt")
        (static / "folder").symlink_to(home, target_is_directory=True)
        (static / "detour").symlink_to("folder", target_is_directory=True)
        (static / "nowhere").symlink_to("none")
        (static / "loop").symlink_to("loop")
    except OSError:
        pytest.skip("this system makes no links for us")
    return home


@pytest.mark.differs("Flask follows links out of the folder", safer=True)
@pytest.mark.parametrize("name", ["file", "folder/secret.txt", "detour/secret.txt"])
def test_link_that_leads_out_is_not_found(linked, name):
    get = visitor(make_app(linked))

    assert get("/static/wren.css").status_code == 200
    assert get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("name", ["nowhere", "loop"])
def test_link_that_leads_nowhere_is_not_found(linked, name):
    get = visitor(make_app(linked))

    assert get("/static/wren.css").status_code == 200
    assert get(f"/static/{name}").status_code == 404
