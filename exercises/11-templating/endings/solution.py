"""Templates are escaped, unless their name says that they are plain text."""

from pathlib import PurePosixPath

from step11_templating import App as StepApp
from step11_templating import render_template, render_template_string

__all__ = ["App", "render_template", "render_template_string"]

# these say how a file was made, and nothing about its text
TEMPLATE = (".j2", ".jinja", ".jinja2")
PLAIN = (".txt", ".md", ".csv", ".json")


class App(StepApp):
    """The app of step 11, which is careful with what it doesn't know."""

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Tell whether values are escaped in a file; None stands for a string."""
        if filename is None:
            return True
        # the names of templates have slashes on every system
        path = PurePosixPath(filename.lower())
        if path.suffix in TEMPLATE:
            path = path.with_suffix("")
        return path.suffix not in PLAIN
