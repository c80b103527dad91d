"""Templates: Jinja's environment for an app, and the functions that render with it.

The names a template knows are collected in `App.update_template_context`.
"""

from collections.abc import Callable, Iterator, MutableMapping
from functools import cached_property
from typing import Any, Self

import jinja2
from jinja2 import FileSystemLoader, Template, TemplatesNotFound

from .ctx import FunctionT, current_context, g, request
from .signals import before_render_template, send, template_rendered

Names = str | Template | list[str | Template]

# values are escaped in files with these extensions, and in strings
ESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")


class Environment(jinja2.Environment):
    """An environment whose escaped templates also escape whatever they load.

    Jinja decides file by file: a `note.txt` included in a page would write its
    values into that page as they are.
    """

    @cached_property
    def escaping(self) -> Self:
        """The same environment, except that it escapes everything."""
        # a bytecode cache knows templates by name: keep the two kinds apart
        return self.overlay(autoescape=True, bytecode_cache=None)

    def home_of(self, name: str | None) -> Self:
        """Return the environment that loads a template: this or the escaping one."""
        if not callable(self.autoescape) or not self.autoescape(name):
            return self
        self.escaping.auto_reload = self.auto_reload
        return self.escaping

    # every template comes from one of these two methods, and whatever it includes,
    # imports or extends is loaded by the environment it came from

    def _load_template(self, name: str, globals: Any) -> Template:
        load = super(Environment, self.home_of(name))._load_template
        return load(name, globals)

    def from_string(self, source: Any, *arguments: Any, **options: Any) -> Template:
        compile_string = super(Environment, self.home_of(None)).from_string
        return compile_string(source, *arguments, **options)


def make_environment(app: Any) -> jinja2.Environment:
    """Return a Jinja environment with an app's folder, options and names."""
    options = {
        "autoescape": app.select_jinja_autoescape,
        "loader": FileSystemLoader(app.template_path),
        "auto_reload": False,
        **app.jinja_options,
    }
    environment: jinja2.Environment = app.jinja_environment(**options)
    environment.globals.update(
        url_for=app.url_for, config=app.config, request=request, g=g
    )
    return environment


def registrar(
    registry: MutableMapping[str, Any], name: str | None
) -> Callable[[FunctionT], FunctionT]:
    """Return a decorator that registers a function, by default under its own name.

    Raises `TypeError` if the decorator was used without parentheses.
    """
    if callable(name):
        raise TypeError(
            f"can't register {name!r} by a decorator without parentheses: write"
            " @app.template_filter(), @app.template_test() or @app.template_global()"
        )

    def register(function: FunctionT) -> FunctionT:
        registry[name or function.__name__] = function
        return function

    return register


def render_template(template_name_or_list: Names, **context: Any) -> str:
    """Render a file from the template folder, or the first of several that exists.

    Raises `jinja2.TemplateNotFound`, which says where it looked.
    """
    app = current_context().app
    return render(app, find_template(app, template_name_or_list), context)


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro, or any other name a template defines, for use in Python.

    Context processors aren't called.
    """
    template = find_template(current_context().app, template_name)
    return getattr(template.module, attribute)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template from a string.

    The string is code that can reach all of Python: never build it from user input.
    """
    app = current_context().app
    return render(app, environment_of(app).from_string(source), context)


def stream_template(template_name_or_list: Names, **context: Any) -> Iterator[str]:
    """Render a file piece by piece; a view can return the result."""
    app = current_context().app
    return stream(app, find_template(app, template_name_or_list), context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a string piece by piece; a view can return the result."""
    app = current_context().app
    return stream(app, environment_of(app).from_string(source), context)


def environment_of(app: Any) -> jinja2.Environment:
    environment: jinja2.Environment = app.jinja_env
    # checked every time: `app.run(debug=True)` may come after the first use
    if app.reloads_templates():
        environment.auto_reload = True
    return environment


def find_template(app: Any, names: Names) -> Template:
    environment = environment_of(app)
    try:
        return environment.get_or_select_template(names)
    except TemplatesNotFound as error:
        # for a single name Jinja says where it looked, but not for a list
        where = getattr(environment.loader, "searchpath", environment.loader)
        error.message = f"{error.message}; looked in {where!r}"
        raise


def render(app: Any, template: Template, context: dict[str, Any]) -> str:
    app.update_template_context(context)
    send(before_render_template, app, template=template, context=context)
    text = template.render(context)
    send(template_rendered, app, template=template, context=context)
    return text


def stream(app: Any, template: Template, context: dict[str, Any]) -> Iterator[str]:
    app.update_template_context(context)
    send(before_render_template, app, template=template, context=context)

    def pieces() -> Iterator[str]:
        yield from template.generate(context)
        send(template_rendered, app, template=template, context=context)

    return current_context().stream(pieces())
