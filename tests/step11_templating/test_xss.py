"""Step 11: what a hostile visitor types, in each place of a page.

The tests in tests/browser/test_xss.py run these payloads in a browser.
"""

import json
from functools import cache
from html.parser import HTMLParser

import pytest
from markupsafe import Markup
from step11_templating import App, render_template, render_template_string

# the place in a page for which it was written -> payloads
PAYLOADS = {
    "text": [
        "<script>alert(1)</script>",
        "<ScRiPt>alert(1)</sCrIpT>",
        "<script >alert(1)</script >",
        "<script\n>alert(1)</script>",
        "<script/x>alert(1)</script>",
        "<script>alert(1)</script x>",
        "<script>alert(1)<!--</script>",
        "<script src=data:,alert(1)></script>",
        "<img src=x onerror=alert(1)>",
        "<img src=x onerror='alert(1)'>",
        '<img src=x onerror="alert(1)"',
        "<img src=x onerror=&#97;lert(1)>",
        "<img/src='x'/onerror=alert(1)>",
        "<img\tsrc=x\tonerror=alert(1)>",
        "<IMG SRC=x ONERROR=alert(1)>",
        "<image src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<svg/onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><script>&#97;lert(1)</script></svg>",
        "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
        "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
        "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
        "<iframe src=javascript:alert(1)></iframe>",
        "<iframe onload=alert(1)></iframe>",
        "<object data=javascript:alert(1)></object><img src=x onerror=alert(1)>",
        "<input autofocus onfocus=alert(1)>",
        "<details open ontoggle=alert(1)>",
        "<video><source onerror=alert(1)></video>",
        "<audio src=x onerror=alert(1)></audio>",
        "<style onload=alert(1)></style>",
        "<link rel=stylesheet href=data:text/css, onload=alert(1)>",
        "<body onload=alert(1)>",
        "<p onanimationstart=alert(1) style=animation:a><style>@keyframes a{}</style>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[><img src=x onerror=alert(1)>]]>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "</p><script>alert(1)</script><p>",
    ],
    "attribute": [
        '"><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '" autofocus onfocus=alert(1) x="',
        '" autofocus onfocus="alert(1)',
        '"autofocus/onfocus="alert(1)',
        '"\nautofocus\nonfocus=alert(1)\nx="',
        '" style=animation:a onanimationstart=alert(1)><style>@keyframes a{}</style>',
        '"/><svg/onload=alert(1)>',
        '" type=image src=x onerror=alert(1) x="',
        '" autofocus onfocus=&#97;lert(1) x="',
        "'><script>alert(1)</script>\"><script>alert(1)</script>",
        "' autofocus onfocus=alert(1) x='\" autofocus onfocus=alert(1) x=\"",
        '"></title></textarea><script>alert(1)</script>',
        '"--><script>alert(1)</script>',
        '"></style><script>alert(1)</script>',
    ],
    "url": [
        'x"><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '" autofocus onfocus=alert(1) x="',
        '#"><svg onload=alert(1)>',
        '&x="><svg onload=alert(1)>',
        '%22"><svg onload=alert(1)>',
        '//evil.example/"><svg onload=alert(1)>',
    ],
    "script": [
        '";alert(1)//',
        '"-alert(1)-"',
        '"+alert(1)+"',
        '\\";alert(1)//"-alert(1)-"',
        '";alert(1);"',
        '"\n;alert(1)//</script><script>alert(1)</script>',
        "</script><script>alert(1)</script>",
        "</ScRiPt ><svg onload=alert(1)>",
        "</script/x><img src=x onerror=alert(1)>",
        '<!--<script>";alert(1)//</script><svg onload=alert(1)>',
        '"};alert(1);({x:"</script><svg onload=alert(1)>',
        "\u2028</script><script>alert(1)</script>",
    ],
    "style": [
        "</style><script>alert(1)</script>",
        "</STYLE ><img src=x onerror=alert(1)>",
        "red}</style><svg onload=alert(1)><style>p{color:red",
        "red;/*</style><script>alert(1)</script>*/",
        "url(x)</style><img src=x onerror=alert(1)>",
        "</style/x><svg/onload=alert(1)>",
    ],
}
EACH = [payload for payloads in PAYLOADS.values() for payload in payloads]

# places in which a value is only a value, and how it gets there
PROTECTED = {
    "text": "<p>{{ x }}</p>",
    "title": "<title>{{ x }}</title>",
    "text field": "<textarea>{{ x }}</textarea>",
    "comment": "<!-- {{ x }} -->",
    "attribute": '<input value="{{ x }}">',
    "attribute in single quotes": "<input value='{{ x }}'>",
    "query": '<a href="/songs?bird={{ x|urlencode }}">',
    "built URL": "<a href=\"{{ url_for('songs', bird=x) }}\">",
    "script": "<script>const bird = {{ x|tojson }}</script>",
    "handler": "<button onclick='ring({{ x|tojson }})'>Ring</button>",
    "data for a script": '<button data-bird="{{ x }}">Ring</button>',
    "style of an element": '<p style="color: {{ x }}">',
    "style sheet": "<style>p { color: {{ x }} }</style>",
}


