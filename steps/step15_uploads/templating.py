"""Templates: Jinja's environment for an app, and what renders with it.

Where a template's names come from is told in `App.update_template_context`.
"""

from collections.abc import Callable, Iterator, MutableMapping
from functools import cached_property
from typing import Any, Self

import jinja2
from jinja2 import FileSystemLoader, Template, TemplatesNotFound

from .ctx import (
    FunctionT,
    Stream,
    current_context,
    g,
    has_request_context,
    request,
    session,
)
from .helpers import get_flashed_messages
from .signals import before_render_template, send, template_rendered

Names = str | Template | list[str | Template]

# in these files, and in strings, Jinja escapes what HTML would take for markup
ESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")


class Environment(jinja2.Environment):
    """Jinja's environment, in which a page escapes all it consists of.

    Jinja decides for each file by its name: a `note.txt` that is included in a page
    would write its values there as they are.
    """

    @cached_property
    def escaping(self) -> Self:
        """The same environment, but everything in it is escaped."""
        # compiled code is cached by the file's name alone
        return self.overlay(autoescape=True, bytecode_cache=None)

    def home_of(self, name: str | None) -> Self:
        """Return where a template is loaded: this environment, or the escaping one."""
        if not callable(self.autoescape) or not self.autoescape(name):
            return self
        self.escaping.auto_reload = self.auto_reload
        return self.escaping

    # all ways to a template lead through these two; what a template includes, imports
    # or extends is loaded by the environment that the template itself is from

    def _load_template(self, name: str, globals: Any) -> Template:
        load = super(Environment, self.home_of(name))._load_template
        return load(name, globals)

    def from_string(self, source: Any, *arguments: Any, **options: Any) -> Template:
        compile_string = super(Environment, self.home_of(None)).from_string
        return compile_string(source, *arguments, **options)


def make_environment(app: Any) -> jinja2.Environment:
    """Return Jinja's environment for an app, with its folder, options and names."""
    options = {
        "autoescape": app.select_jinja_autoescape,
        "loader": FileSystemLoader(app.template_path),
        "auto_reload": False,
        **app.jinja_options,
    }
    environment: jinja2.Environment = app.jinja_environment(**options)
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


def registrar(
    registry: MutableMapping[str, Any], name: str | None
) -> Callable[[FunctionT], FunctionT]:
    """Return a decorator that registers functions, under their own name by default.

    Raises `TypeError` if it was used without its parentheses.
    """
    if callable(name):
        raise TypeError(
            f"{name!r} can't be registered by a decorator without parentheses:"
            " write @app.template_filter(), or _test(), or _global()"
        )

    def register(function: FunctionT) -> FunctionT:
        registry[name or function.__name__] = function
        return function

    return register


def render_template(template_name_or_list: Names, **context: Any) -> str:
    """Render a file of the template folder, or the first that exists of a list.

    Raises `jinja2.TemplateNotFound`, which says where it looked.
    """
    app = current_context().app
    return render(app, find_template(app, template_name_or_list), context)


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro or another name of a template, for Python to use.

    It is rendered without the context processors.
    """
    template = find_template(current_context().app, template_name)
    return getattr(template.module, attribute)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template given as a string.

    The string is code, which can reach all of Python: never build it from input.
    """
    app = current_context().app
    return render(app, environment_of(app).from_string(source), context)


def stream_template(template_name_or_list: Names, **context: Any) -> Iterator[str]:
    """Render a file piece by piece, to be returned from a view."""
    app = current_context().app
    return stream(app, find_template(app, template_name_or_list), context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a string piece by piece, to be returned from a view."""
    app = current_context().app
    return stream(app, environment_of(app).from_string(source), context)


def environment_of(app: Any) -> jinja2.Environment:
    environment: jinja2.Environment = app.jinja_env
    # asked each time, for `app.run(debug=True)` comes after the first use
    if app.reloads_templates():
        environment.auto_reload = True
    return environment


def find_template(app: Any, names: Names) -> Template:
    environment = environment_of(app)
    try:
        return environment.get_or_select_template(names)
    except TemplatesNotFound as error:
        # of a single name Jinja says where it looked, of a list it does not
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
    if has_request_context():
        # the page will show the messages; its headers take them out of the session
        get_flashed_messages()

    def pieces() -> Iterator[str]:
        yield from template.generate(context)
        send(template_rendered, app, template=template, context=context)

    return Stream(current_context(), pieces())
