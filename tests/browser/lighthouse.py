"""Ask Lighthouse, as on a phone: `python tests/browser/lighthouse.py [PAGE]...`.

Wants Node and `npm ci`, which installs Lighthouse as it is locked. It takes half a
minute a page, so it stands apart from the browser's tests. Ends with 1 if a score is
below the aim.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from costrel.browser import node
from costrel.core.ladder import find_root
from costrel.site.build import Site

AIM = 95
PAGES = (
    "index.html",
    "01-wsgi.html",
    "13-sessions.html",
    "changes/03-routing.html",
    "code/13-sessions.html",
    "tests/13-sessions.html",
    "notebooks/01-wsgi.html",
    "reference.html",
    "reference/app.html",
    "flask/part-ii.html",
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
CHROME = "--headless=new --no-sandbox --disable-gpu"
ROOT = find_root()


class Handler(SimpleHTTPRequestHandler):
    """Sends text compressed, as every host of static sites does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".css", ".js", ".json", ".svg", ".xml"):
            super().do_GET()
            return
        if not path.is_file():
            self.send_error(404)
            return
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", f"{self.guess_type(path)}; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the scores are what is asked for."""


def command(url: str, report: Path) -> list[str]:
    modules = ROOT / "node_modules"
    node = shutil.which("node", path=str(modules / ".bin")) or "node"
    script = modules / "lighthouse" / "cli" / "index.js"
    if not script.is_file():
        sys.exit("Lighthouse is not installed: run `npm ci`.")
    return [
        node,
        str(script),
        url,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--chrome-flags={CHROME}",
        f"--only-categories={','.join(CATEGORIES)}",
    ]


def scores(url: str) -> dict[str, int]:
    """Let Lighthouse look at one page."""
    chrome = os.environ.get("CHROME_PATH") or shutil.which("chromium")
    if not chrome:
        sys.exit("Chromium is not installed; or name it in CHROME_PATH.")
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        environment = os.environ | {"CHROME_PATH": chrome}
        subprocess.run(command(url, report), env=environment, check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["categories"]
    return {name: round(100 * found[name]["score"]) for name in CATEGORIES}


def main(pages: list[str]) -> None:
    node.check()
    site = Site(ROOT, in_browser=True)
    if not site.is_fresh(site.write()):
        site.build(strict=False)
    handler = partial(Handler, directory=str(site.pages))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        low = False
        for page in pages:
            found = scores(f"http://127.0.0.1:{server.server_port}/{page}")
            words = ", ".join(f"{name} {score}" for name, score in found.items())
            print(f"{page}: {words}", flush=True)
            low = low or min(found.values()) < AIM
        server.shutdown()
    if low:
        sys.exit(f"The aim is {AIM} in each.")


if __name__ == "__main__":
    main(sys.argv[1:] or list(PAGES))
