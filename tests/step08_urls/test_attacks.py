"""The danger of step 8: a link to our host that leads to another one."""

import re
from unicodedata import normalize
from urllib.parse import unquote

import pytest
from step08_urls import App, is_local_url, redirect, request, url_for

# what to write behind `next=`; where each leads was looked up in Chromium
PAYLOADS = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x1f//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "hTTps:evil.example",
    "h\tttps:evil.example",
    "http:evil.example",
    "http:///evil.example",
    "https:@evil.example",
    "//wren.example@evil.example",
    "//wren.example:80@evil.example",
    "//evil.example\\@wren.example",
    "//evil.example?@wren.example",
    "//evil.example#@wren.example",
    "//evil.example/wren.example",
    "//wren.example.evil.example",
    "//ⓔvil.example",
    "//evil．example",
    "//evil%2eexample",
]


def host_asked(location):
    """Return the host a browser asks when it reads a location on http://wren.example.

    As the URL standard says (https://url.spec.whatwg.org/#url-parsing): space and
    controls at the ends fall off, tabs and newlines everywhere; a backslash is a
    slash; two slashes begin a host, and behind another scheme so does anything.
    """
    text = re.sub(r"^[\x00-\x20]+|[\x00-\x20]+$|[\t\r\n]", "", location)
    scheme, rest = re.fullmatch(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)", text).groups()
    if scheme is None or scheme.lower() == "http":
        match = re.match(r"[/\\]{2,}([^/\\?#]*)", rest)
    else:
        match = re.match(r"[/\\]*([^/\\?#]*)", rest)
    host = unquote(match[1].rpartition("@")[2]) if match else "wren.example"
    # with such a host there is no URL, and the browser stays where it is
    return "wren.example" if "\\" in host else normalize("NFKC", host)


def app_with_a_login():
    """Make an app that sends its visitors back to where they came from."""
    app = App(__name__)

    @app.route("/")
    def index():
        return "Wren"

    @app.route("/login")
    def login():
        target = request.args["next"]
        return redirect(target if is_local_url(target) else url_for("index"))

    return app


@pytest.mark.attack
@pytest.mark.differs("Flask leaves it to the app where a redirect leads", safer=True)
def test_login_sends_nobody_to_another_host():
    client = app_with_a_login().test_client()
    lost = {}

    for payload in PAYLOADS:
        response = client.get("/login", query_string={"next": payload})
        location = response.headers.get("Location", "")
        if host_asked(location) != "wren.example":
            lost[payload] = location

    assert not lost, f"the attack worked: {len(lost)} links lead away: {lost}"


@pytest.mark.attack
@pytest.mark.differs("Flask leaves it to the app where a redirect leads", safer=True)
def test_link_to_another_host_is_not_taken_for_a_path():
    believed = [payload for payload in PAYLOADS if is_local_url(payload)]

    assert not believed, f"the attack worked: {believed} were believed"
