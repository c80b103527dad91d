"""Configuration: a dictionary that can be filled from many places.

What the keys mean is told where they are used; their defaults are in `app`.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Generic, TypeVar

from werkzeug.utils import import_string

Value = TypeVar("Value")


class ConfigAttribute(Generic[Value]):
    """An attribute of the app whose value is in its configuration."""

    def __init__(
        self, key: str, convert: Callable[[Any], Value] = lambda value: value
    ) -> None:
        self.key = key
        self.convert = convert

    def __get__(self, app: Any, owner: Any = None) -> Value:
        # the class knows the default
        settings = owner.default_config if app is None else app.config
        value = settings[self.key]
        return self.convert(value)

    def __set__(self, app: Any, value: Value) -> None:
        app.config[self.key] = value


class Config(dict[str, Any]):
    """A dictionary of settings. Each `from_…` adds to it; the last value wins.

    A setting has a name in capitals: other names of an object or a file are
    passed over. Relative file names start at `root_path`.
    """

    def __init__(
        self,
        root_path: str | os.PathLike[str],
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def __repr__(self) -> str:
        # the names only: what is printed is logged, and the values hold secrets
        return f"<Config of {', '.join(self)}>"

    def from_mapping(
        self, mapping: Mapping[str, Any] | None = None, **values: Any
    ) -> bool:
        """Take the settings of a dictionary, and those given by name."""
        for name, value in {**(mapping or {}), **values}.items():
            if name.isupper():
                self[name] = value
        return True

    def from_object(self, obj: object) -> None:
        """Take the attributes of an object: a module, a class, or the name of one."""
        if isinstance(obj, str):
            obj = import_string(obj)
        # no other name is even looked at: reading an attribute may run code
        for name in dir(obj):
            if name.isupper():
                self[name] = getattr(obj, name)

    def from_pyfile(
        self, filename: str | os.PathLike[str], silent: bool = False
    ) -> bool:
        """Run a Python file and take its names. Tell whether it was there.

        Raises `OSError` if it is not, unless `silent`.
        """
        return self.from_file(filename, run_python, silent, text=False)

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Take what `load` makes of a file, as `json.load` or `tomllib.load` do.

        Tell whether the file was there. Raises `OSError` if it is not, unless
        `silent`. With `text=False` the file is opened for bytes.
        """
        path = Path(self.root_path, filename)
        try:
            file = path.open(encoding="utf-8") if text else path.open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            if silent:
                return False
            error.strerror = f"no configuration can be read: {error.strerror}"
            raise
        with file:
            return self.from_mapping(load(file))

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Take the Python file whose name is in an environment variable.

        Raises `RuntimeError` if the variable is empty, unless `silent`.
        """
        filename = os.environ.get(variable_name)
        if filename:
            return self.from_pyfile(filename, silent)
        if silent:
            return False
        raise RuntimeError(
            f"the environment variable {variable_name!r} is not set, or empty: let"
            " it name a configuration file in Python"
        )

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], Any] = json.loads
    ) -> bool:
        """Take all environment variables that begin with the prefix and `_`.

        A value is JSON, or else a string. `PREFIX_A__B` is key B of dictionary A.
        Raises `ValueError` if a setting that is true or false would be a string.
        """
        start = f"{prefix}_"
        for variable in sorted(os.environ):
            if variable.startswith(start):
                value = read_value(os.environ[variable], loads)
                place(self, variable.removeprefix(start), value, variable)
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, Any]:
        """Return the settings whose names begin with `namespace`, without it."""
        cut = len(namespace) if trim_namespace else 0
        found = {}
        for name, value in self.items():
            if name.startswith(namespace):
                name = name[cut:]
                found[name.lower() if lowercase else name] = value
        return found


def run_python(file: IO[bytes]) -> Mapping[str, Any]:
    """Run a Python file and give its names, as an import would."""
    module = ModuleType("config")
    module.__file__ = file.name
    exec(compile(file.read(), file.name, "exec"), vars(module))
    return vars(module)


def read_value(text: str, loads: Callable[[str], Any]) -> Any:
    """Return what `loads` makes of a text, or the text if it can't read it."""
    try:
        return loads(text)
    except Exception:  # each loader refuses in its own way
        return text


def place(settings: dict[str, Any], name: str, value: Any, variable: str) -> None:
    """Set a value; `A__B` is key B of dictionary A. `variable` is named in errors."""
    *parents, key = name.split("__")
    for parent in parents:
        settings = own_part(settings, parent, variable)
    check_flag(settings.get(key), value, variable)
    settings[key] = value


def own_part(settings: dict[str, Any], name: str, variable: str) -> dict[str, Any]:
    """Put a copy in place of a dictionary in the settings, and give the copy.

    Other apps may hold the same dictionary. Raises `ValueError` for other values.
    """
    part = settings.get(name, {})
    if not isinstance(part, dict):
        raise ValueError(
            f"the environment variable {variable} would set a part of {name}, whose"
            f" value is no dictionary: it is of type {type(part).__name__}"
        )
    settings[name] = own = part.copy()
    return own


def check_flag(now: Any, value: Any, variable: str) -> None:
    """Raise `ValueError` if text would stand for true or false: all text is true."""
    if isinstance(now, bool) and isinstance(value, str):
        raise ValueError(
            f"the environment variable {variable} is {value!r}, which is neither true"
            " nor false: write true or false, in small letters"
        )
