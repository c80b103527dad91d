"""The site: its generated Markdown, its configuration, its build.

What is on the pages is written by `pages`; serving them is `server`'s matter.
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

from costrel.core import chapter
from costrel.core.files import read_tree, sync, write_if_changed
from costrel.core.ladder import Ladder, Problem
from costrel.core.system_errors import told
from costrel.site import browser_parts, search

# the program that builds: properdocs builds the same file
BUILDER = "mkdocs"
# the command's own modules
CODE = Path(__file__).parents[1]
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
    """The site of one book, made in the folder `build/` below the book's root.

    With `in_browser`, notebooks and steps run in the reader's browser.
    """

    def __init__(self, root: Path, in_browser: bool = False) -> None:
        self.root = root
        self.in_browser = in_browser
        self.docs = root / "build" / "docs"
        self.config = root / "build" / "mkdocs.yml"
        self.pages = root / "build" / "site"
        # the builder works here, so that readers never see half a site
        self.fresh = root / "build" / "fresh"
        # the same for the process that builds everything while someone writes
        self.whole = root / "build" / "whole"
        self.stamp = root / "build" / "site.stamp"

    def write(self, fresh: bool = False) -> str:
        """Write the Markdown of all pages; return a fingerprint of it.

        Unless it is `fresh`, a notebook may say what its step said before an edit.
        """
        from costrel.site import pages

        files = pages.collect(Ladder(self.root), self.in_browser, fresh)
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
            "theme": {"custom_dir": str(self.root / "theme" / "templates")},
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
        for path in self.sources():
            total.update(path.read_bytes())
        return total.hexdigest()

    def sources(self) -> list[Path]:
        """List the files that a build depends on, besides the generated Markdown."""
        sources = [self.root / "mkdocs.yml", self.config]
        sources += sorted(CODE.rglob("*.py"))
        sources += sorted((self.root / "theme" / "templates").glob("*"))
        sources += browser_parts.sources(self.root) if self.in_browser else []
        for step in Ladder(self.root).steps:
            sources += [step.package / name for name in step.files()]
        return sources

    def is_fresh(self, fingerprint: str) -> bool:
        """Return whether the last finished build was of the same sources."""
        return (
            self.stamp.is_file()
            and self.stamp.read_text(encoding="utf-8") == fingerprint
            and (self.pages / "index.html").is_file()
        )

    def build(self, strict: bool = True, output: Path | None = None) -> str:
        """Build all pages; return the builder's warnings.

        The pages appear only when all are done. Raises `Problem` when it fails;
        a strict build fails at the first warning, such as a broken link.
        """
        if output is not None:
            refuse_foreign(output)
        if strict:
            refuse_broken(self.root)
        fingerprint = self.write(fresh=True)
        self.build_parts()
        said = self.run_builder(strict)
        self.publish(output or self.pages, read_tree(self.fresh))
        if output is None:
            self.stamp.write_text(fingerprint, encoding="utf-8")
        return said

    def touch_up(self) -> None:
        """Build only the pages that `write` changed: quick, for authors.

        Search and other pages' links stay as they were; `start_whole` brings them up.
        """
        self.run_builder(strict=False, dirty=True)
        pages = read_tree(self.fresh)
        index = "search/search_index.json"
        if (self.pages / index).is_file():
            pages[index] = (self.pages / index).read_bytes()
        sync(self.pages, pages, kept=self.beside)

    def start_whole(self) -> "subprocess.Popen[bytes]":
        """Begin to build all pages beside, in a process that an edit may end."""
        option = ["--in-browser"] if self.in_browser else []
        command = [sys.executable, "-m", "costrel.site.build", str(self.root), *option]
        return subprocess.Popen(command)

    def adopt_whole(self, fingerprint: str) -> None:
        """Take over the pages that such a process has finished."""
        pages = read_tree(self.whole)
        sync(self.fresh, pages)
        self.publish(self.pages, pages)
        self.stamp.write_text(fingerprint, encoding="utf-8")

    @property
    def beside(self) -> tuple[str, ...]:
        """Name the folders of the site that hold no pages of ours."""
        return browser_parts.NAMES if self.in_browser else ()

    def build_parts(self) -> None:
        """Bring what runs in the browser up to date, where it is wanted."""
        if self.in_browser:
            browser_parts.build(self.root)

    def publish(self, target: Path, pages: Mapping[str, bytes]) -> None:
        """Bring a folder up to the pages, and what runs in the browser beside them."""
        sync(target, pages, kept=self.beside)
        for name in self.beside:
            sync(target / name, read_tree(browser_parts.built_folder(self.root, name)))

    def run_builder(self, strict: bool, dirty: bool = False) -> str:
        """Let the builder make its pages in `build/fresh`; return its warnings."""
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
        search.shrink(self.fresh / "search" / "search_index.json")
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


def refuse_foreign(target: Path) -> None:
    """Raise `Problem` for a folder with files that are no site of this book."""
    if target.is_file() or (
        target.is_dir()
        and any(target.iterdir())
        and not (target / "feed_rss_created.xml").is_file()
    ):
        raise Problem(
            f"{str(target)!r} holds something other than this site: name a new or"
            " empty folder, because everything in it would be deleted."
        )


def refuse_broken(root: Path) -> None:
    """Raise `Problem` for Markdown that a builder would take without a word.

    A block that is not closed swallows the rest of its page.
    """
    for path in [*root.glob("chapters/*.md"), *root.glob("exercises/*/*/task.md")]:
        try:
            chapter.read_chapter(path)
        except chapter.BrokenError as broken:
            raise Problem(broken.finding.told(root)) from None


def main(root: str, *options: str) -> None:
    """Build everything beside; what the builder warns of goes to the terminal."""
    # Ctrl-C is for the process that serves: it ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    site = Site(Path(root), bool(options))
    site.fresh = site.whole
    try:
        site.build_parts()
        said = site.run_builder(strict=False)
    except Problem as problem:
        sys.exit(problem.format_message())
    if said:
        print(said, file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
