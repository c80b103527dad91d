"""Static files, the short way: open whatever the URL names, and send it whole."""

import mimetypes
from pathlib import Path

from step11_templating import App as BareApp
from step11_templating import Response, current_app

__all__ = ["App", "Response", "send_file", "send_from_directory"]


class App(BareApp):
    """An app with a view that opens the file it's asked for."""

    def __init__(self, import_name, *, static_folder="static", **options):
        super().__init__(import_name, **options)
        self.static_folder = f"{self.root_path}/{static_folder}"
        self.add_url_rule("/static/<path:filename>", "static", self.send_static_file)

    def send_static_file(self, filename):
        return send_from_directory(self.static_folder, filename)


def send_from_directory(directory, path):
    return send_file(f"{directory}/{path}")


def send_file(path, mimetype=None):
    file = Path(current_app.root_path, path)
    mimetype = mimetype or mimetypes.guess_type(file)[0]
    return Response(file.read_bytes(), mimetype=mimetype)
