"""The naive configuration: a file beside the code, and words from the environment."""

import os
import sys
from pathlib import Path

from step09_hooks import App as Step9App
from step09_hooks import Request, Response, abort, current_app, g, request

__all__ = ["App", "Config", "Request", "Response"]
__all__ += ["abort", "current_app", "g", "request"]


class Config(dict):
    """A dictionary that knows the folder of the code."""

    def from_pyfile(self, filename, silent=False):
        file = Path(self.root_path, filename)
        if silent and not file.exists():
            return
        exec(file.read_text(encoding="utf-8"), self)

    def from_prefixed_env(self, prefix):
        for variable, value in os.environ.items():
            if variable.startswith(f"{prefix}_"):
                self[variable.removeprefix(f"{prefix}_")] = value


class App(Step9App):
    """The app of step 9, which looks for its settings where the code is."""

    def __init__(self, import_name, **options):
        super().__init__(import_name)
        self.config = Config(self.config)
        self.config.root_path = Path(sys.modules[import_name].__file__).parent

    def run(self, **options):
        debug = self.config.get("DEBUG")
        super().run(debug=bool(debug), **options)
