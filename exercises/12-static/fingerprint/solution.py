"""URLs that change with the file, so that the file may be kept for a year."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from step12_static import App, Response, request
from werkzeug.security import safe_join

YEAR = 365 * 24 * 60 * 60  # seconds


@lru_cache(maxsize=1024)
def digest(file: Path, changed: int, size: int) -> str:
    """Return a hash of a file's content, cached until its time or size changes."""
    return sha256(file.read_bytes()).hexdigest()[:12]


def version_of(app: App, filename: str) -> str | None:
    """Return a static file's fingerprint, or None if there's no such file."""
    path = safe_join(app.static_folder or "", filename)
    if path is None or not Path(path).is_file():
        return None
    state = Path(path).stat()
    return digest(Path(path), state.st_mtime_ns, state.st_size)


def fingerprint(app: App) -> None:
    """Put fingerprints into the URLs of static files, and let browsers keep them."""

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            version = version_of(app, values["filename"])
            if version is not None:
                values["v"] = version

    @app.after_request
    def keep_for_a_year(response: Response) -> Response:
        values = request.view_args or {}
        if request.endpoint == "static":
            version = version_of(app, values["filename"])
            if version is not None and request.args.get("v") == version:
                lifetime = f"public, max-age={YEAR}, immutable"
                response.headers["Cache-Control"] = lifetime
        return response
