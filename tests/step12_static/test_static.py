"""What step 12 promises: the files of one folder, below one path."""

import os
from functools import partial
from pathlib import Path

import pytest
from step12_static import (
    App,
    render_template_string,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.http import parse_options_header
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import BuildError
from werkzeug.test import Client

CSS = "h1 { color: teal }"


@pytest.fixture
def home(tmp_path):
    """Make the folder of an app: code, and a style sheet in `static`."""
    (tmp_path / "shop.py").write_text("PASSWORD = 'hunter2'", encoding="utf-8")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "wren.css").write_text(CSS, encoding="utf-8")
    return tmp_path


def app_in(home, **options):
    return App(__name__, root_path=str(home), **options)


def visitor(app):
    """Return a function that requests a path, reads the answer and closes it."""
    return partial(app.test_client().open, buffered=True)


def test_file_of_the_static_folder_is_sent(home):
    response = visitor(app_in(home))("/static/wren.css")

    assert (response.status_code, response.text) == (200, CSS)
    assert response.mimetype == "text/css"


def test_file_in_a_folder_below_is_sent(home):
    (home / "static" / "fonts").mkdir()
    (home / "static" / "fonts" / "a.txt").write_text("A", encoding="utf-8")

    assert visitor(app_in(home))("/static/fonts/a.txt").text == "A"


def test_file_may_have_any_name(home):
    (home / "static" / "Zürich, 1 %.txt").write_text("quay", encoding="utf-8")

    response = visitor(app_in(home))("/static/Z%C3%BCrich,%201%20%25.txt")

    assert response.text == "quay"


@pytest.mark.parametrize("name", ["none.css", "wren.css/x", "fonts", "fonts/"])
def test_what_is_no_file_is_not_found(home, name):
    (home / "static" / "fonts").mkdir()
    get = visitor(app_in(home))

    assert get("/static/wren.css").status_code == 200
    assert get(f"/static/{name}").status_code == 404


def test_folder_is_not_listed(home):
    get = visitor(app_in(home))

    assert get("/static/wren.css").status_code == 200
    assert get("/static/").status_code == 404


def test_missing_file_has_the_app_s_own_page(home):
    app = app_in(home)
    app.register_error_handler(404, lambda error: (f"Lost: {request.endpoint}", 404))

    response = visitor(app)("/static/none.css")

    assert (response.status_code, response.text) == (404, "Lost: static")


def test_static_file_is_only_read(home):
    response = visitor(app_in(home))("/static/wren.css", method="POST")

    assert response.status_code == 405
    assert set(response.allow) == {"GET", "HEAD", "OPTIONS"}


def test_hooks_surround_static_files_too(home):
    app = app_in(home)
    seen = []
    app.before_request(lambda: seen.append(request.view_args))

    @app.after_request
    def sign(response):
        response.headers["X-Signed"] = "yes"
        return response

    response = visitor(app)("/static/wren.css")

    assert seen == [{"filename": "wren.css"}]
    assert response.headers["X-Signed"] == "yes"


def test_folder_s_name_is_the_path(home):
    (home / "static").rename(home / "pictures")
    app = app_in(home, static_folder="pictures")

    assert visitor(app)("/pictures/wren.css").text == CSS
    assert visitor(app)("/static/wren.css").status_code == 404


@pytest.mark.parametrize("folder", ["web/built", "web/built/", Path("web", "built")])
def test_last_name_of_a_folder_is_the_path(home, folder):
    (home / "web").mkdir()
    (home / "static").rename(home / "web" / "built")

    get = visitor(app_in(home, static_folder=folder))

    assert get("/built/wren.css").text == CSS


