"""The exercise `linked`: addresses become links, and nothing else does."""

import ast
from html.parser import HTMLParser
from pathlib import Path

import pytest
from exercise import linked
from markupsafe import Markup

TESTS = Path(__file__).parents[3] / "tests" / "step11_templating" / "test_xss.py"


def payloads():
    """Read the payloads of the step's tests, without running them."""
    for node in ast.parse(TESTS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAYLOADS":
            return ast.literal_eval(node.value)["text"]
    raise LookupError("the step's tests have no payloads")


class Page(HTMLParser):
    """Read a page: the targets of its links, its text, and tags of other kinds."""

    def __init__(self, page):
        super().__init__()
        self.targets, self.others, self.text = [], [], ""
        # pieces of Markup would be Markup
        self.feed(str(page))
        self.close()

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and set(given) == {"href", "rel"}:
            self.targets.append(given["href"])
        else:
            self.others.append((tag, given))

    def handle_data(self, data):
        self.text += data


def test_address_becomes_a_link():
    expected = (
        'At <a href="https://wren.example/songs" rel="nofollow">'
        "https://wren.example/songs</a>"
    )

    assert linked("At https://wren.example/songs") == expected
    assert isinstance(linked("At https://wren.example/songs"), Markup)


def test_text_is_escaped_once():
    assert linked("Tom & <b>Zoë</b>") == "Tom &amp; &lt;b&gt;Zoë&lt;/b&gt;"


def test_ampersand_of_a_query_is_escaped_in_target_and_text():
    page = linked("http://wren.example/?a=1&b=2")

    assert page.count("a=1&amp;b=2") == 2
    assert Page(page).targets == ["http://wren.example/?a=1&b=2"]


@pytest.mark.parametrize(
    "end", [".", ",", "!", "?", ":", ";", ")", "]", "...", ").", "?!"]
)
def test_end_of_the_sentence_stays_outside_the_link(end):
    page = Page(linked(f"(See https://wren.example/a.html{end} Then come"))

    assert page.targets == ["https://wren.example/a.html"]
    assert page.text == f"(See https://wren.example/a.html{end} Then come"


def test_several_addresses_are_several_links():
    text = "HTTP://a.example/ and\nhttps://b.example/x?y=1#z"

    assert Page(linked(text)).targets == text.split(" and\n")


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "wren.example",
        "http:",
    ],
)
def test_everything_else_stays_text(text):
    page = Page(linked(text))

    assert (page.targets, page.text) == ([], text)


def test_quote_ends_an_address():
    page = Page(linked('https://a.example/" onmouseover="alert(1)'))

    assert page.targets == ["https://a.example/"]
    assert page.others == []
    assert page.text == 'https://a.example/" onmouseover="alert(1)'


def test_markup_is_left_alone():
    link = Markup('<a href="https://a.example/">a</a>')

    assert linked(link) == link


@pytest.mark.parametrize("start", ["", "https://a.example/", "https://a.example/?x="])
def test_no_payload_becomes_more_than_text(start):
    for payload in payloads():
        page = Page(linked(start + payload))

        assert page.others == []
        assert page.text == start + payload
