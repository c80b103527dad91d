"""The template engine everyone writes: paste the values in, let Jinja do the loops."""

from pathlib import Path

import step10_config
from jinja2 import Environment
from step10_config import App, current_app, request

__all__ = [
    "App",
    "Response",
    "current_app",
    "g",
    "render_template",
    "render_template_string",
    "request",
    "url_for",
]

# the tests ask for these, too
Response, g, url_for = step10_config.Response, step10_config.g, step10_config.url_for


def render_template(file, /, **values):
    path = Path(current_app.root_path, "templates", file)
    return render_template_string(path.read_text(encoding="utf-8"), **values)


def render_template_string(source, /, **values):
    for name, value in values.items():
        source = source.replace("{{ " + name + " }}", str(value))
    return Environment().from_string(source).render(values)
