"""Configuration: a dictionary that can be filled from many places.

What a key means is explained where it is used.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Generic, TypeVar

from werkzeug.utils import import_string

Value = TypeVar("Value")


DEFAULTS: Mapping[str, Any] = {
    "DEBUG": False,
    "TESTING": False,
    # raise unhandled errors instead of answering 500, so that a test or the
    # debugger sees them; None means "when testing or debugging"
    "PROPAGATE_EXCEPTIONS": None,
    # raise HTTP errors that have no handler: all of them, or those of 400;
    # None means "missing form fields, when debugging"
    "TRAP_HTTP_EXCEPTIONS": False,
    "TRAP_BAD_REQUEST_ERRORS": None,
    # where the app lives; a request knows its own mount point and scheme
    "SERVER_NAME": None,
    "APPLICATION_ROOT": "/",
    "PREFERRED_URL_SCHEME": "http",
    # the hosts that requests may be for, ".wren.example" with all subdomains; None
    # means any host
    "TRUSTED_HOSTS": None,
    # answer OPTIONS with a list of methods, unless a view or its rule says otherwise
    "PROVIDE_AUTOMATIC_OPTIONS": True,
    # reload changed templates; None means only in debug mode
    "TEMPLATES_AUTO_RELOAD": None,
    # log for each template where it was looked for
    "EXPLAIN_TEMPLATE_LOADING": False,
    # how long browsers may keep files without asking: seconds, or a timedelta
    "SEND_FILE_MAX_AGE_DEFAULT": None,
    # let the web server in front send the files (X-Sendfile)
    "USE_X_SENDFILE": False,
    # what signs sessions, and older keys that still verify them
    "SECRET_KEY": None,
    "SECRET_KEY_FALLBACKS": None,
    # a timedelta or seconds; by default it starts over with each request that
    # uses the session
    "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
    "SESSION_REFRESH_EACH_REQUEST": True,
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_DOMAIN": None,
    # None means APPLICATION_ROOT
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SECURE": False,
    # other sites' forms and frames don't send it; their links do
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_PARTITIONED": False,
    # bytes
    "MAX_COOKIE_SIZE": 4093,
    # a request over one of these gets a 413; None means no limit
    # bytes of a body
    "MAX_CONTENT_LENGTH": None,
    # bytes of each text field in a multipart form
    "MAX_FORM_MEMORY_SIZE": 500_000,
    # fields and files in any form
    "MAX_FORM_PARTS": 1_000,
}


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


def as_timedelta(value: timedelta | int) -> timedelta:
    """Return a duration; a number counts seconds."""
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


class Config(dict[str, Any]):
    """A dictionary of settings. Each `from_…` adds to it; the last value wins.

    A setting's name is in capitals: any other name in an object or a file is
    ignored. File names are relative to `root_path`.
    """

    def __init__(
        self,
        root_path: str | os.PathLike[str],
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def __repr__(self) -> str:
        # no values: some are secret, and what is printed ends up in a log
        return f"<Config of {', '.join(self)}>"

    def from_mapping(
        self,
        mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        **values: Any,
    ) -> bool:
        """Add the settings of a dictionary, or of pairs, then the keyword arguments."""
        for name, value in {**dict(mapping or ()), **values}.items():
            if name.isupper():
                self[name] = value
        return True

    def from_object(self, obj: object) -> None:
        """Add the attributes of an object, or of the one with that dotted name."""
        if isinstance(obj, str):
            obj = import_string(obj)
        # check the name first: reading an attribute may run code
        for name in dir(obj):
            if name.isupper():
                self[name] = getattr(obj, name)

    def from_pyfile(
        self, filename: str | os.PathLike[str], silent: bool = False
    ) -> bool:
        """Run a Python file and add its names. Return whether there was a file.

        Raises `OSError` if there is none, unless `silent`.
        """
        return self.from_file(filename, run_python, silent, text=False)

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Add what `load` reads from a file: `json.load`, say, or `tomllib.load`.

        Return whether there was a file. Raises `OSError` if there is none, unless
        `silent`. With `text=False` the file is opened in binary mode.
        """
        path = Path(self.root_path, filename)
        try:
            file = path.open(encoding="utf-8") if text else path.open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            if silent:
                return False
            error.strerror = f"can't read the configuration: {error.strerror}"
            raise
        with file:
            return self.from_mapping(load(file))

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Run the Python file that an environment variable names, and add its names.

        Raises `RuntimeError` if the variable is missing or empty, unless `silent`.
        """
        filename = os.environ.get(variable_name)
        if filename:
            return self.from_pyfile(filename, silent)
        if silent:
            return False
        raise RuntimeError(
            f"the environment variable {variable_name!r} is not set or is empty: set"
            " it to the path of a Python file"
        )

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], Any] = json.loads
    ) -> bool:
        """Add all environment variables that start with the prefix and `_`.

        A value is JSON, or else a string. `PREFIX_A__B` is key B of dictionary A.
        Raises `ValueError` if a string would replace true or false.
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
        """Return the settings whose names start with `namespace`, under the rest."""
        cut = len(namespace) if trim_namespace else 0
        found = {}
        for name, value in self.items():
            if name.startswith(namespace):
                name = name[cut:]
                found[name.lower() if lowercase else name] = value
        return found


def run_python(file: IO[bytes]) -> Mapping[str, Any]:
    """Run a Python file in a new module, and return the module's names."""
    module = ModuleType("config")
    module.__file__ = file.name
    exec(compile(file.read(), file.name, "exec"), vars(module))
    return vars(module)


def read_value(text: str, loads: Callable[[str], Any]) -> Any:
    """Return what `loads` makes of a text, or the text itself if that fails."""
    try:
        return loads(text)
    except Exception:  # each loader has its own errors
        return text


def place(settings: dict[str, Any], name: str, value: Any, variable: str) -> None:
    """Set a value; `A__B` is key B of dictionary A. Errors name the variable."""
    *parents, key = name.split("__")
    for parent in parents:
        settings = own_part(settings, parent, variable)
    check_flag(settings.get(key), value, variable)
    settings[key] = value


def own_part(settings: dict[str, Any], name: str, variable: str) -> dict[str, Any]:
    """Replace a dictionary in the settings with a copy, and return the copy.

    Other apps may share the original. Raises `ValueError` if it's no dictionary.
    """
    part = settings.get(name, {})
    if not isinstance(part, dict):
        raise ValueError(
            f"the environment variable {variable} sets a key of {name}, which isn't"
            f" a dictionary: its type is {type(part).__name__}"
        )
    settings[name] = own = part.copy()
    return own


def check_flag(now: Any, value: Any, variable: str) -> None:
    """Raise `ValueError` if a string would replace true or false."""
    if isinstance(now, bool) and isinstance(value, str):
        raise ValueError(
            f"the environment variable {variable} is {value!r}, but the setting is"
            " either true or false: write one of them, in lowercase"
        )
