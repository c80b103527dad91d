"""Breadcrumbs: cut the path, ask the map what is there, build its URL."""

from collections.abc import Iterator

from step08_urls import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect


def paths_above(path: str) -> Iterator[str]:
    """Return the path of each folder above, the topmost first, without its slash."""
    parts = path.rstrip("/").split("/")
    for length in range(1, len(parts)):
        yield "/".join(parts[:length]) or "/"


def page_at(path: str) -> tuple[str, str] | None:
    """Return endpoint and URL of the page at a path, with its rule's slash, if any."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, values = adapter.match(path, "GET")
    except RequestRedirect:
        return page_at(path + "/")
    except HTTPException:
        return None
    return endpoint, url_for(endpoint, **values)


def breadcrumbs() -> list[tuple[str, str]]:
    """Return endpoint and URL of each page above the current one, the topmost first."""
    pages = (page_at(path) for path in paths_above(request.path))
    return [page for page in pages if page]
