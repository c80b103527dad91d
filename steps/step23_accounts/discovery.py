"""Finding an app by its import string: a module, and an app or a factory in it.

The string is "shop", "shop:app" or "shop:create_app('test')", and the module may be a
path, as in "src/shop.py:app". Without a string, the module is `wsgi` or `app`.
"""

import ast
import re
import sys
import traceback
from collections.abc import Callable
from inspect import isfunction, signature
from pathlib import Path
from types import ModuleType
from typing import Any

import click

DEFAULT_PATHS = ("wsgi.py", "app.py")
APP_NAMES = ("app", "application")
FACTORY_NAMES = ("create_app", "make_app")


class NoAppError(click.ClickException):
    """There is no app to work with. If its own code raised, that is the cause."""


def locate_app(import_string: str | None) -> Any:
    """Import and return the app that a string names, or the one that is here.

    Raises `NoAppError` if there is none, or if its module or factory raises.
    """
    return locate_named(import_string) if import_string else locate_here()


def locate_named(import_string: str) -> Any:
    # the colon after a drive's letter belongs to the path
    path, *rest = re.split(r":(?![\\/])", import_string, maxsplit=1)
    module = import_by_path(path)
    if module is None:
        raise NoAppError(
            f"There is no module for the app {import_string!r}: check its name in"
            " --app or FLASK_APP, and the folder that you're in."
        )
    return find_app_by_string(module, rest[0]) if rest else find_best_app(module)


def locate_here() -> Any:
    for path in DEFAULT_PATHS:
        module = import_by_path(path)
        if module is not None:
            return find_best_app(module)
    raise NoAppError(
        "There is no app here: name its module with --app or FLASK_APP, as in"
        " `--app shop`, or call the file wsgi.py or app.py."
    )


def import_by_path(path: str) -> ModuleType | None:
    """Import the module at a path, or with a dotted name; return None without one."""
    name = prepare_import(path)
    if not all(name.split(".")):
        # a hidden file, or the root of all folders
        return None
    try:
        # unlike `import_module`, it leaves no frame of its own in a traceback
        attempt(f"The import of {name!r}", __import__, name)
    except NoAppError as error:
        if is_missing(name, error.__cause__):
            return None
        raise
    return sys.modules[name]


def prepare_import(path: str) -> str:
    """Put the folder of a module on Python's path, and return the module's name."""
    file = Path(path).resolve()
    if file.suffix == ".py":
        file = file.with_suffix("")
    if file.name == "__init__":
        file = file.parent
    names = [file.name]
    folder = file.parent
    while (folder / "__init__.py").is_file():
        names.append(folder.name)
        folder = folder.parent
    if sys.path[:1] != [str(folder)]:
        sys.path.insert(0, str(folder))
    return ".".join(reversed(names))


def attempt(what: str, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Call a function that leads into the developer's code.

    If that raises, so does this: a `NoAppError` with the traceback of that code alone.
    """
    try:
        return function(*given, **named)
    except click.ClickException:
        raise
    except Exception as error:
        frames = error.__traceback__
        own = frames.tb_next if frames else None
        lines = traceback.format_exception(type(error), error, own)
        text = "".join(lines).rstrip()
        raise NoAppError(f"{what} raised an error.\n\n{text}") from error


def is_missing(name: str, error: BaseException | None) -> bool:
    """Return whether an error says that there's no module of that name."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return False
    return f"{name}.".startswith(f"{error.name}.")


def find_best_app(module: ModuleType) -> Any:
    """Return the app of a module: by its usual name, the only one, or a factory's.

    Raises `NoAppError` if there's none, or more than one.
    """
    for name in APP_NAMES:
        app = getattr(module, name, None)
        if is_app(app):
            return app
    apps = {id(value): value for value in vars(module).values() if is_app(value)}
    if len(apps) > 1:
        raise NoAppError(
            f"The module {module.__name__!r} has {len(apps)} apps: say which, as in"
            f" '{module.__name__}:NAME'."
        )
    if apps:
        return apps.popitem()[1]
    for name in FACTORY_NAMES:
        if isfunction(getattr(module, name, None)):
            return find_app_by_string(module, name)
    raise NoAppError(
        f"The module {module.__name__!r} has no app and no function create_app: say"
        f" what makes the app, as in '{module.__name__}:NAME'."
    )


def find_app_by_string(module: ModuleType, text: str) -> Any:
    """Return the app that is named in a module, or made by the factory named there.

    Raises `NoAppError` if that's no app.
    """
    name, given, named = parse(text)
    where = f"'{module.__name__}:{text}'"
    try:
        app = getattr(module, name)
    except AttributeError:
        raise NoAppError(
            f"The module {module.__name__!r} has no {name!r}, so {where} is no app."
        ) from None
    if isfunction(app):
        app = call_factory(where, app, *given, **named)
    if not is_app(app):
        raise NoAppError(f"{where} is {app!r}: it has to be an app, or to return one.")
    return app


def parse(text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Split "name" or "name(arguments)" into the name and the arguments' values.

    The values are literals, so that nothing runs but the factory. Raises `NoAppError`
    for anything else.
    """
    try:
        match ast.parse(text.strip(), mode="eval").body:
            case ast.Name(id=name):
                return name, [], {}
            case ast.Call(ast.Name(name), given, named) if all(n.arg for n in named):
                values = {str(each.arg): ast.literal_eval(each.value) for each in named}
                return name, [ast.literal_eval(each) for each in given], values
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        pass
    raise NoAppError(
        f"{text!r} is neither a name nor a call with literal arguments, such as app or"
        " create_app('test', debug=True)."
    )


def call_factory(
    where: str, factory: Callable[..., Any], *given: Any, **named: Any
) -> Any:
    """Return what a factory returns. Raises `NoAppError` if it wants other arguments.

    A `TypeError` may also come from inside of it, so the signature is asked first.
    """
    try:
        signature(factory).bind(*given, **named)
    except TypeError as error:
        raise NoAppError(
            f"The factory {where} can't be called like that: {error}. Pass what it"
            f" takes, as in '…:{factory.__name__}(\"value\")'."
        ) from None
    return attempt(f"The factory {where}", factory, *given, **named)


def is_app(value: object) -> bool:
    """Return whether a value is an app. The class itself isn't, nor is a proxy.

    The module `app` knows this one, not the other way around: so ask what it can do.
    """
    return hasattr(type(value), "app_context")
