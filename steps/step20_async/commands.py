"""The commands that each app has: `run`, `routes` and `shell`.

Where the app comes from is in `script`, and the server in `serving`.
"""

import code
import os
import sys
from collections.abc import Callable, Iterable
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import click
from werkzeug.routing import Rule
from werkzeug.serving import is_running_from_reloader

from .certificates import make_ssl_context
from .ctx import current_app
from .discovery import NoAppError
from .environment import get_debug_flag, set_debug_flag
from .script import ScriptInfo, pass_script_info, with_appcontext
from .serving import serve


def set_debug(ctx: click.Context, option: click.Parameter, debug: bool | None) -> None:
    """Choose the debug mode before the app is made, if the option was given."""
    if debug is not None:
        set_debug_flag(debug)


def debug_option() -> click.Option:
    return click.Option(
        ["--debug/--no-debug"],
        default=None,
        expose_value=False,
        callback=set_debug,
        help="Turn debug mode on or off.",
    )


class PathList(click.Path):
    """Several paths in one argument, with the system's separator between them."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        convert = super().convert
        return [convert(each, param, ctx) for each in value.split(os.pathsep)]


# ---- run


@click.command(
    "run", short_help="Serve the app to its developer.", params=[debug_option()]
)
@click.option("--host", "-h", default="127.0.0.1", help="The address to listen on.")
@click.option(
    "--port",
    "-p",
    type=click.IntRange(0, 65535),
    default=5000,
    help="The port to listen on; 0 takes a free one.",
)
@click.option(
    "--cert", help="Use HTTPS, with this certificate file, SSLContext, or 'adhoc'."
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False),
    help="The file with the certificate's key.",
)
@click.option(
    "--reload/--no-reload",
    default=None,
    help="Restart when a file changes. Without the option, in debug mode.",
)
@click.option(
    "--debugger/--no-debugger",
    default=None,
    help="Open a debugger for unhandled errors. Without the option, in debug mode,"
    " if only this machine can reach it.",
)
@click.option(
    "--with-threads/--without-threads",
    default=True,
    help="Answer requests at the same time, or one by one.",
)
@click.option(
    "--extra-files",
    type=PathList(),
    help=f"More files that cause a restart, separated by {os.pathsep!r}.",
)
@click.option(
    "--exclude-patterns",
    type=PathList(),
    help=f"Patterns of files that don't, separated by {os.pathsep!r}.",
)
@pass_script_info
def run_command(
    info: ScriptInfo,
    /,
    host: str,
    port: int,
    cert: str | None,
    key: str | None,
    reload: bool | None,
    debugger: bool | None,
    with_threads: bool,
    **options: Any,
) -> None:
    """Serve the app to its developer, on this machine.

    Visitors need a production server instead: this one is neither fast nor safe.
    """
    options |= {"use_reloader": reload, "use_debugger": debugger}
    options = {name: value for name, value in options.items() if value is not None}
    context = make_ssl_context(cert, key)
    app = load_for_server(info)
    debug = get_debug_flag()
    if not is_running_from_reloader():
        mode = "on" if debug else "off"
        click.echo(f" * Serving {info.load_app().name!r}, debug mode {mode}")
    serve(app, host, port, debug, threaded=with_threads, ssl_context=context, **options)


def load_for_server(info: ScriptInfo) -> WSGIApplication:
    """Return the app, or what answers for it if an edit has just broken it.

    Raises `NoAppError` if it was broken from the start.
    """
    try:
        return info.load_app()
    except NoAppError as error:
        if not is_running_from_reloader():
            raise
        error.show()
        return raising(error.__cause__ or error)


def raising(error: BaseException) -> WSGIApplication:
    """Return an app that raises an error, for the debugger to show it."""
    origin = error.__traceback__

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise error.with_traceback(origin)

    return app


# ---- routes


class Row(NamedTuple):
    """What is listed about a route."""

    endpoint: str
    methods: str
    domain: str
    rule: str


def matching_order(rule: Rule) -> list[Any]:
    """Return what orders the rules as they are tried: fixed parts come first."""
    # Werkzeug has no public way to ask for it
    return [(not part.static, part.weight) for part in rule._parts]


def domain_of(rule: Rule) -> str:
    return rule.host or rule.subdomain or ""


# what routes can be sorted by
ORDERS: dict[str, Callable[[Rule], Any]] = {
    "endpoint": attrgetter("endpoint"),
    "methods": lambda rule: sorted(rule.methods or ()),
    "domain": domain_of,
    "rule": attrgetter("rule"),
    "match": matching_order,
}


@click.command("routes", short_help="List the routes of the app.")
@click.option(
    "--sort",
    "-s",
    type=click.Choice([*ORDERS]),
    default="endpoint",
    help="What to sort by; 'match' is the order in which they are tried.",
)
@click.option("--all-methods", is_flag=True, help="List HEAD and OPTIONS, too.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """List the routes of the app, with their endpoints and methods."""
    url_map = current_app.url_map
    hidden = set() if all_methods else {"HEAD", "OPTIONS"}
    rules = sorted(url_map.iter_rules(), key=ORDERS[sort])
    rows = [make_row(rule, hidden) for rule in rules]
    if not rows:
        click.echo("The app has no routes.")
        return
    domain = "Host" if url_map.host_matching else "Subdomain"
    show_table([Row("Endpoint", "Methods", domain, "Rule"), *rows])


def make_row(rule: Rule, hidden: set[str]) -> Row:
    methods = ", ".join(sorted((rule.methods or set()) - hidden))
    return Row(rule.endpoint, methods, domain_of(rule), rule.rule)


def show_table(rows: list[Row]) -> None:
    """Print rows below their headings. A column with nothing in it is left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    lines = [*zip(*columns, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        cells = map(str.ljust, line, widths)
        click.echo("  ".join(cells).rstrip())


# ---- shell


@click.command("shell", short_help="Open a Python prompt in the app's context.")
@with_appcontext
def shell_command() -> None:
    """Open a Python prompt in the app's context.

    It knows `app`, `g`, and what the app's shell context processors return.
    """
    names: dict[str, Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and Path(startup).is_file():
        exec(compile(Path(startup).read_bytes(), startup, "exec"), names)
    names.update(current_app.make_shell_context())
    complete_names(names)
    banner = (
        f"Python {sys.version} on {sys.platform}\n"
        f"App: {current_app.import_name}\n"
        f"Instance: {current_app.instance_path}"
    )
    code.interact(banner, local=names, exitmsg="")


def complete_names(names: dict[str, Any]) -> None:
    """Have the tab key complete these names, where the system can do that."""
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        import readline
        from rlcompleter import Completer
    except ImportError:
        pass
    else:
        readline.set_completer(Completer(names).complete)
    hook()
