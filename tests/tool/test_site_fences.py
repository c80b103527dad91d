"""How code blocks are drawn on the site."""

import html
import re
from html.parser import HTMLParser

import pytest

pytest.importorskip("pymdownx", reason="the site's packages are not installed")

from costrel.site import fences

METHOD = '''class App:
    ...
    def route(self, path):
        """Let a function answer."""
        return path'''


def draw(kind, source, title="", language="python"):
    formatter = getattr(fences, kind)
    return formatter(source, language, "", {"title": title}, None)


class Rows(HTMLParser):
    """Collects each line of a drawn block: its kind, mark and text."""

    def __init__(self):
        super().__init__()
        self.open, self.found, self.text, self.kind = [], [], "", ""

    def handle_starttag(self, tag, attributes):
        self.open.append(dict(attributes).get("class", ""))
        if self.open[-1] in ("whole", "line gap", "line faded"):
            self.kind = self.open[-1]

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if "lines" not in self.open or "spoken" in self.open:
            return
        before, *others = data.split("\n")
        self.text += before
        for text in others:
            mark = "-" if "old" in self.open else "+" if "new" in self.open else ""
            self.found.append((self.kind, mark, self.text))
            self.text, self.kind = text, ""


def rows(drawn):
    """Return each line of a drawn block: its kind, mark and text."""
    parser = Rows()
    parser.feed(drawn)
    return parser.found


def text_of(inner):
    without_words = re.sub(r'<span class="spoken">[^<]*</span>', "", inner)
    return html.unescape(re.sub(r"<[^>]*>", "", without_words))


def test_lines_around_a_method_are_faded():
    drawn = draw("python", METHOD, "step01_wsgi/app.py: App.route")

    assert [kind for kind, _, _ in rows(drawn)] == [
        "line faded",
        "line faded",
        "",
        "",
        "",
    ]


def test_class_of_a_whole_file_is_not_faded():
    drawn = draw("python", METHOD, "step01_wsgi/app.py")

    assert "faded" not in drawn


def test_new_class_with_its_first_methods_is_typed_from_its_head_on():
    source = "class Song:\n    title = 'dawn'\n\n    def play(self):\n        pass"

    drawn = draw("python", source, "framework/app.py: Song(head), Song.play")

    assert "faded" not in drawn


def test_title_has_the_file_and_the_place_apart():
    drawn = draw("python", "x = 1", "step01_wsgi/app.py: App.route")

    assert (
        '<span class="filename">step01_wsgi/app.py'
        '<span class="place">App.route</span></span>' in drawn
    )


@pytest.mark.parametrize("place", ["", ": is_local_url"])
def test_title_of_a_named_file_is_the_reader_s_name_alone(place):
    drawn = draw("python", "x = 1", f"leaky.py = tests/step04_errors/naive.py{place}")

    assert '<span class="filename">leaky.py<' in drawn
    assert "tests/" not in drawn


def test_block_without_a_title_has_no_title_bar():
    assert "filename" not in draw("python", "x = 1")


def test_code_cannot_become_markup():
    drawn = draw("python", 'x = "<script>"', '"><script>')

    assert "<script>" not in drawn


def test_every_line_of_a_docstring_has_its_colour():
    source = 'def f():\n    """One.\n\n    Two.\n    """'

    coloured = fences.colour(source)

    assert len(coloured) == 5
    assert 'class="sd"' in coloured[3]
    assert all(line.count("<span") == line.count("</span>") for line in coloured)


def test_difference_marks_what_came_and_what_went():
    drawn = draw("difference", " a = 1\n-b = 2\n+b = 3")

    assert [(mark, text) for _, mark, text in rows(drawn)] == [
        ("", "a = 1"),
        ("-", "b = 2"),
        ("+", "b = 3"),
    ]


