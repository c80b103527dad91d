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

# what makes a command of a function
Decorator = Callable[[Callable[..., Any]], Any]


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
        """The app, loaded at its first use."""
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

    Commands of `app.cli` run in one anyway. Raises `TypeError` for an `async def`.
    """
    refuse_async(function)

    @click.pass_context
    def in_context(context: click.Context, /, *given: Any, **named: Any) -> Any:
        if not current_app:
            app = context.ensure_object(ScriptInfo).load_app()
            context.with_resource(app.app_context())
        return context.invoke(function, *given, **named)

    return cast(FunctionT, update_wrapper(in_context, function))


class AppGroup(click.Group):
    """A group of commands that run in an app's context."""

    def command(  # type: ignore[override]  # click's overloads are two functions
        self, *given: Any, **options: Any
    ) -> Decorator:
        """Register the decorated function as a command in the app's context.

        Arguments are those of click's decorator. With `with_appcontext=False`, the
        command has only the context that it's called in.
        """
        if given and callable(given[0]):
            # the decorator has no parentheses
            return cast(Decorator, self.command(*given[1:], **options)(given[0]))
        in_context = options.pop("with_appcontext", True)
        make_command = super().command(*given, **options)

        def register(function: Callable[..., Any]) -> Any:
            refuse_async(function)
            return make_command(with_appcontext(function) if in_context else function)

        return register

    def group(  # type: ignore[override]  # as above
        self, *given: Any, **options: Any
    ) -> Decorator:
        """Register a group, whose commands are in the app's context as well."""
        options.setdefault("cls", AppGroup)
        return cast(Decorator, super().group(*given, **options))


def must_not_block() -> bool:
    """Return whether a command is running, which a server would hold up; and say so."""
    context = click.get_current_context(silent=True)
    if context is None or context.find_object(ScriptInfo) is None:
        return False
    click.echo(
        "app.run() did nothing: a command is running, and it would wait for the server"
        ' to stop. Put the call below `if __name__ == "__main__":`.',
        err=True,
    )
    return True
