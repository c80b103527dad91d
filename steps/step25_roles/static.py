"""Files sent as they are, with what a browser needs to cache, resume and name them.

Werkzeug writes the headers and answers conditional and range requests (RFC 9110,
sections 13 and 14). This module decides which file may be sent.
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
    """Return a response that sends a file. Relative paths start at `root_path`.

    The other options are those of Werkzeug's `send_file`: `conditional`, `etag`,
    `last_modified` and `max_age` (seconds). If a visitor chose the path, use
    `send_from_directory` instead. Raises `OSError` if the file can't be opened, and
    `TypeError` if there is neither a name nor a `mimetype` to set its type.
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
    """Return a response that sends a file inside a directory, and no other file.

    The directory is the app's choice; the path may be a visitor's. The options are
    those of `send_file`. Raises `NotFound` if there's no such file in the directory.
    """
    home = os.path.join(current_app.root_path, directory)
    file = safe_join(home, os.fspath(path))
    if file is None or not is_file_below(home, file):
        raise NotFound
    return send_file(file, **options)


def is_file_below(home: str, file: str) -> bool:
    # resolving a path checks every folder from the root down, so only if it has links
    return os.path.isfile(file) and (not has_links(home, file) or is_below(home, file))


def has_links(home: str, path: str) -> bool:
    """Return whether any part of a path below the folder it begins with is a link."""
    while len(path) > len(home):
        if is_link(path):
            return True
        path = os.path.dirname(path)
    return False


def is_link(path: str) -> bool:
    # unlike `os.path.islink`, this finds junctions, another kind of link on Windows
    try:
        os.readlink(path)
    except OSError:
        return False
    return True


def is_below(home: str, path: str) -> bool:
    """Return whether a path is inside a folder once all links are followed."""
    return Path(path).resolve().is_relative_to(Path(home).resolve())
