"""A browser, the built site, and a server of it."""

import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from costrel.core.ladder import find_root
from costrel.testing.threads import join

ROOT = find_root()
# a container has no user for the sandbox; the others keep the browser from asking
# its maker for updates
ARGUMENTS = [
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-features=AutofillServerCommunication",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
FIREFOX = ("firefox-esr", "firefox")


def lacking(what: str) -> None:
    """Skip for want of a program, except where the tests must not be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and this is CI, where it must be")
    pytest.skip(f"{what}: the site is not looked at in a browser")


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        lacking(f"none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def firefox_path() -> str:
    path = next(filter(None, map(shutil.which, FIREFOX)), None)
    if path is None:
        lacking("Firefox is not installed")
    return path


def has_node() -> bool:
    """Return whether what runs in the browser can be built."""
    from costrel.browser import node

    try:
        node.check()
    except node.MissingError:
        return False
    return True


@pytest.fixture(scope="session")
def folder() -> Path:
    """Build the book's site as `costrel read --with-browser` does, if Node is here."""
    pytest.importorskip("mkdocs", reason="the site is not built without mkdocs")
    from costrel.site.build import Site

    site = Site(ROOT, in_browser=has_node())
    if not site.is_fresh(site.write()):
        # broken links are found by `costrel read --build`, with better words
        site.build(strict=False)
    return site.pages


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """Serve the site; give its address."""
    from costrel.site.server import Version, open_server

    server = open_server(folder, 0, Version())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def pages(folder: Path) -> list[str]:
    """List the addresses of all pages; JupyterLite's are not ours."""
    found = sorted(path.relative_to(folder) for path in folder.rglob("*.html"))
    return [f"/{path.as_posix()}" for path in found if path.parts[0] != "lite"]


@pytest.fixture(scope="session")
def in_browser(folder: Path) -> None:
    """Want what runs in the browser, which is not built without Node."""
    if not (folder / "pyodide").is_dir():
        lacking("Node and npm are not installed")


class Outside(ThreadingHTTPServer):
    """The only way out for a browser: it writes down who was asked, and refuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusal)
        self.asked: list[str] = []


class Refusal(BaseHTTPRequestHandler):
    """Refuses what a browser asks of a proxy."""

    server: Outside

    def refuse(self) -> None:
        self.server.asked.append(self.path)
        self.send_error(502)

    do_GET = do_POST = do_HEAD = do_OPTIONS = do_CONNECT = refuse  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the test reads the list."""


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """Be the proxy of a browser."""
    proxy = Outside()
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield proxy
    proxy.shutdown()
    proxy.server_close()


@pytest.fixture(scope="module")
def sealed(browser, outside):
    """A context of the browser that reaches this machine, and no other."""
    server = f"http://127.0.0.1:{outside.server_port}"
    context = browser.new_context(proxy={"server": server, "bypass": "127.0.0.1"})
    yield context
    context.close()


@pytest.fixture
def alone(sealed, outside):
    """The same; a request to anywhere but here fails the test."""
    outside.asked.clear()
    yield sealed
    for page in sealed.pages:
        page.close()
    assert outside.asked == []


@pytest.fixture
def open_page(browser, address):
    """Open a page in a window of some width and colour scheme."""
    contexts = []

    def open_it(path: str, width: int = 1280, scheme: str = "light"):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser, wren):
    """Open the launch page, which a test file serves as `wren`, as a new visitor."""
    contexts = []

    def open_it(**options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.goto(wren)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def serve():
    """Return a function that serves an app on a port of its own."""
    servers = []

    def start(app):
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return server.server_port

    yield start
    for server, thread in servers:
        server.shutdown()
        join(thread)
        server.server_close()
