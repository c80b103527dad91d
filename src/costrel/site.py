"""The site: its generated Markdown, its configuration, its build.

What is on the pages is written by `pages`; serving them is `serve`'s matter.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from costrel import chapter
from costrel.ladder import Ladder, Problem
from costrel.trouble import told

# the program that builds: properdocs builds the same file
BUILDER = "mkdocs"
# what a change of which changes a page
SOURCES = (
    "chapters",
    "steps",
    "tests",
    "notebooks",
    "exercises",
    "theme",
    "requirements",
    "mkdocs.yml",
)


class Site:
    """The site of one book, made in the folder `build/` below the book's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.docs = root / "build" / "docs"
        self.config = root / "build" / "mkdocs.yml"
        self.pages = root / "build" / "site"
        # the builder works here, so that readers never see half a site
        self.fresh = root / "build" / "fresh"
        # the same for the process that builds everything while someone writes
        self.whole = root / "build" / "whole"
        self.stamp = root / "build" / "site.stamp"

    def write(self) -> str:
        """Write the Markdown of all pages; give a fingerprint of it."""
        from costrel import pages

        files = pages.collect(Ladder(self.root))
        sync(self.docs, files)
        nav = pages.navigation(Ladder(self.root))
        write_if_changed(self.config, self.configuration(nav))
        return self.fingerprint(files)

    def configuration(self, nav: list[object]) -> str:
        """Write the configuration of a build: the book's, and the navigation."""
        generated = {
            "INHERIT": "../mkdocs.yml",
            "docs_dir": "docs",
            "site_dir": "site",
            "plugins": {
                "mkdocstrings": {
                    "handlers": {"python": {"paths": [str(self.root / "steps")]}}
                }
            },
            "nav": nav,
        }
        # JSON is YAML, and needs no other package to write it
        return json.dumps(generated, indent=2, ensure_ascii=False) + "\n"

    def fingerprint(self, files: Mapping[str, str | bytes]) -> str:
        """Sum up everything that a build depends on."""
        total = sha256(sys.version.encode())
        for name, content in sorted(files.items()):
            total.update(name.encode())
            total.update(content.encode() if isinstance(content, str) else content)
        sources = [self.root / "mkdocs.yml", self.config]
        sources += sorted(Path(__file__).parent.glob("*.py"))
        for step in Ladder(self.root).steps:
            sources += [step.package / name for name in step.files()]
        for path in sources:
            total.update(path.read_bytes())
        return total.hexdigest()

    def is_fresh(self, fingerprint: str) -> bool:
        """Tell whether the last finished build was of the same sources."""
        return (
            self.stamp.is_file()
            and self.stamp.read_text(encoding="utf-8") == fingerprint
            and (self.pages / "index.html").is_file()
        )

    def build(self, strict: bool = True, output: Path | None = None) -> str:
        """Build all pages; give what the builder warned of.

        The pages appear only when all are done. Raises `Problem` when it fails;
        a strict build fails at the first warning, such as a broken link.
        """
        if output is not None:
            refuse_foreign(output)
        if strict:
            refuse_broken(self.root)
        fingerprint = self.write()
        said = self.run_builder(strict)
        sync(output or self.pages, read_tree(self.fresh))
        if output is None:
            self.stamp.write_text(fingerprint, encoding="utf-8")
        return said

    def touch_up(self) -> None:
        """Build only the pages that `write` changed: quick, for one who writes.

        Search and other pages' links stay as they were; `start_whole` brings them up.
        """
        self.run_builder(strict=False, dirty=True)
        pages = read_tree(self.fresh)
        index = "search/search_index.json"
        if (self.pages / index).is_file():
            pages[index] = (self.pages / index).read_bytes()
        sync(self.pages, pages)

    def start_whole(self) -> "subprocess.Popen[bytes]":
        """Begin to build all pages beside, in a process that an edit may end."""
        return subprocess.Popen([sys.executable, "-m", "costrel.site", str(self.root)])

    def adopt_whole(self, fingerprint: str) -> None:
        """Take over the pages that such a process has finished."""
        pages = read_tree(self.whole)
        sync(self.fresh, pages)
        sync(self.pages, pages)
        self.stamp.write_text(fingerprint, encoding="utf-8")

    def run_builder(self, strict: bool, dirty: bool = False) -> str:
        """Let the builder make its pages in `build/fresh`; give its warnings."""
        os.environ["COSTREL_ROOT"] = str(self.root)
        os.environ["NO_MKDOCS_2_WARNING"] = "1"
        heard = Heard()
        logger = logging.getLogger(BUILDER)
        logger.addHandler(heard)
        try:
            self.call_builder(strict, dirty)
        except (Exception, SystemExit) as error:
            what = told(error) if isinstance(error, OSError) else str(error)
            lines = "\n".join([*heard.lines, what])
            raise Problem(f"The site could not be built:\n{lines}") from None
        finally:
            logger.removeHandler(heard)
        return "\n".join(heard.lines)

    def call_builder(self, strict: bool, dirty: bool) -> None:
        load = import_module(f"{BUILDER}.config").load_config
        build = import_module(f"{BUILDER}.commands.build").build
        config = load(str(self.config), site_dir=str(self.fresh), strict=strict)
        config.plugins.on_startup(command="build", dirty=dirty)
        try:
            build(config, dirty=dirty)
        finally:
            config.plugins.on_shutdown()


class Heard(logging.Handler):
    """Keeps what a builder warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def refuse_foreign(folder: Path) -> None:
    """Raise `Problem` for a folder with files that are no site of this book."""
    if folder.is_file() or (
        folder.is_dir()
        and any(folder.iterdir())
        and not (folder / "feed_rss_created.xml").is_file()
    ):
        raise Problem(
            f"{str(folder)!r} holds something other than this site: name a new or"
            " empty folder, for what is in it would be deleted."
        )


def refuse_broken(root: Path) -> None:
    """Raise `Problem` for Markdown that a builder would take without a word.

    A block that is not closed swallows the rest of its page.
    """
    for path in [*root.glob("chapters/*.md"), *root.glob("exercises/*/*/task.md")]:
        try:
            chapter.read(path)
        except chapter.BrokenError as broken:
            raise Problem(broken.finding.told(root)) from None


def read_tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def sync(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Make a folder hold exactly these files; touch only what differs."""
    for name, content in files.items():
        write_if_changed(folder / name, content)
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()


def write_if_changed(path: Path, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def main(root: str) -> None:
    """Build all pages beside; what the builder warns of goes to the terminal."""
    # Ctrl-C is for the process that serves: it ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    site = Site(Path(root))
    site.fresh = site.whole
    try:
        said = site.run_builder(strict=False)
    except Problem as problem:
        sys.exit(problem.format_message())
    if said:
        print(said, file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
