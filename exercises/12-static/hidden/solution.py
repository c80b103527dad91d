"""A static folder that keeps its hidden files to itself."""

from step12_static import App as StepApp
from step12_static import Response, abort


class App(StepApp):
    """The app of step 12, except that it doesn't send hidden files."""

    def send_static_file(self, filename: str) -> Response:
        names = filename.removeprefix(".well-known/").split("/")
        if any(name.startswith(".") for name in names):
            abort(404)
        return super().send_static_file(filename)