class Outline(HTMLParser):
    """Read a page: its tags, the names of their attributes, and all values."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.values, self.text = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, *(name for name, value in attributes)))
        self.values += [value for name, value in attributes]

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_comment(self, data):
        self.tags.append("comment")

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def render():
    app = App(__name__)
    app.add_url_rule("/songs", "songs", lambda: "")
    # a string is compiled each time that it is rendered, a template once
    compiled = cache(app.jinja_env.from_string)

    def render_it(source, **values):
        with app.test_request_context("/"):
            return render_template(compiled(source), **values)

    return render_it


@pytest.mark.holds_before("it counts the payloads, and asks no step")
def test_there_are_enough_payloads():
    assert len(set(EACH)) >= 60


@pytest.mark.asvs("1.2.1")
@pytest.mark.parametrize("place", PROTECTED)
def test_payload_is_a_value_and_nothing_else(render, place):
    source = PROTECTED[place]
    harmless = Outline(render(source, x="red"))

    outlines = {payload: Outline(render(source, x=payload)) for payload in EACH}

    escaped = [p for p, outline in outlines.items() if outline.tags != harmless.tags]
    assert not escaped


@pytest.mark.parametrize("place", ["text", "attribute", "attribute in single quotes"])
def test_visitor_reads_what_was_typed(render, place):
    for payload in EACH:
        outline = Outline(render(PROTECTED[place], x=payload))

        assert payload in (outline.text, *outline.values)


def test_script_reads_what_was_typed(render):
    for payload in EACH:
        outline = Outline(render(PROTECTED["script"], x=payload))

        assert json.loads(outline.text.removeprefix("const bird = ")) == payload


# where escaping is not enough


def test_attribute_without_quotes_ends_at_a_space(render):
    payload = "x autofocus onfocus=alert(1)"

    naive = Outline(render("<input value={{ x }}>", x=payload))
    quoted = Outline(render('<input value="{{ x }}">', x=payload))

    assert naive.tags == [("input", "value", "autofocus", "onfocus")]
    assert quoted.tags == [("input", "value")]


def test_address_of_a_link_may_be_a_program(render):
    page = Outline(render('<a href="{{ x }}">', x="javascript:alert(1)"))

    assert page.values == ["javascript:alert(1)"]


def test_escaped_text_is_a_program_again_in_a_handler(render):
    source = "<button onclick=\"ring('{{ x }}')\">"
    payload = "');alert(1)//"

    naive = Outline(render(source, x=payload))
    json_value = Outline(render("<button onclick='ring({{ x|tojson }})'>", x=payload))

    assert naive.values == ["ring('');alert(1)//')"]
    assert json_value.values == ['ring("\\u0027);alert(1)//")']


def test_template_string_of_a_script_takes_what_escaping_leaves(render):
    page = render("<script>const bird = `{{ x }}`</script>", x="${alert(1)}")

    assert page == "<script>const bird = `${alert(1)}`</script>"


def test_safe_is_a_promise_that_the_template_believes(render):
    payload = "<img src=x onerror=alert(1)>"

    believed = [render("{{ x|safe }}", x=payload), render("{{ x }}", x=Markup(payload))]
    formatted = render("{{ x }}", x=Markup("<b>{}</b>").format(payload))

    assert believed == [payload, payload]
    assert formatted == "<b>&lt;img src=x onerror=alert(1)&gt;</b>"


# a page made of several files

NOTES = {
    "include": '{% include "note.txt" %}',
    "include the first that exists": '{% include ["none.html", "note.txt"] %}',
    "include through a variable": "{% include name %}",
    "import": '{% from "macros.txt" import note with context %}{{ note(x) }}',
    "extend": '{% extends "layout.txt" %}{% block main %}{% endblock %}',
    "include what includes": '{% include "outer.txt" %}',
}


@pytest.fixture
def pages(tmp_path):
    """Return a function that renders a page whose parts are text files."""
    folder = tmp_path / "templates"
    folder.mkdir()
    files = {
        "note.txt": "{{ x }}",
        "macros.txt": "{% macro note(text) %}{{ text }}{% endmacro %}",
        "layout.txt": "{{ x }}{% block main %}{% endblock %}",
        "outer.txt": '{% include "note.txt" %}',
    }
    for name, source in files.items():
        (folder / name).write_text(source, encoding="utf-8")
    app = App(__name__, root_path=str(tmp_path))

    def render_page(source, as_string):
        (folder / "page.html").write_text(source, encoding="utf-8")
        values = {"x": "<script>", "name": "note.txt"}
        with app.app_context():
            # an email may have used the file before
            assert render_template("note.txt", **values) == "<script>"
            if as_string:
                return render_template_string(source, **values)
            return render_template("page.html", **values)

    return render_page


@pytest.mark.optional
@pytest.mark.differs(
    "Jinja decides by the name of each file: values in a .txt stay as they are",
    safer=True,
)
@pytest.mark.parametrize("as_string", [False, True], ids=["file", "string"])
@pytest.mark.parametrize("note", NOTES)
def test_page_escapes_what_it_includes_whatever_the_extension(pages, note, as_string):
    page = pages(NOTES[note], as_string)

    assert page == "&lt;script&gt;", f"the attack worked: the page has {page}"


# a template is a program


@pytest.mark.optional
def test_input_in_the_source_of_a_template_is_executed(render):
    payload = "{{ cycler.__init__.__globals__.__builtins__.sum([40, 2]) }}"

    assert render(f"<p>{payload}</p>") == "<p>42</p>"
    assert "42" not in render("<p>{{ x }}</p>", x=payload)
