"""The exercise `nonce`: only scripts that carry this page's number may run."""

import re

import pytest
from exercise import protect
from step11_templating import App, abort, render_template_string

SCRIPT = '<script nonce="{{ csp_nonce() }}">ring()</script>'
HEADER = "Content-Security-Policy"


@pytest.fixture
def client():
    app = App(__name__)
    protect(app)
    app.add_url_rule("/", "index", lambda: render_template_string(SCRIPT))
    app.add_url_rule("/twice", "twice", lambda: render_template_string(2 * SCRIPT))
    app.add_url_rule("/plain", "plain", lambda: "<p>No script here</p>")
    app.add_url_rule("/gone", "gone", lambda: abort(410))
    app.add_url_rule("/own", "own", lambda: ("own", {HEADER: "default-src 'self'"}))
    app.errorhandler(404)(lambda error: (render_template_string(SCRIPT), 404))
    return app.test_client()


def nonces(page):
    return re.findall('nonce="([^"]*)"', page)


def allowed(response):
    return re.findall("'nonce-([^']*)'", response.headers[HEADER])


def test_header_names_the_nonce_of_the_page(client):
    response = client.get("/")

    assert nonces(response.text) == allowed(response)
    assert len(allowed(response)) == 1


def test_header_closes_the_ways_around_it(client):
    header = client.get("/").headers[HEADER]
    rules = [rule.strip() for rule in header.split(";")]

    assert rules[0].startswith("script-src 'nonce-")
    assert "object-src 'none'" in rules
    assert "base-uri 'none'" in rules
    assert "unsafe" not in header


def test_two_scripts_of_a_page_have_the_same_nonce(client):
    response = client.get("/twice")

    first, second = nonces(response.text)
    assert [first] == [second] == allowed(response)


def test_each_request_has_its_own(client):
    found = {nonces(client.get("/").text)[0] for _ in range(50)}

    assert len(found) == 50


def test_nonce_is_long_and_needs_no_escaping(client):
    for _ in range(20):
        assert re.fullmatch("[A-Za-z0-9_-]{22,}", nonces(client.get("/").text)[0])


def test_page_without_a_script_allows_none(client):
    assert client.get("/plain").headers[HEADER].startswith("script-src 'none'")


@pytest.mark.parametrize(("path", "status"), [("/gone", 410), ("/lost", 404)])
def test_error_pages_are_protected_too(client, path, status):
    response = client.get(path)

    assert response.status_code == status
    assert nonces(response.text) == allowed(response)
    assert "script-src" in response.headers[HEADER]


def test_view_may_have_its_own_policy(client):
    assert client.get("/own").headers[HEADER] == "default-src 'self'"


def test_two_apps_can_be_protected(client):
    other = App("other")
    protect(other)
    other.add_url_rule("/", "index", lambda: render_template_string(SCRIPT))

    response = other.test_client().get("/")

    assert nonces(response.text) == allowed(response)
