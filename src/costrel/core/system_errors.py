"""Errors that any verb may meet, such as a full disk, each told in one sentence."""

import errno

from costrel.core.ladder import find_root

TEXTS = ("chapters", "exercises", "notebooks", "requirements", "steps", "tests")


def told(error: OSError | UnicodeDecodeError) -> str:
    """Say what happened and what to do."""
    if isinstance(error, UnicodeDecodeError):
        return told_encoding(error)
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return "The disk is full: free some space, then run the same command again."
    what = error.strerror or str(error)
    where = f"{str(error.filename)!r}: " if error.filename else ""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{where}{what}: get permission to write there, or copy the book "
            "to a folder of yours."
        )
    return f"{where}{what}: fix that, then run the same command again."


def told_encoding(error: UnicodeDecodeError) -> str:
    path = owner(error.object)
    line = error.object.count(b"\n", 0, error.start) + 1
    where = f"{path}:{line}" if path else f"A file's line {line}"
    byte = error.object[error.start]
    return f"{where}: the byte 0x{byte:02x} is not UTF-8: save the file as UTF-8."


def owner(content: bytes) -> str:
    """Find the book's file with this content, which the error doesn't name."""
    root = find_root()
    for folder in TEXTS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.read_bytes() == content:
                return path.relative_to(root).as_posix()
    return ""
