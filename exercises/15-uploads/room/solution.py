"""A folder that is never fuller than it may be."""

from pathlib import Path
from typing import IO

from step15_uploads import Response, abort, save_upload


class Limited:
    """Reads from a file, as long as there is room for what it reads."""

    def __init__(self, source: IO[bytes], room: int) -> None:
        self.source = source
        self.room = room

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.room -= len(data)
        if self.room < 0:
            abort(Response("No room for another song.", 507))
        return data


def save_within(upload: IO[bytes], folder: Path, room: int) -> str:
    """Keep an upload in a folder that has room for so many bytes in all.

    Aborts with 507 if it does not fit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken = sum(path.stat().st_size for path in folder.iterdir())
    return save_upload(Limited(upload, room - taken), folder)
