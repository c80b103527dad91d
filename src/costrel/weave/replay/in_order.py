"""A chapter's blocks, applied to the reader's files in the order printed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from costrel.core import reader_folder
from costrel.core.chapter import Block, Chapter, blocks_in
from costrel.core.ladder import Ladder, Step
from costrel.weave.blocks import Address, AddressError, address, in_chapter, lines_shown
from costrel.weave.leftovers import text_of
from costrel.weave.replay.typed import TypedFile


def is_replayed(chapter: Chapter) -> bool:
    """Return whether a chapter names files as its reader has them."""
    places = map(address, chapter.blocks)
    return any(place is not None and place.typed for place in places)


@dataclass
class Progress:
    """How far the reader's files have come from one step to the next."""

    step: Step
    before: Step | None
    files: dict[str, TypedFile] = field(default_factory=dict)

    @classmethod
    def at_start(cls, ladder: Ladder, step: Step) -> "Progress":
        return cls(step, ladder.before(step))

    def place(self, block: Block) -> Address | None:
        """Return the address of a block that is typed into a file; else None."""
        place = address(block, self.step, self.before)
        if place is None or not place.typed:
            return None
        try:
            return in_chapter(place, self.step, self.before)
        except AddressError:
            return None  # weaving reports the block

    def type(self, block: Block) -> tuple[str, str] | None:
        """Apply a block; return the path it changes and the file's text, if any."""
        place = self.place(block)
        if place is None:
            return None
        file = self.file(place.name)
        seen = lines_shown(block, place, self.step, self.before)
        file.show(seen.old, seen.new)
        return reader_folder.typed_path(place.name), file.text

    def file(self, name: str) -> TypedFile:
        if name not in self.files:
            old, new = (
                reader_folder.typed_text(name, text_of(step, name) or "")
                for step in (self.before, self.step)
            )
            self.files[name] = TypedFile.between(old, new)
        return self.files[name]

    def finish(self, chapter: Chapter) -> None:
        """Apply all blocks of a chapter, and at its end what is left over."""
        for block in chapter.blocks:
            self.type(block)
        region = chapter.regions.get("leftovers")
        for block in blocks_in(region.body if region else []):
            name = reader_folder.step_path(block.title)
            if name:
                self.file(name).cross(block.body)

    def unfinished(self, chapter: Chapter) -> list[str]:
        """Return the paths that aren't the step's when all of a chapter is typed."""
        self.finish(chapter)
        typed = {
            reader_folder.typed_path(name): file.text
            for name, file in self.files.items()
        }
        made = {path: text.encode() for path, text in typed.items() if text}
        gone = {path for path, text in typed.items() if not text}
        have = {**reader_folder.files(self.before), **dict(self.binaries()), **made}
        want = reader_folder.files(self.step)
        return sorted(
            path
            for path in have.keys() | want.keys()
            if path not in gone and have.get(path) != want.get(path)
        )

    def binaries(self) -> Iterator[tuple[str, bytes]]:
        """Yield the new files that nobody can type, such as pictures."""
        held = reader_folder.files(self.before)
        for path, content in reader_folder.files(self.step).items():
            name = reader_folder.step_path(path)
            if name and text_of(self.step, name) is None and path not in held:
                yield path, content
