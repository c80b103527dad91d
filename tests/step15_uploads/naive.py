"""The naive uploads: read into memory, kept and sent under the visitor's own name."""

from pathlib import Path

from step14_json import (
    App,
    AppClient,
    Request,
    Response,
    current_app,
    request,
    send_from_directory,
)

__all__ = ["App", "AppClient", "Request", "Response"]
__all__ += ["current_app", "request", "save_upload", "send_upload"]


def save_upload(upload, folder):
    home = Path(current_app.instance_path, folder)
    home.mkdir(parents=True, exist_ok=True)
    Path(home, upload.filename).write_bytes(upload.read())
    return upload.filename


def send_upload(folder, name):
    return send_from_directory(Path(current_app.instance_path, folder), name)
