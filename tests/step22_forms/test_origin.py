"""Whose page sent a request: what browsers say."""

import pytest
from step22_forms import App
from step22_forms.security import CSRFProtect

OURS = "https://wren.example"


@pytest.fixture
def app():
    """Return a protected app whose only view needs no token."""
    app = App(__name__)
    app.testing = True
    app.secret_key = "not a secret"
    csrf = CSRFProtect(app)
    app.post("/")(csrf.exempt(lambda: "changed"))
    app.get("/", endpoint="read")(lambda: "read")
    return app


def send(app, site=None, origin=None, base_url=OURS, method="POST"):
    """Return the status of the answer to a browser's request."""
    headers = {"Sec-Fetch-Site": site, "Origin": origin}
    given = {name: value for name, value in headers.items() if value is not None}
    client = app.test_client()
    return client.open("/", method=method, base_url=base_url, headers=given).status_code


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_may_send(app, site):
    assert send(app, site) == 200
    assert send(app, site, OURS) == 200
    # as browsers send it from a page with `Referrer-Policy: no-referrer`
    assert send(app, site, "null") == 200


@pytest.mark.parametrize(
    "site", ["cross-site", "same-site", "", "Same-Origin", "same-origin, cross-site"]
)
def test_another_page_may_not(app, site):
    assert send(app, site) == 403
    assert send(app, site, "https://evil.example") == 403


def test_another_page_may_ask(app):
    assert send(app, "cross-site", "https://evil.example", method="GET") == 200


def test_client_that_is_no_browser_may_send(app):
    assert send(app) == 200


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        (OURS, OURS),
        ("https://wren.example:443", OURS),
        ("http://wren.example", "http://wren.example"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://xn--zrich-kva.example", "https://xn--zrich-kva.example"),
    ],
)
def test_older_browser_names_the_origin(app, base_url, origin):
    assert send(app, None, origin, base_url) == 200


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://wren.example",
        "https://wren.example:8443",
        "https://wren.example.evil.example",
        "https://evil.example/https://wren.example",
        "https://evilwren.example",
        "https://evil@wren.example",
        "https://www.wren.example",
        "https://WREN.example",
        "wren.example",
        "https://wren.example/",
        "https://wren.example, https://evil.example",
    ],
)
def test_older_browser_names_another_origin(app, origin):
    assert send(app, None, origin) == 403


@pytest.mark.parametrize("site", [None, "cross-site", "same-site"])
def test_other_origin_may_be_trusted(app, site):
    app.config["CSRF_TRUSTED_ORIGINS"] = ["https://pay.example"]

    assert send(app, site, "https://pay.example") == 200
    for origin in ("http://pay.example", "https://evil.pay.example", "https://pay", ""):
        assert send(app, "cross-site", origin) == 403
    assert send(app, "cross-site") == 403


def test_trusted_origins_are_a_list(app):
    app.config["CSRF_TRUSTED_ORIGINS"] = "https://pay.example"

    with pytest.raises(RuntimeError, match="make it a list"):
        send(app, "cross-site", "https://pay")
