"""Step 11: templates in files and strings, and what they know."""

import os

import pytest
from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError
from markupsafe import Markup
from step11_templating import (
    App,
    before_render_template,
    current_app,
    g,
    get_template_attribute,
    render_template,
    render_template_string,
    request,
    template_rendered,
    url_for,
)

MARKUP = "<b>'bim' & \"bam\"</b>"
ESCAPED = "&lt;b&gt;&#39;bim&#39; &amp; &#34;bam&#34;&lt;/b&gt;"


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a template; each file is newer than the last."""
    seconds = iter(range(1_000_000_000, 2_000_000_000))

    def write_it(name, text):
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (now := next(seconds), now))

    return write_it


@pytest.fixture
def app(tmp_path):
    return App(__name__, root_path=str(tmp_path))


def rendered(app, template, /, **values):
    with app.test_request_context("/"):
        return render_template(template, **values)


def rendered_string(app, source, /, **values):
    with app.test_request_context("/"):
        return render_template_string(source, **values)


# finding a file


def test_template_is_a_file_with_places_for_values(app, write):
    write("hello.txt", "Hello {{ name }}, {{ bells|length }} bells.")

    assert rendered(app, "hello.txt", name="Ada", bells=[1, 2]) == "Hello Ada, 2 bells."


def test_template_is_read_as_utf_8(app, write):
    write("gruss.html", "Grüezi, {{ name }}")

    assert rendered(app, "gruss.html", name="Zoë") == "Grüezi, Zoë"


def test_folder_is_beside_the_module(write, tmp_path, monkeypatch):
    write("index.html", "found")
    (tmp_path / "wren_of_step_11.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    assert rendered(App("wren_of_step_11"), "index.html") == "found"


@pytest.mark.optional
def test_template_folder_may_have_another_name(write, tmp_path):
    write("../pages/index.html", "found")
    app = App(__name__, root_path=str(tmp_path), template_folder="pages")

    assert rendered(app, "index.html") == "found"


def test_first_of_a_list_that_exists_is_taken(app, write):
    write("default.html", "default")

    assert rendered(app, ["oslo.html", "default.html"]) == "default"


def test_template_object_is_rendered_like_a_name(app):
    template = app.jinja_env.from_string("{{ 6 * 7 }}")

    assert rendered(app, template) == "42"


@pytest.mark.optional
@pytest.mark.differs(
    "Flask names only the template, because blueprints have folders, too"
)
def test_missing_template_says_where_it_was_looked_for(app, tmp_path):
    with pytest.raises(TemplateNotFound, match=r"'lost\.html' not found") as caught:
        rendered(app, "lost.html")

    assert str(tmp_path / "templates") in str(caught.value).replace("\\\\", "\\")


@pytest.mark.optional
@pytest.mark.differs("Jinja names the folder for one name only, and Flask never does")
def test_missing_list_says_where_it_was_looked_for(app, tmp_path):
    with pytest.raises(TemplateNotFound, match=r"a\.html, b\.html; looked") as caught:
        rendered(app, ["a.html", "b.html"])

    assert str(tmp_path / "templates") in str(caught.value).replace("\\\\", "\\")


def test_missing_parent_is_named(app, write):
    write("page.html", "{% extends 'layuot.html' %}")

    with pytest.raises(TemplateNotFound, match=r"layuot\.html"):
        rendered(app, "page.html")


def test_name_does_not_lead_out_of_the_folder(app, write):
    write("index.html", "")
    write("../secret.txt", "hunter2")

    with pytest.raises(TemplateNotFound):
        rendered(app, "../secret.txt")


def test_mistake_in_a_template_is_named_with_its_file_and_line(app, write):
    write("page.html", "<p>\n{% fro guest in guests %}\n</p>")

    with pytest.raises(TemplateSyntaxError) as caught:
        rendered(app, "page.html")

    assert caught.value.filename.endswith("page.html")
    assert caught.value.lineno == 2


def test_page_can_extend_a_layout_and_import_macros(app, write):
    write("layout.html", "<h1>{% block title %}Wren{% endblock %}</h1>")
    write("macros.html", "{% macro loud(text) %}{{ text|upper }}!{% endmacro %}")
    write(
        "page.html",
        '{% extends "layout.html" %}{% from "macros.html" import loud %}'
        "{% block title %}{{ loud(name) }}{% endblock %}",
    )

    assert rendered(app, "page.html", name="<ada>") == "<h1>&lt;ADA&gt;!</h1>"


# escaping


@pytest.mark.parametrize("ending", ["html", "htm", "xml", "xhtml", "svg"])
def test_values_are_escaped_where_markup_means_something(app, write, ending):
    write(f"page.{ending}", "{{ text }}")

    assert rendered(app, f"page.{ending}", text=MARKUP) == ESCAPED


@pytest.mark.parametrize("name", ["mail.txt", "songs.csv", "html", "page.html.j2"])
def test_values_are_not_escaped_in_other_files(app, write, name):
    write(name, "{{ text }}")

    assert rendered(app, name, text=MARKUP) == MARKUP


@pytest.mark.differs(
    "Flask knows the extensions in lower case only, and does not escape here",
    safer=True,
)
def test_extension_may_be_in_capitals(app, write):
    write("PAGE.HTML", "{{ text }}")

    assert rendered(app, "PAGE.HTML", text=MARKUP) == ESCAPED


def test_values_are_escaped_in_a_string(app):
    assert rendered_string(app, "{{ text }}", text=MARKUP) == ESCAPED


def test_value_that_is_markup_already_is_not_escaped_again(app):
    source = "{{ text }} {{ other|safe }}"

    page = rendered_string(app, source, text=Markup("<b>bim</b>"), other="<i>bam</i>")

    assert page == "<b>bim</b> <i>bam</i>"


def test_template_may_switch_escaping_off_and_on(app, write):
    write("page.txt", "{% autoescape true %}{{ text }}{% endautoescape %}")
    source = "{% autoescape false %}{{ text }}{% endautoescape %}"

    assert rendered(app, "page.txt", text=MARKUP) == ESCAPED
    assert rendered_string(app, source, text=MARKUP) == MARKUP


def test_app_may_decide_what_is_escaped(write, tmp_path):
    class Careful(App):
        def select_jinja_autoescape(self, filename):
            return True

    write("page.html.j2", "{{ text }}")

    app = Careful(__name__, root_path=str(tmp_path))
    assert rendered(app, "page.html.j2", text=MARKUP) == ESCAPED


def test_value_is_never_a_template(app):
    source = "Hello {{ name }}"

    page = rendered_string(app, source, name="{{ 7 * 7 }}{% raw %}{{ config }}")

    assert page == "Hello {{ 7 * 7 }}{% raw %}{{ config }}"


# what every template knows


def test_templates_know_request_g_config_and_url_for(app):
    app.config["CITY"] = "oslo"
    source = "{{ request.path }} {{ g.language }} {{ config.CITY }} {{ url_for('a') }}"

    @app.route("/about", endpoint="a")
    def about():
        g.language = "no"
        return render_template_string(source)

    assert app.test_client().get("/about").text == "/about no oslo /about"


def test_imported_macros_know_them_too(app, write):
    write("macros.html", "{% macro here() %}{{ request.path }}{% endmacro %}")
    write("page.html", "{% from 'macros.html' import here %}{{ here() }}")

    assert rendered(app, "page.html") == "/"


def test_template_is_rendered_without_a_request_for_an_email(app, write):
    write("mail.txt", "Dear {{ name }}, {{ config.CITY }} calls.")
    app.config["CITY"] = "Oslo"

    with app.app_context():
        assert render_template("mail.txt", name="Ada") == "Dear Ada, Oslo calls."


@pytest.mark.parametrize("render", [render_template, render_template_string])
def test_outside_of_any_context_the_error_says_what_to_do(render):
    with pytest.raises(RuntimeError, match=r"app\.app_context\(\)"):
        render("index.html")


def test_context_processor_adds_names_to_each_template(app, write):
    write("page.html", "{{ greeting }} {{ name }} {{ path }}")

    @app.context_processor
    def greet():
        return {"greeting": "Hei", "path": request.path}

    assert rendered(app, "page.html", name="Ada") == "Hei Ada /"
    assert rendered_string(app, "{{ greeting }}!") == "Hei!"


def test_names_from_the_view_beat_a_context_processor(app):
    app.context_processor(lambda: {"name": "nobody", "greeting": "Hei"})

    page = rendered_string(app, "{{ greeting }} {{ name }}", name="Ada")

    assert page == "Hei Ada"


def test_last_context_processor_wins(app):
    app.context_processor(lambda: {"greeting": "Hello"})
    app.context_processor(lambda: {"greeting": "Hei"})

    assert rendered_string(app, "{{ greeting }}") == "Hei"


def test_context_processor_stays_a_function(app):
    @app.context_processor
    def names():
        return {"greeting": "Hei"}

    assert names() == {"greeting": "Hei"}


def test_filter_is_called_with_the_value_before_it(app):
    @app.template_filter()
    def sung(text):
        return f"{text}-a-ling"

    @app.template_filter("loud")
    def make_loud(text, marks=1):
        return text.upper() + "!" * marks

    page = rendered_string(app, "{{ 'ding'|sung }} {{ 'dong'|loud(2) }}")

    assert page == "ding-a-ling DONG!!"
    assert sung("bim") == "bim-a-ling"


def test_what_a_filter_returns_is_escaped(app):
    @app.template_filter()
    def bold(text):
        return f"<b>{text}</b>"

    assert rendered_string(app, "{{ 'x'|bold }}") == "&lt;b&gt;x&lt;/b&gt;"


def test_test_is_asked_with_is(app):
    @app.template_test()
    def rare(bird):
        return bird == "wren"

    @app.template_test("common")
    def is_common(bird):
        return bird != "wren"

    source = "{{ 'wren' is rare }} {{ 'wren' is common }}"
    assert rendered_string(app, source) == "True False"


def test_global_is_called_by_its_name(app):
    @app.template_global()
    def double(number):
        return 2 * number

    @app.template_global("half")
    def halve(number):
        return number // 2

    assert rendered_string(app, "{{ double(4) }} {{ half(4) }}") == "8 2"


def test_filters_tests_and_globals_can_be_added_without_decorators(app):
    app.add_template_filter(str.upper)
    app.add_template_filter(str.lower, "small")
    app.add_template_test(str.isdigit, "digits")
    app.add_template_test(str.isalpha)
    app.add_template_global(max, "highest")
    app.add_template_global(min)
    source = (
        "{{ 'a'|upper }}{{ 'B'|small }} {{ '1' is digits }} {{ '1' is isalpha }}"
        " {{ highest(1, 2) }}{{ min(1, 2) }}"
    )

    assert rendered_string(app, source) == "Ab True False 21"


@pytest.mark.optional
@pytest.mark.differs(
    "Flask 3.1.3 mistakes the function for a name, and registers nothing"
)
@pytest.mark.parametrize("kind", ["filter", "test", "global"])
def test_decorator_without_parentheses_says_so(app, kind):
    with pytest.raises(TypeError, match="without parentheses: write"):

        @getattr(app, f"template_{kind}")
        def loud(text):
            return text


# Jinja's environment


def test_options_of_jinja_can_be_given(app):
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True}

    assert app.jinja_env.trim_blocks
    assert app.jinja_env.undefined is StrictUndefined


def test_environment_is_made_once(app):
    assert app.jinja_env is app.jinja_env


@pytest.mark.optional
def test_signals_carry_each_template_and_its_names(app, write):
    write("page.html", "{{ name }}")
    app.context_processor(lambda: {"greeting": "Hei"})
    told = []

    def before(sender, template, context, **more):
        context["name"] += "!"
        told.append(("before", template.name, sender))

    def after(sender, template, context, **more):
        told.append((context["name"], context["greeting"], sender))

    with (
        before_render_template.connected_to(before, app),
        template_rendered.connected_to(after, app),
    ):
        page = rendered(app, "page.html", name="Ada")

    assert page == "Ada!"
    assert told == [("before", "page.html", app), ("Ada!", "Hei", app)]


# reading changed files again


def test_changed_template_is_not_read_again(app, write):
    write("page.html", "old")
    rendered(app, "page.html")
    write("page.html", "new")

    assert rendered(app, "page.html") == "old"


def test_changed_template_is_read_again_in_debug(app, write):
    app.debug = True
    write("page.html", "old")
    rendered(app, "page.html")
    write("page.html", "new")

    assert rendered(app, "page.html") == "new"


@pytest.mark.parametrize("name", ["page.html", "other.html"])
def test_debug_may_come_after_the_first_use(app, write, name):
    write("page.html", "old")
    write("other.html", "{% include 'page.html' %}")
    rendered(app, name)
    # as `app.run(debug=True)` does, the last line of a file
    app.debug = True
    write("page.html", "new")

    assert rendered(app, name) == "new"


def test_included_template_is_read_again_for_a_string(app, write):
    write("page.html", "old")
    rendered(app, "page.html")
    app.debug = True
    write("page.html", "new")

    assert rendered_string(app, "{% include 'page.html' %}") == "new"


@pytest.mark.optional
@pytest.mark.parametrize(("reload", "text"), [(True, "new"), (False, "old")])
def test_configuration_may_decide_about_reloading(app, write, reload, text):
    app.config.update(TEMPLATES_AUTO_RELOAD=reload, DEBUG=not reload)
    write("page.html", "old")
    rendered(app, "page.html")
    write("page.html", "new")

    assert rendered(app, "page.html") == text


@pytest.mark.optional
def test_environment_may_be_told_to_reload(app, write):
    app.jinja_env.auto_reload = True
    write("page.html", "old")
    rendered(app, "page.html")
    write("page.html", "new")

    assert rendered(app, "page.html") == "new"


def test_two_apps_have_their_own_templates_and_names(tmp_path):
    apps = []
    for name in ("wren", "robin"):
        folder = tmp_path / name / "templates"
        folder.mkdir(parents=True)
        (folder / "page.html").write_text(f"{name} {{{{ n }}}}", encoding="utf-8")
        app = App(__name__, root_path=str(tmp_path / name))
        app.context_processor(lambda: {"n": current_app.config["N"]})
        app.config["N"] = name.upper()
        apps.append(app)

    assert [rendered(app, "page.html") for app in apps] == ["wren WREN", "robin ROBIN"]


def test_urls_in_templates_are_those_of_the_app(app):
    @app.route("/songs/<int:number>")
    def song(number):
        return render_template_string("{{ url_for('song', number=n + 1) }}", n=number)

    assert app.test_client().get("/songs/1").text == "/songs/2"
    with app.test_request_context("/"):
        assert url_for("song", number=3) == "/songs/3"


@pytest.mark.optional
def test_python_can_use_the_macros_of_a_template(app, write):
    write("bells.html", "{% macro bell(name) %}<b>{{ name }}</b>{% endmacro %}")

    with app.app_context():
        bell = get_template_attribute("bells.html", "bell")

        assert bell("<Wren>") == "<b>&lt;Wren&gt;</b>"
