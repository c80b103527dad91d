"""What a command needs: the app, loaded when it's asked for, and its context.

How the app is found is in `discovery`, and what offers the commands in `cli`.
"""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, cast

import click

from .ctx import FunctionT, current_app
from .discovery import call_factory, locate_app
from .environment import flag, get_debug_flag
from .hooks import refuse_async

if TYPE_CHECKING:
    # for types alone: an app has commands, so it knows this module
    from .app import App


class ScriptInfo:
    """Which app a command is about: `click` hands it from command to command."""

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: "Callable[[], App] | None" = None,
        set_debug_flag: bool = True,
        load_dotenv_defaults: bool = True,
    ) -> None:
        """Name an app by its import string, or by the function that makes it.

        `set_debug_flag` has FLASK_DEBUG decide about the app's debug mode, whatever
        its code says.
        """
        self.app_import_path = app_import_path
        self.create_app = create_app
        self.set_debug_flag = set_debug_flag
        # whether to read `.env` and `.flaskenv`
        self.load_dotenv_defaults = load_dotenv_defaults and not flag(
            "FLASK_SKIP_DOTENV"
        )
        # for commands that have something to tell each other
        self.data: dict[Any, Any] = {}

    def load_app(self) -> "App":
        """Return the app, always the same. Raises `NoAppError` if there is none."""
        return self.app

    @cached_property
    def app(self) -> "App":
        if self.create_app is not None:
            app = call_factory("create_app", self.create_app)
        else:
            app = locate_app(self.app_import_path)
        if self.set_debug_flag:
            app.debug = get_debug_flag()
        return cast("App", app)


pass_script_info = click.make_pass_decorator(ScriptInfo, ensure=True)


def with_appcontext(function: FunctionT) -> FunctionT:
    """Run a command's function in the context of the script's app.

    Commands of `app.cli` run in one anyway.
    """

    @click.pass_context
    def in_context(context: click.Context, /, *given: Any, **named: Any) -> Any:
        if not current_app:
            app = context.ensure_object(ScriptInfo).load_app()
            context.with_resource(app.app_context())
        return context.invoke(function, *given, **named)

    return cast(FunctionT, update_wrapper(in_context, function))


class AppGroup(click.Group):
    """A group of commands that run in an app's context."""

    def command(self, *given: Any, with_appcontext: bool = True, **options: Any) -> Any:
        """Register the decorated function as a command.

        Arguments are those of `click.command`; with `with_appcontext=False`, the
        command runs without a context if it's called without one.
        """
        prepare = prepared if with_appcontext else checked
        if given and callable(given[0]):
            # the decorator has no parentheses
            return super().command(prepare(given[0]), *given[1:], **options)
        register = super().command(*given, **options)
        return lambda function: register(prepare(function))

    def group(self, *given: Any, **options: Any) -> Any:
        """Register a group of commands that run in the app's context as well."""
        options.setdefault("cls", AppGroup)
        return super().group(*given, **options)


def checked(function: FunctionT) -> FunctionT:
    refuse_async(function)
    return function


def prepared(function: FunctionT) -> FunctionT:
    return with_appcontext(checked(function))


def is_in_command() -> bool:
    """Return whether a command of an app is running, such as one that imports it."""
    context = click.get_current_context(silent=True)
    return context is not None and context.find_object(ScriptInfo) is not None
