"""The exercise `fingerprint`: a URL for each state of a file."""

from hashlib import sha256
from pathlib import Path

import pytest
from exercise import fingerprint
from step12_static import App, url_for

CSS = b"h1 { color: teal }"
TAG = sha256(CSS).hexdigest()[:12]
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "secret.txt").write_text("hunter2", encoding="utf-8")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "wren.css").write_bytes(CSS)
    return tmp_path


@pytest.fixture
def app(home):
    app = App(__name__, root_path=str(home))
    app.add_url_rule("/songs", "songs", lambda: "songs")
    fingerprint(app)
    return app


def cached(app, url):
    """Return what a response says about caching it."""
    with app.test_client().get(url) as response:
        return response.headers.get("Cache-Control")


def url_of(app, endpoint="static", **values):
    with app.test_request_context():
        return url_for(endpoint, **values)


def test_url_has_the_fingerprint(app):
    assert url_of(app, filename="wren.css") == f"/static/wren.css?v={TAG}"


def test_changed_file_has_another_url(app, home):
    before = url_of(app, filename="wren.css")
    (home / "static" / "wren.css").write_bytes(b"h1 { color: crimson }")

    assert url_of(app, filename="wren.css") != before


def test_given_version_stays(app):
    assert url_of(app, filename="wren.css", v="7") == "/static/wren.css?v=7"


def test_other_urls_stay_as_they_are(app):
    assert url_of(app, filename="wren.css").endswith(TAG)
    assert url_of(app, filename="none.css") == "/static/none.css"
    assert url_of(app, "songs") == "/songs"


def test_file_with_its_fingerprint_is_kept_for_a_year(app):
    assert cached(app, url_of(app, filename="wren.css")) == FOREVER


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789ab"])
def test_file_without_it_is_asked_for_again(app, query):
    assert cached(app, f"/static/wren.css?v={TAG}") == FOREVER
    assert cached(app, f"/static/wren.css{query}") == "no-cache"


def test_missing_file_is_not_kept(app):
    assert cached(app, f"/static/wren.css?v={TAG}") == FOREVER
    assert cached(app, f"/static/none.css?v={TAG}") != FOREVER


def test_page_is_not_kept_because_of_its_query(app):
    assert cached(app, f"/static/wren.css?v={TAG}") == FOREVER
    assert cached(app, f"/songs?v={TAG}") is None


def test_content_is_read_once(app, monkeypatch):
    reads = []
    read_bytes, open_ = Path.read_bytes, Path.open

    def noted(function):
        def call(path, *arguments, **options):
            reads.append(path)
            return function(path, *arguments, **options)

        return call

    monkeypatch.setattr(Path, "read_bytes", noted(read_bytes))
    monkeypatch.setattr(Path, "open", noted(open_))
    urls = {url_of(app, filename="wren.css") for _ in range(20)}

    assert urls == {f"/static/wren.css?v={TAG}"}
    # `read_bytes` may call `open`
    assert len(reads) <= 2


def test_name_that_leads_out_has_no_fingerprint(app):
    assert "v=" in url_of(app, filename="wren.css")
    assert "v=" not in url_of(app, filename="../secret.txt")
