"""Reports of what a content security policy has stopped, counted."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from step21_hardening import App, abort, current_app, request

KINDS = ("application/csp-report", "application/json")
LARGEST = 10_000  # bytes of a report
LONGEST = 200  # characters of a text

Row = tuple[str, str, str]


class Reports:
    """The extension: it counts reports, which anyone can send."""

    def __init__(
        self, app: App | None = None, url: str = "/csp-reports", size: int = 100
    ) -> None:
        self.url = url
        self.size = size
        if app is not None:
            self.init_app(app)

    def init_app(self, app: App) -> None:
        app.extensions["reports"] = Counter()
        app.add_url_rule(self.url, "csp_reports", self.take, methods=["POST"])

    def seen(self) -> list[tuple[str, str, str, int]]:
        counts: Counter[Row] = current_app.extensions["reports"]
        return [(*row, count) for row, count in counts.most_common()]

    def take(self) -> tuple[str, int]:
        request.max_content_length = LARGEST
        if request.mimetype not in KINDS:
            abort(415)
        row = row_of(request.get_json(force=True))
        counts: Counter[Row] = current_app.extensions["reports"]
        if row in counts or len(counts) < self.size:
            counts[row] += 1
        return "", 204


def row_of(data: Any) -> Row:
    report = data.get("csp-report") if isinstance(data, dict) else None
    if not isinstance(report, dict):
        abort(400, "Send a report.")
    names = ("effective-directive", "document-uri", "blocked-uri")
    texts = [report.get(name) for name in names]
    if not all(isinstance(text, str) for text in texts):
        abort(400, "A report has a directive, a document and what was blocked.")
    directive, page, blocked = texts
    return directive[:LONGEST], path_of(page)[:LONGEST], origin_of(blocked)[:LONGEST]


def path_of(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        abort(400, "The page has no URL.")


def origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        abort(400, "What was blocked has no URL.")
    if not parts.netloc:
        # a word such as `inline`, or only a scheme such as `data`
        return parts.scheme or parts.path
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}"
