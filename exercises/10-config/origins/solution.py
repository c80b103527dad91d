"""A configuration that knows where each of its values came from."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from step10_config import Config


class TracedConfig(Config):
    """A dictionary of settings that remembers who set them."""

    def __init__(
        self,
        root_path: str | os.PathLike[str],
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(root_path, defaults)
        # setting -> where it came from; also of some that are gone
        self.origins = dict.fromkeys(self, "default")
        # what is being read, or None
        self.source: str | None = None

    def origin(self, name: str) -> str:
        """Return where a setting came from. Raises `KeyError` if it is not set."""
        if name not in self:
            raise KeyError(name)
        return self.origins[name]

    def report(self) -> str:
        """Return where all settings came from, one per line, without their values."""
        return "\n".join(f"{name}: {self.origin(name)}" for name in sorted(self))

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self.origins[name] = self.source or "code"

    # those of `dict` write past `__setitem__`
    update = MutableMapping.update
    setdefault = MutableMapping.setdefault

    def __ior__(self, other: Any) -> "TracedConfig":
        self.update(other)
        return self

    @contextmanager
    def reading(self, source: str) -> Iterator[None]:
        """Note a source for what is set meanwhile; the outermost one counts."""
        outer, self.source = self.source, self.source or source
        try:
            yield
        finally:
            self.source = outer

    def from_mapping(
        self, mapping: Mapping[str, Any] | None = None, **values: Any
    ) -> bool:
        with self.reading("mapping"):
            return super().from_mapping(mapping, **values)

    def from_object(self, obj: object) -> None:
        with self.reading("object"):
            super().from_object(obj)

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: Callable[[IO[Any]], Mapping[str, Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        path = Path(self.root_path, filename).absolute()
        with self.reading(f"file {path}"):
            return super().from_file(filename, load, silent, text)

    def from_prefixed_env(
        self, prefix: str = "FLASK", *, loads: Callable[[str], Any] = json.loads
    ) -> bool:
        start = f"{prefix}_"
        variables = iter(sorted(name for name in os.environ if name.startswith(start)))

        def loads_and_notes(text: str) -> Any:
            # called once for each variable, in this order
            self.source = f"environment {next(variables)}"
            return loads(text)

        with self.reading("environment"):
            return super().from_prefixed_env(prefix, loads=loads_and_notes)
