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

    def __init__(self, key: str) -> None:
        self.key = key

    def __get__(self, app: Any, owner: type | None = None) -> Value:
        value: Value = app.config[self.key]
        return value

    def __set__(self, app: Any, value: Value) -> None:
        app.config[self.key] = value


class Config(dict[str, Any]):
    """A dictionary of settings. Each `from_…` adds to it; the last value wins.

    A setting has a name in capitals: other names of an object or a file are
    passed over. Relative file names start at `root_path`.
    """

    def __init__(
        self, root_path: str | os.PathLike[str], defaults: Mapping[str, Any] = {}
    ) -> None:
        super().__init__(defaults)
        self.root_path = root_path

    def __repr__(self) -> str:
        # the names only: what is printed is logged, and the values hold secrets
        return f"<Config of {', '.join(self)}>"

    def from_mapping(self, mapping: Mapping[str, Any] = {}, /, **values: Any) -> bool:
        """Take the settings of a dictionary, and those given by name."""
        for name, value in {**mapping, **values}.items():
            if name.isupper():
                self[name] = value
        return True

    def from_object(self, obj: object) -> None:
        """Take the attributes of an object: a module, a class, or the name of one."""
        if isinstance(obj, str):
            obj = import_string(obj)
        self.from_mapping({name: getattr(obj, name) for name in dir(obj)})

    def from_pyfile(
        self, filename: str | os.PathLike[str], silent: bool = False
    ) -> bool:
        """Run a Python file and take its names. Tell whether it was there.

        Raises `OSError` if it is not, unless `silent`.
        """

        def run(file: IO[bytes]) -> Mapping[str, Any]:
            module = ModuleType("config")
            module.__file__ = file.name
            exec(compile(file.read(), file.name, "exec"), vars(module))
            return vars(module)

        return self.from_file(filename, run, silent, text=False)

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
            f"the environment variable {variable_name!r} is empty: let it name a"
            " configuration file in Python"
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
                *parents, name = variable.removeprefix(start).split("__")
                settings: dict[str, Any] = self
                for parent in parents:
                    settings = settings.setdefault(parent, {})
                check_flag(variable, settings.get(name), value)
                settings[name] = value
        return True

    def get_namespace(
        self, namespace: str, lowercase: bool = True, trim_namespace: bool = True
    ) -> dict[str, Any]:
        """Give the settings whose names begin alike, as keyword arguments say."""
        start = len(namespace) if trim_namespace else 0
        found = {k[start:]: v for k, v in self.items() if k.startswith(namespace)}
        return {k.lower(): v for k, v in found.items()} if lowercase else found


def read_value(text: str, loads: Callable[[str], Any]) -> Any:
    try:
        return loads(text)
    except Exception:
        return text


def check_flag(variable: str, now: Any, value: Any) -> None:
    """Raise `ValueError` if text would stand for true or false: all text is true."""
    if isinstance(now, bool) and isinstance(value, str):
        raise ValueError(
            f"the environment variable {variable} is {value!r}, which is neither true"
            " nor false: write true or false, in small letters"
        )