def test_static_folder_may_be_anywhere(home, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("cdn")
    (elsewhere / "a.txt").write_text("A", encoding="utf-8")

    app = app_in(home, static_folder=str(elsewhere))

    assert visitor(app)(f"/{elsewhere.name}/a.txt").text == "A"


@pytest.mark.parametrize("path", ["/files/v1", "/files/v1/"])
def test_path_may_be_chosen(home, path):
    get = visitor(app_in(home, static_url_path=path))

    assert get("/files/v1/wren.css").text == CSS
    assert get("/static/wren.css").status_code == 404


@pytest.mark.parametrize("path", ["", "/"])
def test_files_at_the_root_leave_the_views_theirs(home, path):
    app = app_in(home, static_url_path=path)
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/guests", "guests", lambda: "guests")
    get = visitor(app)

    assert get("/wren.css").text == CSS
    assert (get("/").text, get("/guests").text) == ("index", "guests")
    assert get("/shop.py").status_code == 404


@pytest.mark.optional
def test_path_without_a_slash_is_refused(home):
    with pytest.raises(ValueError, match="slash"):
        app_in(home, static_url_path="files")


def test_app_knows_folder_and_path(home):
    app = app_in(home, static_folder="web/built")

    assert Path(app.static_folder) == home / "web" / "built"
    assert app.static_url_path == "/built"


def test_folder_may_be_made_later(home):
    app = app_in(home, static_folder="later")
    (home / "later").mkdir()
    (home / "later" / "a.txt").write_text("A", encoding="utf-8")

    assert visitor(app)("/later/a.txt").text == "A"


def test_app_without_static_folder_has_no_route(home):
    app = app_in(home, static_folder=None)
    app.config["SERVER_NAME"] = "wren.example"

    assert app.static_folder is None and app.static_url_path is None
    assert visitor(app)("/static/wren.css").status_code == 404
    with app.app_context(), pytest.raises(BuildError):
        url_for("static", filename="wren.css")


def test_path_without_a_folder_is_kept(home):
    """A subclass or an extension may serve files of its own below it."""
    app = app_in(home, static_folder=None, static_url_path="/files")

    assert app.static_url_path == "/files"


@pytest.mark.optional
def test_app_without_static_folder_says_so(home):
    app = app_in(home, static_folder=None)

    with app.test_request_context(), pytest.raises(RuntimeError, match="static_folder"):
        app.send_static_file("wren.css")


def test_static_file_can_be_a_page(home):
    app = app_in(home)
    app.route("/style")(lambda: app.send_static_file("wren.css"))

    assert visitor(app)("/style").text == CSS


@pytest.mark.differs(
    "Flask serves any folder, also the one with the code in it", safer=True
)
@pytest.mark.parametrize("folder", [".", "", "..", "static/.."])
def test_folder_of_the_code_is_not_static(home, folder):
    with pytest.raises(ValueError, match=r"(?i)static.folder"):
        app_in(home, static_folder=folder)


def test_url_of_a_static_file(home):
    app = app_in(home)

    with app.test_request_context("/songs/2"):
        assert url_for("static", filename="wren.css") == "/static/wren.css"
        assert url_for("static", filename="fonts/a b.css") == "/static/fonts/a%20b.css"
        url = url_for("static", filename="wren.css", v="2")
    assert url == "/static/wren.css?v=2"


def test_url_of_a_static_file_outside_a_request(home):
    app = app_in(home, static_url_path="/files")
    app.config["SERVER_NAME"] = "wren.example"

    with app.app_context():
        url = url_for("static", filename="wren.css")

    assert url == "http://wren.example/files/wren.css"


def test_url_of_a_file_finds_the_file(home):
    (home / "static" / "Zürich & 1+1").mkdir()
    name = "Zürich & 1+1/#%41;x.txt"
    (home / "static" / name).write_text("quay", encoding="utf-8")
    app = app_in(home)

    with app.test_request_context():
        url = url_for("static", filename=name)

    assert visitor(app)(url).text == "quay"


def test_template_links_a_static_file_where_the_app_is_mounted(home):
    app = app_in(home)
    link = """<link href="{{ url_for("static", filename="wren.css") }}">"""
    app.route("/")(lambda: render_template_string(link))
    mounted = DispatcherMiddleware(App(__name__), {"/shop": app.wsgi_app})
    get = partial(Client(mounted).open, buffered=True)

    assert get("/shop/").text == '<link href="/shop/static/wren.css">'
    assert get("/shop/static/wren.css").text == CSS


def test_directory_of_a_view_begins_at_the_root_path(home):
    (home / "press").mkdir()
    (home / "press" / "kit.txt").write_text("kit", encoding="utf-8")
    app = app_in(home)

    @app.route("/press/<path:name>")
    def press(name):
        return send_from_directory("press", name, as_attachment=True)

    response = visitor(app)("/press/kit.txt")

    assert response.text == "kit"
    disposition = parse_options_header(response.headers["Content-Disposition"])
    assert disposition == ("attachment", {"filename": "kit.txt"})
    assert visitor(app)("/press/none.txt").status_code == 404


def test_path_from_a_visitor_may_be_an_object(home):
    app = app_in(home)
    app.route("/")(lambda: send_from_directory(Path("static"), Path("wren.css")))

    assert visitor(app)("/").text == CSS


def test_link_within_the_folder_is_followed(home):
    link = home / "static" / "latest.css"
    try:
        link.symlink_to("wren.css")
    except OSError:
        pytest.skip("this system makes no links for us")

    assert visitor(app_in(home))("/static/latest.css").text == CSS


def test_static_folder_may_be_a_link(home, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("release")
    (elsewhere / "a.txt").write_text("A", encoding="utf-8")
    try:
        (home / "current").symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links for us")

    get = visitor(app_in(home, static_folder="current"))

    assert get("/current/a.txt").text == "A"


def looks(monkeypatch, home):
    """Send the style sheet of an app; count how often a path is asked what it is."""
    counted = []
    with monkeypatch.context() as patch:
        for name in ("lstat", "readlink", "stat"):
            ask = getattr(os, name)
            patch.setattr(
                os, name, lambda *a, ask=ask, **o: counted.append(a) or ask(*a, **o)
            )
        response = visitor(app_in(home))("/static/wren.css")
    assert response.text == CSS
    return len(counted)


@pytest.mark.optional
def test_depth_of_the_folder_costs_nothing(home, monkeypatch):
    deep = home / "a" / "b" / "c" / "d" / "e" / "f" / "g" / "h"
    (deep / "static").mkdir(parents=True)
    (deep / "static" / "wren.css").write_text(CSS, encoding="utf-8")
    # what happens only once, happens here
    looks(monkeypatch, home)

    assert looks(monkeypatch, deep) == looks(monkeypatch, home)
