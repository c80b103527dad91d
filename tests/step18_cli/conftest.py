"""What the tests of step 18 share: a folder with an app in it, and its command."""

import inspect
import os
import sys
import traceback
from contextvars import copy_context
from textwrap import dedent

import click.testing
import pytest
import werkzeug.serving

SIGNATURE = inspect.signature(werkzeug.serving.run_simple)


@pytest.fixture(autouse=True)
def process(tmp_path, monkeypatch):
    """Work in an empty folder, and put back what a command does to its process."""
    home = tmp_path / "here"
    home.mkdir()
    monkeypatch.chdir(home)
    environ, modules, path = dict(os.environ), set(sys.modules), list(sys.path)
    for name in environ:
        if name.startswith("FLASK_") or name == "PYTHONSTARTUP":
            del os.environ[name]
    monkeypatch.delattr(sys, "__interactivehook__", raising=False)
    # modules of two tests may be saved in the same second
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


@pytest.fixture
def save(tmp_path):
    """Return a function that saves a file in the working directory."""

    def save(name, text):
        file = tmp_path / "here" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file

    return save


@pytest.fixture
def command():
    """Return a function that calls the command line, as a terminal does."""
    # pytest loads this file before it knows which framework is meant
    from step18_cli import CommandLine

    def call(*arguments, **options):
        return Said(invoke(CommandLine(), *arguments, **options))

    return call


def invoke(cli, *arguments, **options):
    """Call a command as if its process ended afterwards."""
    runner = click.testing.CliRunner()
    return copy_context().run(runner.invoke, cli, arguments, **options)


@pytest.fixture
def run():
    """Return a function that calls any command, and returns click's result."""
    return invoke


class Said:
    """What a command has left: its exit code, and all that it said."""

    def __init__(self, result):
        self.code = result.exit_code
        self.text = result.output
        error = result.exception
        if error is not None and not isinstance(error, SystemExit):
            # Python prints it when the process ends
            self.text += "".join(traceback.format_exception(error))
        self.lines = self.text.splitlines()

    @property
    def refused(self):
        """Whether it failed with a sentence, and not with a traceback."""
        return self.code > 0 and "Error: " in self.text and "Traceback" not in self.text


class Calls(list):
    """How Werkzeug's server was called, instead of starting."""

    def record(self, *arguments, **options):
        call = SIGNATURE.bind(*arguments, **options)
        call.apply_defaults()
        self.append(call.arguments)


@pytest.fixture
def calls(monkeypatch):
    """Record each start of a server; no server starts."""
    calls, run_simple = Calls(), werkzeug.serving.run_simple
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is run_simple:
                monkeypatch.setattr(module, name, calls.record)
    return calls
