"""The exercise `endings`: escaped unless the name says that it's plain text."""

import pytest
from exercise import App, render_template, render_template_string

HOSTILE = "<script>alert(1)</script>"


def test_step_does_not_see_past_a_second_extension():
    assert App(__name__).select_jinja_autoescape("page.html.j2")


@pytest.mark.parametrize(
    "name",
    ["page.html", "PAGE.HTML", "page.jinja", "a/page.svg.jinja2", "page", "txt", "j2"],
)
def test_everything_else_is_escaped(name):
    assert App(__name__).select_jinja_autoescape(name)


@pytest.mark.parametrize("ending", ["", ".j2", ".jinja", ".jinja2", ".J2"])
@pytest.mark.parametrize("name", ["mail.txt", "a/READ.MD", "songs.csv", "data.json"])
def test_plain_text_is_not_escaped(name, ending):
    assert App(__name__).select_jinja_autoescape(name + ending) is False


@pytest.mark.parametrize(
    "name", ["txt.html", "mail.txt.html", "mail.txt.bak", "a.txt/b"]
)
def test_only_the_last_extension_counts(name):
    assert App(__name__).select_jinja_autoescape(name)


def test_pages_follow_the_rule(tmp_path):
    (tmp_path / "templates").mkdir()
    for name in ("page.html.j2", "mail.txt.j2"):
        (tmp_path / "templates" / name).write_text("{{ x }}", encoding="utf-8")
    app = App(__name__, root_path=str(tmp_path))

    with app.app_context():
        page = render_template("page.html.j2", x=HOSTILE)
        mail = render_template("mail.txt.j2", x=HOSTILE)
        string = render_template_string("{{ x }}", x=HOSTILE)

    assert (page, mail) == ("&lt;script&gt;alert(1)&lt;/script&gt;", HOSTILE)
    assert string == page
