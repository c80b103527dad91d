"""An archive that is made while it is sent."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from step15_uploads import Response

PIECE = 2**16


class Pipe:
    """A file that can be written to, and hands on what was written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def send_archive(files: Mapping[str, Path], download_name: str) -> Response:
    """Return a response that sends files in a ZIP archive, made on the way."""
    response = Response(pieces_of(files), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=download_name)
    return response


def pieces_of(files: Mapping[str, Path]) -> Iterator[bytes]:
    pipe = Pipe()
    with ZipFile(pipe, "w", ZIP_STORED) as archive:  # type: ignore[arg-type]
        for name, path in zip(names_in_archive(files), files.values(), strict=True):
            yield from pack(archive, name, path, pipe)
    yield pipe.take()


def pack(archive: ZipFile, name: str, path: Path, pipe: Pipe) -> Iterator[bytes]:
    try:
        source = path.open("rb")
    except OSError:
        return
    # force_zip64: how large it is will be known at its end
    with source, archive.open(ZipInfo(name), "w", force_zip64=True) as entry:
        while piece := source.read(PIECE):
            entry.write(piece)
            yield pipe.take()


def names_in_archive(names: Iterable[str]) -> list[str]:
    """Return names that stay in the folder into which they are unpacked."""
    result: list[str] = []
    for name in names:
        last = re.split(r"[/\\]", name)[-1].replace("\0", "")
        plain = last if last.strip(". ") else "song"
        unique, number = plain, 1
        while unique in result:
            number += 1
            unique = f"{number}-{plain}"
        result.append(unique)
    return result
