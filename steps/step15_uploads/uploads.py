"""Files from strangers: kept under names of our own, given back so that none runs.

How large a body may be is told by the app's configuration; `wrappers` refuses more.
"""

import shutil
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from werkzeug.datastructures import FileStorage

from .ctx import current_app
from .static import PathLike, send_from_directory
from .wrappers import Response


def save_upload(upload: FileStorage | IO[bytes], folder: PathLike) -> str:
    """Keep an uploaded file, or a body, in a folder below `instance_path`.

    Give the name it has there: random, so that no two meet and nobody can choose
    it. What fails midway leaves no file behind. Raises `OSError` if the disk is
    full, an `HTTPException` if the body is too large or breaks off.
    """
    home = Path(current_app.instance_path, folder)
    home.mkdir(parents=True, exist_ok=True)
    name = token_hex(16)
    path = home / name
    with path.open("xb") as file:
        try:
            shutil.copyfileobj(upload, file)
        except BaseException:
            path.unlink()
            raise
    return name


def send_upload(folder: PathLike, name: str, **options: Any) -> Response:
    """Give a response that sends a kept file, as a download that can't run as a page.

    The options are those of `send_file`; `download_name` is the name it is saved as.
    Raises `NotFound` if there is no such file.
    """
    options = {
        "as_attachment": True,
        "mimetype": "application/octet-stream",
        **options,
    }
    home = Path(current_app.instance_path, folder)
    response = send_from_directory(home, name, **options)
    # whatever is in it: no guess at its type, no script, no origin
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
