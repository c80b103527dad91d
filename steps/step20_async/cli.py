"""The command: it finds an app, and offers the app's commands beside its own.

Its own are in `commands`, what all of them need is in `script`, how an app is found in
`discovery`, and which variables count in `environment`.
"""

import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from .commands import debug_option, routes_command, run_command, shell_command
from .ctx import current_context, has_app_context
from .discovery import NoAppError
from .environment import load_dotenv
from .script import AppGroup, ScriptInfo, pass_script_info, with_appcontext

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

    # only for types: how an app is made is up to the developer
    from .app import App

# with the parts of commands, which Flask has in this module
__all__ = [
    "AppGroup",
    "CommandLine",
    "FlaskGroup",
    "NoAppException",
    "ScriptInfo",
    "cli",
    "load_dotenv",
    "pass_script_info",
    "routes_command",
    "run_command",
    "shell_command",
    "with_appcontext",
]

# where the packages of extensions name their commands
ENTRY_POINTS = "flask.commands"


class CommandLine(AppGroup):
    """The command of an app: it has `run` and its kin, and the commands of the app."""

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: "Callable[[], App] | None" = None,
        add_version_option: bool = True,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        **options: Any,
    ) -> None:
        """Make a command for the app that `create_app` makes, or that --app names.

        With `load_dotenv`, variables come from `.env` and `.flaskenv`, too. Other
        options are those of click's `Group`.
        """
        own = [env_file_option(), app_option(), debug_option()]
        if add_version_option:
            own.append(version_option())
        options["params"] = [*(options.get("params") or ()), *own]
        # FLASK_APP, FLASK_RUN_PORT, …: each option of each command has a variable
        settings = options.setdefault("context_settings", {})
        settings.setdefault("auto_envvar_prefix", "FLASK")
        super().__init__(**options)
        self.create_app = create_app
        self.load_dotenv = load_dotenv
        self.set_debug_flag = set_debug_flag
        if add_default_commands:
            for command in (run_command, shell_command, routes_command):
                self.add_command(command)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; without any argument, show the help."""
        if ctx.obj is None:
            ctx.obj = ScriptInfo(
                create_app=self.create_app,
                set_debug_flag=self.set_debug_flag,
                load_dotenv_defaults=self.load_dotenv,
            )
        if not args and self.no_args_is_help:
            args = self.get_help_option_names(ctx)[:1]
        return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option --help, which waits until it's known which app it's for."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.is_eager = False
        return option

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command: one of ours, of an extension, or of the app.

        Raises `ClickException` if it can't be loaded, or if no app can be asked for it.
        """
        command = super().get_command(ctx, name) or plugin(name)
        if command is not None:
            return command
        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except NoAppError as error:
            said = nobody_knows(name, self.commands, error)
            raise click.UsageError(said, ctx) from error
        if not has_app_context() or current_context().app is not app:
            # for its options' callbacks, too
            ctx.with_resource(app.app_context())
        return app.cli.get_command(ctx, name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that's called; for the tab key, say nothing without one."""
        try:
            return super().resolve_command(ctx, args)
        except click.ClickException:
            if ctx.resilient_parsing:
                return None, None, args
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands that can be loaded, and show what can't."""
        names = {*super().list_commands(ctx)}
        for name in plugins().names:
            with showing_errors(ctx):
                plugin(name)
                names.add(name)
        with showing_errors(ctx):
            names |= {*ctx.ensure_object(ScriptInfo).load_app().cli.list_commands(ctx)}
        return sorted(names)


def nobody_knows(name: str, built_in: Iterable[str], error: NoAppError) -> str:
    """Return what to say about a command that only the app could have."""
    close = get_close_matches(name, built_in, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return (
        f"The command {name!r} isn't built in{hint}, and no app could be asked for it."
        f" {error.message}"
    )


@contextmanager
def showing_errors(ctx: click.Context) -> Iterator[None]:
    """Show an error and go on. The tab key shows none: it's in the middle of a line."""
    try:
        yield
    except click.ClickException as error:
        if not ctx.resilient_parsing:
            error.show()


def plugins() -> "EntryPoints":
    """Find the commands that the packages of extensions bring; load none of them."""
    # takes a while to import, and an app that's served never asks
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINTS)


def plugin(name: str) -> click.Command | None:
    """Return the command of that name that the package of an extension brings.

    Raises `ClickException` if it can't be loaded.
    """
    for entry in plugins().select(name=name):
        try:
            command: click.Command = entry.load()
        except Exception as error:
            raise click.ClickException(
                f"The command {name!r} can't be loaded from {entry.value}: {error!r}"
            ) from error
        return command
    return None


# ---- options


def app_option() -> click.Option:
    return click.Option(
        ["-A", "--app"],
        metavar="IMPORT",
        is_eager=True,
        expose_value=False,
        callback=choose_app,
        help="The app's module or its path, and if needed a colon and the app's name or"
        " a call of its factory, as in 'shop:create_app(\"test\")'.",
    )


def choose_app(ctx: click.Context, option: click.Parameter, name: str | None) -> None:
    if name is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = name


def env_file_option() -> click.Option:
    return click.Option(
        ["-e", "--env-file"],
        type=click.Path(exists=True, dir_okay=False),
        is_eager=True,
        expose_value=False,
        callback=read_env_files,
        help="A file with environment variables. They override those in .env and"
        " .flaskenv, but not those that are set already.",
    )


def read_env_files(
    ctx: click.Context, option: click.Parameter, path: str | None
) -> None:
    if path is not None and find_spec("dotenv") is None:
        raise click.BadParameter("install python-dotenv to read it.", ctx, option)
    load_dotenv(path, ctx.ensure_object(ScriptInfo).load_dotenv_defaults)


def version_option() -> click.Option:
    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show_version,
        help="Show the versions of Python and Werkzeug.",
    )


def show_version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"Python {platform.python_version()}")
        click.echo(f"Werkzeug {version('werkzeug')}")
        ctx.exit()


cli = CommandLine(
    help="""Work on an app: serve it, look into it, call its commands.

    The app is named by --app, by the variable FLASK_APP, or by its file: wsgi.py or
    app.py in this folder."""
)

# what Flask calls them, for apps and extensions that were written for it
FlaskGroup = CommandLine
NoAppException = NoAppError