def test_run_of_marked_lines_is_told_once():
    drawn = draw("difference", "-a = 1\n-b = 2\n+a = 3\n+b = 4\n c = 5\n+d = 6")

    assert re.findall(r'class="spoken">([^<]*)<', drawn) == [
        "removed: ",
        "added: ",
        "added: ",
    ]


def test_gap_between_hunks_is_no_code():
    drawn = draw("difference", " a = 1\n ...\n c = 4")

    assert rows(drawn)[1] == ("line gap", "", "⋯")


def test_new_definition_has_no_background():
    source = "\n".join(
        [
            " class App:",
            "+    def new(self):",
            "+        return 1",
            "+",
            "     def old(self):",
            "+        self.count()",
            "         return 2",
        ]
    )

    kinds = [kind for kind, _, _ in rows(draw("difference", source))]

    assert kinds[1:4] == ["whole"] * 3
    assert kinds[5] == ""


def test_rewritten_definition_is_marked_as_changed():
    source = "-def f():\n-    return 1\n+def f(x):\n+    return x"

    assert "whole" not in draw("difference", source)


def test_signature_over_several_lines_belongs_to_its_definition():
    source = "+def f(\n+    x,\n+):\n+    return x\n y = 1"

    kinds = [kind for kind, _, _ in rows(draw("difference", source))]

    assert kinds == ["whole"] * 4 + [""]


def test_hunk_from_within_a_docstring_is_coloured_as_docstring(tmp_path, monkeypatch):
    package = tmp_path / "steps" / "step01_wsgi"
    package.mkdir(parents=True)
    code = '"""First.\n\nif the second\nfor the third\n"""\n'
    (package / "app.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("COSTREL_ROOT", str(tmp_path))

    drawn = draw("difference", "+if the second\n for the third", "step01_wsgi/app.py")

    assert 'class="k"' not in drawn
    assert drawn.count('class="sd"') == 2


def test_line_without_a_mark_fails_the_build():
    with pytest.raises(fences.SuperFencesException, match="'x = 1'") as caught:
        draw("difference", "+a = 1\nx = 1", "step01_wsgi/app.py")

    assert "step01_wsgi/app.py" in str(caught.value)


def test_any_error_fails_the_build():
    with pytest.raises(fences.SuperFencesException, match="no-such-language"):
        draw("session", "x", language="no-such-language")


def test_first_step_may_be_shown_as_a_difference(tmp_path, monkeypatch):
    package = tmp_path / "steps" / "step01_wsgi"
    package.mkdir(parents=True)
    (package / "app.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setenv("COSTREL_ROOT", str(tmp_path))

    assert rows(draw("difference", "+x = 1", "step01_wsgi/app.py"))[0][1] == "+"


def test_old_lines_and_their_new_ones_can_be_put_side_by_side():
    drawn = draw("difference", " a\n-b = 2\n+b = 3\n+c = 4\n-d = 5\n e")

    changes = re.findall(
        r'<span class="change"><span class="old">(.*?)</span>'
        r'<span class="new">(.*?)</span></span>',
        drawn.replace("\n</span>", "⏎"),
    )
    assert [tuple(map(text_of, change)) for change in changes] == [
        ("b = 2⏎", "b = 3⏎c = 4⏎"),
        ("d = 5⏎", ""),
    ]


def test_difference_of_a_template_has_the_colours_of_html():
    source = '+<p class="a">{{ x }}</p>\n <br>'

    page = draw("difference", source, "step11_templating/templates/none.html")
    python = draw("difference", source, "step11_templating/none.py")

    assert '<span class="nt">p</span>' in page
    assert '<span class="nt">' not in python


def test_lines_without_marks_are_text_and_nothing_around_it():
    drawn = draw("python", 'x = "it\'s"\ny = not x or None')

    assert 'class="line"' not in drawn
    assert text_of(drawn) == 'x = "it\'s"\ny = not x or None\n'
    # quotes may stand as they are, and what has the colour of all text has no span
    assert "&quot;" not in drawn
    assert re.findall(r'<span class="([^"]*)">', drawn) == ["lines", "s2"]
