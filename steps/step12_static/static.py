"""Files as they are: sent with what browsers need to cache, resume and name them.

The headers and the answers to conditional and range requests (RFC 9110, sections
13 and 14) are Werkzeug's work; which file may be sent is decided here.
"""

import os
from pathlib import Path
from typing import IO, Any, cast

import werkzeug.utils
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from .ctx import current_app, current_request
from .wrappers import Response

PathLike = str | os.PathLike[str]


def send_file(
    path_or_file: PathLike | IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    **options: Any,
) -> Response:
    """Give a response that sends a file; relative names start at `root_path`.

    The other options are those of Werkzeug's `send_file`: `conditional`, `etag`,
    `last_modified` and `max_age` (seconds). A name that comes from outside is for
    `send_from_directory`. Raises `OSError` if the file can't be opened, `TypeError`
    if neither a name nor `mimetype` tells its type.
    """
    if isinstance(path_or_file, (str, os.PathLike)):
        path_or_file = Path(current_app.root_path, path_or_file)
    if options.get("max_age") is None:
        options["max_age"] = current_app.get_send_file_max_age
    response = werkzeug.utils.send_file(
        path_or_file,
        current_request().environ,
        mimetype,
        as_attachment,
        download_name,
        use_x_sendfile=current_app.config["USE_X_SENDFILE"],
        response_class=current_app.response_class,
        **options,
    )
    return cast(Response, response)


def send_from_directory(
    directory: PathLike, path: PathLike, **options: Any
) -> Response:
    """Give a response that sends a file below a directory, and no other.

    The directory is the app's own choice, the path may come from outside. The
    options are those of `send_file`. Raises `NotFound` for what is no file there.
    """
    home = Path(current_app.root_path, directory)
    file = safe_join(str(home), os.fspath(path))
    if file is None or not is_file_below(home, Path(file)):
        raise NotFound
    return send_file(file, **options)


def is_file_below(home: Path, file: Path) -> bool:
    try:
        return file.is_file() and is_below(home, file)
    except OSError:
        # a name that no file can have, or a folder that may not be entered
        return False


def is_below(home: Path, path: Path) -> bool:
    """Tell whether a path ends up in a folder, wherever links lead."""
    return path.resolve().is_relative_to(home.resolve())
