"""Files from strangers: kept under names of our own, sent so that none of them runs.

The app's configuration says how large a body may be; `wrappers` refuses more.
"""

import atexit
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from time import time
from typing import IO, Any

from werkzeug.datastructures import FileStorage

from .ctx import current_app
from .static import PathLike, send_from_directory
from .wrappers import Response

# the extension of a file until all of it is there
PART = ".part"
# seconds after which a .part file that nobody writes to is a leftover
ABANDONED = 24 * 60 * 60
# the .part files that this process is writing
unfinished: set[Path] = set()


def save_upload(upload: FileStorage | IO[bytes], folder: PathLike) -> str:
    """Save an uploaded file, or a raw body, in a folder below `instance_path`.

    Return the name it has there: random, so that no two are alike and no visitor
    chooses it. Only a complete file gets that name. Raises `OSError` if the disk is
    full, an `HTTPException` if the body is too large or breaks off.
    """
    home = Path(current_app.instance_path, folder)
    # closed to other accounts on this machine
    home.mkdir(0o700, parents=True, exist_ok=True)
    remove_abandoned_parts(home)
    path = home / token_hex(16)
    part = path.with_suffix(PART)
    kept = part.open("xb")
    unfinished.add(part)
    try:
        # closing writes the last bytes, and may fail like any other write
        with kept:
            shutil.copyfileobj(upload, kept)
        part.rename(path)
    finally:
        # gone already if it was renamed
        part.unlink(missing_ok=True)
        unfinished.discard(part)
    return path.name


def remove_abandoned_parts(home: Path) -> None:
    """Remove the .part files that a killed process, or a power cut, left behind."""
    for part in home.glob(f"*{PART}"):
        # another process may be writing it, or have just finished
        with suppress(OSError):
            if time() - part.stat().st_mtime > ABANDONED:
                part.unlink()


@atexit.register
def remove_unfinished_parts() -> None:
    """Remove what other threads are writing: they stop without cleaning up."""
    for part in tuple(unfinished):
        # Windows refuses to remove a file that is open
        with suppress(OSError):
            part.unlink()


def send_upload(
    folder: PathLike,
    name: str,
    download_name: str | None = None,
    *,
    max_age: int | None = None,
    **options: Any,
) -> Response:
    """Return a response that sends a kept file as a download, never as a page.

    The browser saves it as `download_name`, which may be the visitor's. It may reuse
    its copy for `max_age` seconds, and by default asks each time; shared caches may
    not keep one. The other options are those of `send_file`. Raises `NotFound` if
    there is no such file.
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
    # a function, because a plain None means the app's default for public files
    options["max_age"] = lambda path: max_age
    response = send_from_directory(home, name, download_name=title, **options)
    response.cache_control.public, response.cache_control.private = False, True
    # whatever is in it: no guess at its type, no script, no origin
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
