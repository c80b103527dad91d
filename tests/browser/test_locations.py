"""Where a browser goes: what the tests of step 8 say of it is looked up in one."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest
from werkzeug.utils import redirect
from werkzeug.wrappers import Request

from costrel.core.ladder import find_root

HERE = "http://wren.example/login"
# paths that look like more
LOCAL = ["@evil.example", "%2F/evil.example", "%5Cevil.example", ".//evil.example"]
# no URL at all leaves the browser where it is
ASK = f"url => {{ try {{ return new URL(url, '{HERE}').hostname }} catch {{}} }}"


@pytest.fixture(scope="module")
def attacks():
    path = find_root() / "tests" / "step08_urls" / "test_attacks.py"
    spec = spec_from_file_location("attacks_of_step_8", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def location_sent(payload):
    """Return the `Location` that Werkzeug writes for a target, if it writes any."""
    try:
        response = redirect(payload)
    except ValueError:
        return ""
    return response.get_wsgi_headers(Request.from_values().environ)["Location"]


def test_attacks_are_judged_as_a_browser_does(browser, attacks):
    page = browser.new_page()
    targets = [*attacks.PAYLOADS, *map(location_sent, attacks.PAYLOADS)]
    try:
        judged = {url: attacks.host_asked(url) for url in targets}
        asked = {url: page.evaluate(ASK, url) or "wren.example" for url in targets}
    finally:
        page.close()

    assert judged == asked


def test_browser_stays_on_the_host_for_local_urls(browser, attacks):
    page = browser.new_page()
    points = map(chr, [*range(0x20, 0x180), 0x2028, 0x3000, 0x3002, 0xFF0F, 0xFF3C])
    urls = [f"/{one}{two}evil.example" for one in points for two in ("", "/", "\\")]
    urls += [f"/{path}" for path in (*LOCAL, ";//evil.example", "?//evil.example")]
    local = [url for url in urls if attacks.is_local_url(url)]
    try:
        away = [url for url in local if page.evaluate(ASK, url) != "wren.example"]
    finally:
        page.close()

    assert len(local) > 300
    assert not away
