"""The command everyone writes first: import the app, then do what was asked."""

import os
import sys
from importlib import import_module
from pathlib import Path

import click
from dotenv import find_dotenv, load_dotenv
from step17_views import App as Step17App

__all__ = ["App", "CommandLine"]


class App(Step17App):
    """The app of step 17, with commands."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cli = click.Group()


class CommandLine(click.Group):
    """Calls the commands of the app in a module."""

    def __init__(self):
        option = click.Option(["--app"], expose_value=False, callback=self.load)
        super().__init__(params=[option])

    def load(self, ctx, option, name):
        load_dotenv(find_dotenv(usecwd=True))
        sys.path.insert(0, str(Path.cwd()))
        ctx.obj = import_module(name).app
        ctx.obj.debug = os.environ.get("FLASK_DEBUG") == "1"

    def get_command(self, ctx, name):
        return ctx.obj.cli.get_command(ctx, name)
