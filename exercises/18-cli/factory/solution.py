"""A choir's app, made as often as it's asked for."""

from collections.abc import Mapping
from typing import Any

import click
from step18_cli import (
    App,
    Blueprint,
    CommandLine,
    abort,
    current_app,
    request,
)

choir = Blueprint("choir", __name__, cli_group=None)


def singers() -> list[str]:
    """Return the singers of the active app."""
    names: list[str] = current_app.extensions["choir"]
    return names


@choir.get("/")
def count() -> str:
    return f"{len(singers())} singers"


@choir.post("/")
def join() -> tuple[str, int]:
    if len(singers()) >= current_app.config["SIZE"]:
        abort(403, "The choir is full.")
    singers().append(request.form["name"])
    return "Welcome!", 201


@choir.cli.command("names")
def names() -> None:
    """Print the singers' names."""
    for name in singers():
        click.echo(name)


def create_app(settings: Mapping[str, Any] | None = None) -> App:
    """Return a new choir without singers."""
    app = App(__name__)
    app.config["SIZE"] = 30
    app.config.from_prefixed_env("CHOIR")
    app.config.from_mapping(settings)
    app.extensions["choir"] = []
    app.register_blueprint(choir)
    return app


cli = CommandLine(create_app=create_app)
