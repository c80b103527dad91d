"""What a song is, by its first bytes."""

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnsupportedMediaType

BEGINNINGS = {b"OggS": "audio/ogg", b"fLaC": "audio/flac", b"ID3": "audio/mpeg"}


def song_kind(upload: FileStorage) -> str:
    """Return the type of a song; abort with 415 if it is none that we know."""
    place = upload.tell()
    first = upload.read(12)
    upload.seek(place)
    for beginning, kind in BEGINNINGS.items():
        if first.startswith(beginning):
            return kind
    if first[:4] == b"RIFF" and first[8:] == b"WAVE":
        return "audio/wav"
    if first[:1] == b"\xff" and first[1:2] >= b"\xe0":
        return "audio/mpeg"
    raise UnsupportedMediaType("A song, please: Ogg, FLAC, WAV or MP3.")
