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

from .ctx import current_app, current_context, current_request
from .wrappers import Response

PathLike = str | os.PathLike[str]


def send_file(
    path_or_file: PathLike | IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    **options: Any,
) -> Response:
    """Return a response that sends a file; relative names start at `root_path`.

    The other options are those of Werkzeug's `send_file`: `conditional`, `etag`,
    `last_modified` and `max_age` (seconds). A name that comes from outside is for
    `send_from_directory`. Raises `OSError` if the file can't be opened, `TypeError`
    if neither a name nor `mimetype` tells its type.
    """
    request, app = current_request(), current_context().app
    if isinstance(path_or_file, (str, os.PathLike)):
        path_or_file = os.path.join(app.root_path, path_or_file)
    if options.get("max_age") is None:
        options["max_age"] = app.get_send_file_max_age
    response = werkzeug.utils.send_file(
        path_or_file,
        request.environ,
        mimetype,
        as_attachment,
        download_name,
        use_x_sendfile=app.config["USE_X_SENDFILE"],
        response_class=app.response_class,
        **options,
    )
    return cast(Response, response)


def send_from_directory(
    directory: PathLike, path: PathLike, **options: Any
) -> Response:
    """Return a response that sends a file below a directory, and no other.

    The directory is the app's own choice, the path may come from outside. The
    options are those of `send_file`. Raises `NotFound` for what is no file there.
    """
    home = os.path.join(current_app.root_path, directory)
    file = safe_join(home, os.fspath(path))
    if file is None or not is_file_below(home, file):
        raise NotFound
    return send_file(file, **options)


def is_file_below(home: str, file: str) -> bool:
    # to follow links means to look at every folder from the root on
    return os.path.isfile(file) and (not has_links(home, file) or is_below(home, file))


def has_links(home: str, path: str) -> bool:
    """Return whether a part of a path is a link, below the folder it begins with."""
    while len(path) > len(home):
        if is_link(path):
            return True
        path = os.path.dirname(path)
    return False


def is_link(path: str) -> bool:
    # `os.path.islink` doesn't know the junctions of Windows
    try:
        os.readlink(path)
    except OSError:
        return False
    return True


def is_below(home: str, path: str) -> bool:
    """Return whether a path ends up in a folder, wherever links lead."""
    return Path(path).resolve().is_relative_to(Path(home).resolve())
