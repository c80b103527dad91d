"""Several parts of a file in one answer (RFC 9110, section 14.6)."""

import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from step12_static import Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import is_resource_modified

MOST_PARTS = 10
PIECE = 64 * 1024  # bytes

# a part's first byte, and the first byte after it
Part = tuple[int, int]


def send_parts(path: str | os.PathLike[str]) -> Response:
    """Send a file, or as many parts of it as the request asks for."""
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) < 2:
        return send_file(path)
    whole = send_file(path, conditional=False)
    size = whole.content_length or 0
    if has_changed(whole):
        return whole
    parts = [part for each in wanted.ranges if (part := cut(*each, size))]
    if len(wanted.ranges) > MOST_PARTS or sum(b - a for a, b in parts) > size:
        return whole
    whole.close()
    if not parts:
        raise RequestedRangeNotSatisfiable(size)
    return multipart(Path(path), parts, whole, size)


def has_changed(whole: Response) -> bool:
    """Return whether the client has parts of another state of the file."""
    return "If-Range" in request.headers and is_resource_modified(
        request.environ,
        whole.headers["ETag"],
        last_modified=whole.last_modified,
        ignore_if_range=False,
    )


def cut(start: int, stop: int | None, size: int) -> Part | None:
    """Fit a range into the file; a negative start counts from the end."""
    if start < 0:
        start = max(size + start, 0)
    stop = size if stop is None else min(stop, size)
    return (start, stop) if start < stop else None


def multipart(path: Path, parts: list[Part], whole: Response, size: int) -> Response:
    """Return the response, with heads and parts in turn."""
    boundary = token_hex(12)
    heads = [
        f"\r\n--{boundary}\r\n"
        f"Content-Type: {whole.content_type}\r\n"
        f"Content-Range: bytes {start}-{stop - 1}/{size}\r\n\r\n".encode()
        for start, stop in parts
    ]
    end = f"\r\n--{boundary}--\r\n".encode()
    body = Pieces(path.open("rb"), heads, parts, end)
    response = Response(body, 206, direct_passthrough=True)
    response.content_type = f"multipart/byteranges; boundary={boundary}"
    response.content_length = (
        sum(map(len, heads)) + sum(b - a for a, b in parts) + len(end)
    )
    response.headers["ETag"] = whole.headers["ETag"]
    return response


class Pieces:
    """A body that reads the parts as they are sent, and closes the file."""

    def __init__(
        self, file: BinaryIO, heads: list[bytes], parts: list[Part], end: bytes
    ) -> None:
        self.file = file
        self.pieces = self.read(heads, parts, end)

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def read(
        self, heads: list[bytes], parts: list[Part], end: bytes
    ) -> Iterator[bytes]:
        for head, (start, stop) in zip(heads, parts, strict=True):
            yield head
            self.file.seek(start)
            for place in range(start, stop, PIECE):
                yield self.file.read(min(PIECE, stop - place))
        yield end

    def close(self) -> None:
        """Close the file: a server calls this even if it sent nothing."""
        self.file.close()
