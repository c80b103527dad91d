"""A command that prints the settings of an app, but not its secrets."""

import re
from collections.abc import Mapping
from typing import Any

import click
from step18_cli import current_app, with_appcontext

SECRET = {
    "SECRET",
    "SECRETS",
    "KEY",
    "KEYS",
    "PASSWORD",
    "PASSWORDS",
    "TOKEN",
    "TOKENS",
}
HIDDEN = "(hidden)"
# the password in a URL: between the colon after a name and the last @ of the host part
PASSWORD = re.compile(r"(?<=://)([^/?#:@]*):([^/?#]*)(?=@)")


@click.command("settings")
@click.option("--all", "everything", is_flag=True, help="List the defaults, too.")
@with_appcontext
def settings(everything: bool) -> None:
    """List the settings of the app, and hide its secrets."""
    defaults = current_app.default_config
    for name, value in sorted(current_app.config.items()):
        if everything or name not in defaults or value != defaults[name]:
            click.echo(f"{name} = {shown(name, value)!r}".replace(repr(HIDDEN), HIDDEN))


def shown(name: object, value: Any) -> Any:
    """Return a value as it may be seen: without what is secret in it."""
    if value in (None, "", b"", [], {}):
        return value
    if SECRET & {*str(name).upper().split("_")}:
        return HIDDEN
    if isinstance(value, str):
        return PASSWORD.sub(rf"\1:{HIDDEN}", value)
    if isinstance(value, Mapping):
        return {key: shown(key, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shown("", each) for each in value]
    return value
