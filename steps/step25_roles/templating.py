"""Templates: Jinja's environment for an app, and the functions that render with it.

Where an app's files are is decided in `scaffold`.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from itertools import chain
from typing import Any, Self

import jinja2
from jinja2 import BaseLoader, Template, TemplateNotFound, TemplatesNotFound

from .config import Config, ConfigAttribute
from .ctx import FunctionT, current_context, g, has_request_context, request, session
from .helpers import get_flashed_messages
from .hooks import ContextProcessor, Registry, Setup, functions_for, refuse_async, setup
from .routing import Scope
from .signals import before_render_template, send, template_rendered

Source = tuple[str, str | None, Callable[[], bool] | None]
Names = str | Template | list[str | Template]

# values are escaped in files with these extensions, and in strings
ESCAPED = (".html", ".htm", ".xml", ".xhtml", ".svg")


class Environment(jinja2.Environment):
    """An environment whose escaped templates also escape whatever they load.

    Jinja decides file by file: a `note.txt` included in a page would write its
    values into that page as they are.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        """Make an environment for an app's templates; the options are Jinja's."""
        options.setdefault("autoescape", app.select_jinja_autoescape)
        options.setdefault("loader", app.create_global_jinja_loader())
        super().__init__(**options)
        self.app = app

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
    """Return a Jinja environment with an app's loader, options and names."""
    options = {"auto_reload": False, **app.jinja_options}
    environment: jinja2.Environment = app.jinja_environment(app, **options)
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


class Loader(BaseLoader):
    """Looks for a template in the app's folder, then in those of its blueprints."""

    def __init__(self, app: Any) -> None:
        self.app = app

    @property
    def loaders(self) -> list[BaseLoader]:
        """The loaders as they are now: blueprints come later than the environment."""
        parts = (self.app, *self.app.iter_blueprints())
        return [part.jinja_loader for part in parts if part.jinja_loader is not None]

    @property
    def searchpath(self) -> list[str]:
        """The folders in which it looks."""
        return [*chain.from_iterable(map(folders_of, self.loaders))]

    def get_source(self, environment: jinja2.Environment, template: str) -> Source:
        """Return a template's source, from the first loader that has it."""
        for loader in self.loaders:
            with suppress(TemplateNotFound):
                source = loader.get_source(environment, template)
                self.explain("%r found in %r", template, loader)
                return source
            self.explain("%r not found in %r", template, loader)
        raise TemplateNotFound(
            template, f"{template!r} not found in search path: {self.searchpath!r}"
        )

    def explain(self, result: str, template: str, loader: BaseLoader) -> None:
        """Log where a template was looked for, if the app is configured to."""
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            self.app.logger.info(result, template, folders_of(loader))

    def list_templates(self) -> list[str]:
        """Return the names of all templates, sorted."""
        names = (each.list_templates() for each in self.loaders)
        return sorted({*chain.from_iterable(names)})


def folders_of(loader: BaseLoader) -> list[str]:
    """Return the folders of a loader, or a description of one that has none."""
    return getattr(loader, "searchpath", [repr(loader)])


class TemplateNames(Setup):
    """The methods that add to what every template of an app knows."""

    @setup
    def template_filter(
        self, name: str | None = None
    ) -> Callable[[FunctionT], FunctionT]:
        """Register the decorated function as a filter: `{{ value|name }}`."""
        return registrar(self, "filters", name)

    @setup
    def template_test(
        self, name: str | None = None
    ) -> Callable[[FunctionT], FunctionT]:
        """Register the decorated function as a test: `{% if x is name %}`."""
        return registrar(self, "tests", name)

    @setup
    def template_global(
        self, name: str | None = None
    ) -> Callable[[FunctionT], FunctionT]:
        """Register the decorated function as a global: `{{ name() }}`."""
        return registrar(self, "globals", name)

    def add_template_filter(
        self, f: Callable[..., Any], name: str | None = None
    ) -> None:
        """Register a function as a filter."""
        self.template_filter(name)(f)

    def add_template_test(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a function as a test."""
        self.template_test(name)(f)

    def add_template_global(
        self, f: Callable[..., Any], name: str | None = None
    ) -> None:
        """Register a function as a global."""
        self.template_global(name)(f)


def registrar(
    part: Setup, registry: str, name: str | None
) -> Callable[[FunctionT], FunctionT]:
    """Return a decorator that registers a function, by default under its own name.

    Raises `TypeError` if the decorator was used without parentheses, or for an
    `async def` that templates would call without `await`.
    """
    if callable(name):
        raise TypeError(
            f"can't register {name!r} by a decorator without parentheses: write"
            " @app.template_filter(), @app.template_test() or @app.template_global()"
        )

    def register(function: FunctionT) -> FunctionT:
        def add(app: Any, scope: Scope) -> None:
            if not app.jinja_env.is_async:
                # a coroutine is true: `{% if is_admin() %}` would be for everyone
                refuse_async(function)
            getattr(app.jinja_env, registry)[name or function.__name__] = function

        part.apply(add)
        return function

    return register


class Templating(TemplateNames):
    """The part of an app that has templates: where they are, and what they know."""

    jinja_environment: type[jinja2.Environment] = Environment

    # what the app has
    config: Config
    debug: ConfigAttribute[bool]
    template_context_processors: Registry[ContextProcessor]

    @cached_property
    def jinja_env(self) -> jinja2.Environment:
        """Jinja's environment, made at its first use: set `jinja_options` before."""
        return self.create_jinja_environment()

    def create_jinja_environment(self) -> jinja2.Environment:
        """Return a new environment with the app's loader, options and names."""
        return make_environment(self)

    def create_global_jinja_loader(self) -> BaseLoader:
        """Return what finds the templates of the app and of its blueprints."""
        return Loader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Return whether to escape values in a file, or in a string if it is None."""
        return filename is None or filename.lower().endswith(ESCAPED)

    def reloads_templates(self) -> bool:
        """Return whether to load a template again when its file has changed."""
        reload: bool | None = self.config["TEMPLATES_AUTO_RELOAD"]
        return self.debug if reload is None else reload

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add the context processors' names, but never replace one of the view's."""
        given = dict(context)
        scopes = request.scopes if has_request_context() else (None,)
        for function in functions_for(self.template_context_processors, scopes):
            context.update(function())
        context.update(given)


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
    if has_request_context():
        # the page will show the messages; its headers take them out of the session
        get_flashed_messages()

    def pieces() -> Iterator[str]:
        yield from template.generate(context)
        send(template_rendered, app, template=template, context=context)

    return current_context().stream(pieces())
