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

    Give the name that the file has there: random, so that no two meet and no
    visitor chooses it. What fails midway leaves no file behind. Raises `OSError` if
    the disk is full, an `HTTPException` if the body is too large or breaks off.
    """
    home = Path(current_app.instance_path, folder)
    home.mkdir(parents=True, exist_ok=True)
    path = home / token_hex(16)
    kept = path.open("xb")
    try:
        # closing writes the last bytes, and may fail like any other write
        with kept:
            shutil.copyfileobj(upload, kept)
    except BaseException:
        path.unlink()
        raise
    return path.name


def send_upload(
    folder: PathLike, name: str, download_name: str | None = None, **options: Any
) -> Response:
    """Give a response that sends a kept file, as a download that can't run as a page.

    It is saved as `download_name`, which may be the visitor's. The other options are
    those of `send_file`. Raises `NotFound` if there is no such file.
    """
    options = {
        "as_attachment": True,
        "mimetype": "application/octet-stream",
        **options,
    }
    home = Path(current_app.instance_path, folder)
    title = "".join(filter(str.isprintable, download_name or "")) or name
    # the end of a long one, for its extension: the header field has to fit as well
    title = title[-255:]
    response = send_from_directory(home, name, download_name=title, **options)
    # whatever is in it: no guess at its type, no script, no origin
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
