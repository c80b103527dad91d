"""Whether an uploaded file runs as a page is for a browser to say."""

import threading
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import step15_uploads
from playwright.sync_api import Error
from werkzeug.serving import WSGIRequestHandler, make_server

from costrel.core.ladder import find_root
from costrel.testing.threads import join

SCRIPT = "alert('bim')"
PAGE = f"<!doctype html><title>song</title><script>{SCRIPT}</script>"
PICTURE = f'<svg xmlns="http://www.w3.org/2000/svg"><script>{SCRIPT}</script></svg>'
XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><script>{SCRIPT}</script></html>'
# the name and the content of what is uploaded
FILES = {
    "song.html": PAGE,
    "song.svg": PICTURE,
    "song.xhtml": XHTML,
    "song.js": SCRIPT,
}
# how a page of the site's own might be brought to open a file
WAYS = {
    "frame": '<iframe src="{url}"></iframe>',
    "object": '<object data="{url}"></object>',
    "embed": '<embed src="{url}">',
    "script": '<script src="{url}"></script>',
}


class Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log(self, *arguments):
        pass


def naive_step():
    path = find_root() / "tests" / "step15_uploads" / "naive.py"
    spec = spec_from_file_location("naive_uploads", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_app(package, folder, **options):
    """Make an app that gives what it has kept to whoever asks."""
    app = package.App(__name__, instance_path=str(folder))
    app.add_url_rule("/blank", "blank", lambda: "<!doctype html>")
    (folder / "songs").mkdir(exist_ok=True)
    for name, content in FILES.items():
        (folder / "songs" / name).write_text(content, encoding="utf-8")

    @app.get("/songs/<name>")
    def give(name):
        return package.send_upload("songs", name, **options)

    return app


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        join(thread)
        server.server_close()


@pytest.fixture
def visit(browser):
    """Open an address, or a page that leads there; tell whether a dialog popped."""
    page = browser.new_page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.accept()))

    def open_it(address, content=None):
        dialogs.clear()
        try:
            page.goto(address)
        except Error as error:
            # what is downloaded is no page to go to
            assert "Download is starting" in str(error)
        if content is not None:
            page.set_content(content, wait_until="load")
        page.wait_for_timeout(100)
        return bool(dialogs)

    yield open_it
    page.close()


@pytest.mark.parametrize("name", ["song.html", "song.svg", "song.xhtml"])
def test_upload_pops_a_dialog_on_the_naive_version_and_not_on_the_step_s(
    visit, tmp_path, name
):
    ran = {}
    for package in (naive_step(), step15_uploads):
        with served(make_app(package, tmp_path)) as host:
            ran[package.__name__] = visit(f"{host}/songs/{name}")

    assert ran == {"naive_uploads": True, "step15_uploads": False}


@pytest.mark.parametrize(
    ("way", "name"),
    [
        ("frame", "song.html"),
        ("frame", "song.svg"),
        ("object", "song.svg"),
        ("embed", "song.svg"),
        ("script", "song.js"),
    ],
)
def test_upload_does_not_run_inside_a_page_of_ours_either(visit, tmp_path, way, name):
    ran = {}
    for package in (naive_step(), step15_uploads):
        page = WAYS[way].format(url=f"/songs/{name}")
        with served(make_app(package, tmp_path)) as host:
            ran[package.__name__] = visit(f"{host}/blank", page)

    assert ran == {"naive_uploads": True, "step15_uploads": False}


def test_picture_that_is_shown_does_not_run(visit, tmp_path):
    options = {"as_attachment": False, "mimetype": "image/svg+xml"}

    with served(make_app(step15_uploads, tmp_path, **options)) as host:
        assert not visit(f"{host}/songs/song.svg")
