"""Templates are escaped unless their names say that they're plain text."""

from pathlib import PurePosixPath

from step11_templating import App as StepApp
from step11_templating import render_template, render_template_string

__all__ = ["App", "render_template", "render_template_string"]

# these say what reads the file, and nothing about its text
TEMPLATE = (".j2", ".jinja", ".jinja2")
PLAIN = (".txt", ".md", ".csv", ".json")


class App(StepApp):
    """Escapes whatever isn't known to be plain text."""

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Return whether to escape values in a file, or in a string if it is None."""
        if filename is None:
            return True
        # template names have slashes on every system
        path = PurePosixPath(filename.lower())
        if path.suffix in TEMPLATE:
            path = path.with_suffix("")
        return path.suffix not in PLAIN
