"""The exercise `hashes`: inline scripts that a policy knows by their text."""

import pytest
from exercise import hashes_of, script_hash
from step21_hardening import App
from step21_hardening.security import Hardening

# the example of CSP3, section 8.3
HELLO = "alert('Hello, world.');"
KNOWN = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_hash_is_the_one_of_the_standard():
    assert script_hash(HELLO) == KNOWN


def test_text_is_hashed_as_utf_8():
    assert script_hash("ring('grüezi')") != script_hash("ring('gruezi')")


def test_page_without_scripts_has_none():
    assert hashes_of("<p>Wren</p>") == []


def test_scripts_are_found_in_their_order():
    page = "<script>a()</script><p>Wren</p><script>b()</script>"

    assert hashes_of(page) == [script_hash("a()"), script_hash("b()")]


def test_script_that_comes_twice_is_named_once():
    assert hashes_of("<script>a()</script>" * 2) == [script_hash("a()")]


@pytest.mark.parametrize(
    "text",
    ["", " a() ", "\n  a()\n", "a() && b()", "a('&amp;')", "a('<p>')", "if (a<b) c()"],
)
def test_text_is_read_to_the_letter(text):
    assert hashes_of(f"<script>{text}</script>") == [script_hash(text)]


@pytest.mark.parametrize(
    "page",
    [
        "<SCRIPT>a()</SCRIPT>",
        "<script type='module'>a()</script>",
        "<script type=text/javascript>a()</script>",
        "<script\n  async\n>a()</script >",
        "<script type=''>a()</script>",
    ],
)
def test_tag_is_found_however_it_is_written(page):
    assert hashes_of(page) == [script_hash("a()")]


@pytest.mark.parametrize(
    "page",
    [
        "<script src=a.js></script>",
        "<script src='a.js'>a()</script>",
        "<script type='application/json'>{}</script>",
        "<script type=text/x-template><b>x</b></script>",
        "<!-- <script>a()</script> -->",
        "<p>script a() /script</p>",
    ],
)
def test_what_does_not_run_is_left_out(page):
    assert hashes_of(page) == []


def test_page_can_be_kept():
    page = f"<script>{HELLO}</script>"
    app = App("wren")
    policy = {"script-src": ["'self'", *hashes_of(page)]}
    Hardening(app, content_security_policy=policy)
    public = {"Cache-Control": "public, max-age=600"}
    app.add_url_rule("/", "index", lambda: (page, public))

    headers = app.test_client().get("/").headers

    assert f"script-src 'self' {KNOWN};" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "public, max-age=600"
