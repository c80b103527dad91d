"""Settings from a folder in which each file holds one secret."""

import os
from pathlib import Path

from step10_config import Config


class SecretConfig(Config):
    """A configuration that also reads what Docker and Kubernetes hand out."""

    def from_secrets(self, folder: str | os.PathLike[str]) -> bool:
        """Add each file of a folder as a setting. Return whether there was a folder.

        Raises `ValueError` for a file whose name or text can't be a setting's.
        """
        place = Path(self.root_path, folder)
        if not place.is_dir():
            return False
        return self.from_mapping(
            {
                setting_name(file): read_secret(file)
                for file in sorted(place.iterdir())
                if file.is_file() and not file.name.startswith(".")
            }
        )


def setting_name(file: Path) -> str:
    name = file.name.replace("-", "_").upper()
    if not (name.isidentifier() and name.isupper()):
        raise ValueError(
            f"the secret {str(file)!r} can't be a setting: its name may have letters,"
            " digits, - and _, and begins with a letter"
        )
    return name


def read_secret(file: Path) -> str:
    # bytes, for reading as text would change line breaks inside
    data = file.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = None
    if text is None:
        # outside of the handler: the decoder's error holds the whole secret
        raise ValueError(f"the secret {str(file)!r} is not text in UTF-8")
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
