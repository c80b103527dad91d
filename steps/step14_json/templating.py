"""Templates: Jinja's environment for an app, and what renders with it.

Where a template's names come from is told in `App.update_template_context`.
"""

from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template

from .ctx import current_app, g, request, session, stream_with_context
from .helpers import get_flashed_messages
from .signals import before_render_template, send, template_rendered

Names = str | Template | list[str | Template]

# in these files, and in strings, Jinja escapes what HTML would take for markup
ESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")


def make_environment(app: Any) -> Environment:
    """Give Jinja's environment for an app: its folder, options and names."""
    options = {
        "autoescape": app.select_jinja_autoescape,
        "loader": FileSystemLoader(app.template_path),
        **app.jinja_options,
    }
    environment: Environment = app.jinja_environment(**options)
    environment.globals.update(
        url_for=app.url_for,
        config=app.config,
        request=request,
        g=g,
        session=session,
        get_flashed_messages=get_flashed_messages,
    )
    # for the filter `tojson`, which makes JSON that is safe inside a script tag
    environment.policies["json.dumps_function"] = app.json.dumps
    return environment


def render_template(template_name_or_list: Names, **context: Any) -> str:
    """Render a file of the template folder, or the first that exists of a list.

    Raises `jinja2.TemplateNotFound`, which says where it looked.
    """
    return render(find_template(template_name_or_list), context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template given as a string.

    The string is code, which can reach all of Python: never build it from input.
    """
    return render(current_app.jinja_env.from_string(source), context)


def stream_template(template_name_or_list: Names, **context: Any) -> Iterator[str]:
    """Render a file piece by piece, to be returned from a view."""
    return stream(find_template(template_name_or_list), context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a string piece by piece, to be returned from a view."""
    return stream(current_app.jinja_env.from_string(source), context)


def find_template(name: Names) -> Template:
    environment: Environment = current_app.jinja_env
    # asked each time, for `app.run(debug=True)` comes after the first use
    environment.auto_reload = current_app.reloads_templates()
    return environment.get_or_select_template(name)


def render(template: Template, context: dict[str, Any]) -> str:
    app = current_app._get_current_object()
    app.update_template_context(context)
    send(before_render_template, app, template=template, context=context)
    text = template.render(context)
    send(template_rendered, app, template=template, context=context)
    return text


def stream(template: Template, context: dict[str, Any]) -> Iterator[str]:
    app = current_app._get_current_object()
    app.update_template_context(context)
    send(before_render_template, app, template=template, context=context)

    def pieces() -> Iterator[str]:
        yield from template.generate(context)
        send(template_rendered, app, template=template, context=context)

    kept: Iterator[str] = stream_with_context(pieces())
    return kept
