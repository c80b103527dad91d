"""Serve the built site on localhost, and let open pages reload when it changes."""

import mimetypes
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

from costrel.core.calls import typed
from costrel.core.ladder import Problem

CHANGES = "/-/changes"
# a page asks, and the answer waits until something changed or this time is over
PATIENCE = 20.0
SCRIPT = (
    "<script>(async()=>{{let seen={version};for(;;)try{{"
    "const answer=await fetch('{address}?since='+seen+"
    "'&page='+encodeURIComponent(location.pathname));"
    "const [version,page]=(await answer.text()).split(' ');"
    "if(page!='{page}')location.reload();seen=version"
    "}}catch{{await new Promise(done=>setTimeout(done,1000))}}}})()</script>"
)


class Version:
    """Counts the builds; a request can wait for the next one."""

    def __init__(self) -> None:
        self.number = 1
        self.changed = threading.Condition()

    def advance(self) -> None:
        with self.changed:
            self.number += 1
            self.changed.notify_all()

    def after(self, seen: int) -> int:
        """Wait for a build after the one that was seen; return the newest."""
        with self.changed:
            self.changed.wait_for(lambda: self.number > seen, PATIENCE)
            return self.number


class Handler(SimpleHTTPRequestHandler):
    """Sends files of the site; its pages get the script that waits for changes."""

    protocol_version = "HTTP/1.1"
    # Windows takes these from its registry, where other programs change them
    extensions_map = mimetypes.types_map | {
        ".js": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
        ".html": "text/html; charset=utf-8",
        ".json": "application/json",
        "": "application/octet-stream",
    }

    def __init__(self, *arguments: object, version: Version, folder: Path) -> None:
        self.version = version
        super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == CHANGES:
            self.tell_changes(parse_qs(url.query))
            return
        path = self.page(url.path)
        if path.suffix == ".html" and path.is_file():
            self.answer(self.with_script(path), "text/html; charset=utf-8")
            return
        super().do_GET()

    def tell_changes(self, query: dict[str, list[str]]) -> None:
        """Wait for the next build; tell its number and what the page is now."""
        seen = query.get("since", ["0"])[0]
        number = self.version.after(int(seen) if seen.isdecimal() else 0)
        path = self.page(query.get("page", ["/"])[0])
        self.answer(f"{number} {fingerprint(path)}".encode(), "text/plain")

    def page(self, address: str) -> Path:
        """Find the file of a page."""
        path = Path(self.translate_path(address))
        return path / "index.html" if path.is_dir() and address[-1:] == "/" else path

    def with_script(self, path: Path) -> bytes:
        script = SCRIPT.format(
            version=self.version.number, address=CHANGES, page=fingerprint(path)
        )
        return path.read_bytes().replace(b"</body>", script.encode() + b"</body>")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the terminal is for builds."""


def fingerprint(path: Path) -> str:
    """Sum up a page, to see whether it changed."""
    return f"{crc32(path.read_bytes()):x}" if path.is_file() else "none"


class PageServer(ThreadingHTTPServer):
    """A server that a closed browser tab does not disturb."""

    daemon_threads = True
    # on Windows this option would let two programs share a port
    allow_reuse_address = os.name != "nt"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the browser went away before its answer was sent."""


def open_server(folder: Path, port: int, version: Version) -> PageServer:
    """Listen on localhost; raises `Problem` if the port is taken."""
    handler = partial(Handler, version=version, folder=folder)
    try:
        return PageServer(("127.0.0.1", port), handler)
    except PermissionError:
        raise Problem(
            f"Port {port} may not be used: choose one above 1023, such as"
            f" `{typed('read')} --port 8080`."
        ) from None
    except OSError:
        other = port + 1 if port < 65535 else 8000
        raise Problem(
            f"Port {port} is in use: choose another,"
            f" such as `{typed('read')} --port {other}`."
        ) from None
