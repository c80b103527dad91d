"""When an interactive prompt is out of date.

Python imports a module once. A prompt that has imported `framework` goes on using
what it was at that moment, however much is typed into its files afterward. So a page
has to ask for a new prompt, with `title="new prompt"` on the block.
"""

from dataclasses import dataclass, field
from pathlib import Path

NEW = "new prompt"


@dataclass
class Imported:
    """What a prompt has imported from the reader's folder, as it was then."""

    folder: Path
    # file -> its content at the time
    files: dict[Path, bytes] = field(default_factory=dict)

    def note(self, loaded: list[str]) -> None:
        """Remember the files among `loaded` that are the reader's."""
        for name in loaded:
            path = Path(name)
            if path.is_relative_to(self.folder) and path.is_file():
                self.files.setdefault(path, path.read_bytes())

    def stale(self) -> list[str]:
        """Return the files that have changed since they were imported."""
        return [
            path.relative_to(self.folder).as_posix()
            for path, content in sorted(self.files.items())
            if not path.is_file() or path.read_bytes() != content
        ]

    def complaint(self) -> str:
        """Return what is wrong with going on at this prompt; empty if nothing is."""
        files = self.stale()
        if not files:
            return ""
        return (
            f"this prompt has imported {files[0]} as it was before the last blocks:"
            f' begin a new one with title="{NEW}", and repeat the imports there'
        )
