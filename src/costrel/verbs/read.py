"""The verb `read`: build the site, serve it, and follow the writer's edits."""

import os
import subprocess
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from costrel.core.ladder import Problem, find_root

# the help of this verb is to appear at once: what builds is loaded when it builds
if TYPE_CHECKING:
    from costrel.site.build import Site
    from costrel.site.server import Version


EPILOG = """\b
Examples:
  costrel read --port 8080
  costrel read --with-browser         the notebooks run without Jupyter
  costrel read --with-browser --build site
"""


@click.command(
    epilog=EPILOG,
    context_settings={"max_content_width": 88},
)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Where to listen; 0 takes a free one.",
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option(
    "--build",
    "output",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[DIR]",
    help="Build only, into DIR (or build/site); a broken link is an error.",
)
@click.option(
    "--with-browser",
    "in_browser",
    is_flag=True,
    help="Let notebooks and steps run in the browser; needs Node and npm to build.",
)
def command(port: int, no_open: bool, output: str | None, in_browser: bool) -> None:
    """Build the site and serve it on localhost.

    Open pages reload by themselves when a chapter or a step is saved.
    """
    site = open_site(find_root(), in_browser)
    if output is None:
        serve_while_writing(site, port, no_open)
    else:
        build_only(site, Path(output).resolve() if output else None)


def build_only(site: "Site", output: Path | None) -> None:
    """Build strictly, and say where the site is and how long it took."""
    start = perf_counter()
    site.build(output=output)
    seconds = perf_counter() - start
    click.echo(f"Built in {seconds:.1f} s: {(output or site.pages) / 'index.html'}")


def open_site(root: Path, in_browser: bool) -> "Site":
    """Load what builds the site; raises `Problem` if it is not installed."""
    from costrel.site.build import BUILDER, Site

    refuse_missing("The site", (BUILDER, "material"), "read")
    return Site(root, in_browser and can_build_for_browser())


def refuse_missing(what: str, modules: tuple[str, ...], call: str) -> None:
    """Raise `Problem` for modules that are not installed."""
    from importlib.util import find_spec

    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise Problem(
            f"{what} needs {' and '.join(missing)}, which this environment lacks:"
            f" run `python3 book.py {call}`."
        )


def can_build_for_browser() -> bool:
    """Return whether Node is installed; if not, say that the site does without it."""
    from costrel.browser import node

    try:
        node.check()
    except node.MissingError as reason:
        click.echo(f"{reason}, so the site is built without what runs in the browser.")
        return False
    wanted = ("jupyterlite_core", "jupyterlite_pyodide_kernel")
    refuse_missing("What runs in the browser", wanted, "read --with-browser")
    return True


def serve_while_writing(site: "Site", port: int, no_open: bool) -> None:
    """Serve the site until Ctrl-C, and build it again after each edit."""
    from costrel.site.server import Version, open_server

    version = Version()
    server = open_server(site.pages, port, version)
    address = f"http://127.0.0.1:{server.server_port}/"
    try:
        if not site.is_fresh(site.write()):
            click.echo("Building the book; the first time takes some seconds …")
            rebuild(site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        click.echo(f"\n    The book is at {address}\n    Ctrl-C ends it.\n")
        if not no_open and can_open():
            webbrowser.open(address)
        follow(site, version)
    except KeyboardInterrupt:
        click.echo("")
    finally:
        server.server_close()


def can_open() -> bool:
    """Return whether there is a screen; without one, `webbrowser` may start lynx."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def follow(site: "Site", version: "Version") -> None:
    """Build again whenever a source changes: first its page, then the whole."""
    from watchfiles import watch

    from costrel.site.build import SOURCES

    folders = [site.root / name for name in SOURCES if (site.root / name).exists()]
    with Catching(site, version) as catching:
        for changes in watch(
            *folders, debounce=200, step=50, rust_timeout=1000, yield_on_timeout=True
        ):
            try:
                if changes:
                    catching.edited()
                else:
                    catching.quiet()
            except (Problem, OSError, ValueError, SyntaxError) as error:
                # a file is broken or half saved: the next edit may fix it
                click.echo(explain(error), err=True)


def explain(error: Exception) -> str:
    """Say in one sentence what is wrong with the sources."""
    from costrel.core.system_errors import told

    if isinstance(error, Problem):
        return error.format_message()
    if isinstance(error, OSError | UnicodeDecodeError):
        return f"The site could not be built: {told(error)}"
    return f"The site could not be built: {type(error).__name__}: {error}"


class Catching:
    """Brings the site up to what was written, the page that someone looks at first."""

    def __init__(self, site: "Site", version: "Version") -> None:
        self.site = site
        self.version = version
        self.behind = False
        self.is_warm = False
        self.whole: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Catching":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End a whole build that an edit has made useless."""
        if self.whole is not None:
            self.whole.kill()
            self.whole.wait()
            self.whole = None

    def edited(self) -> None:
        """Build the pages that changed, and let the browser load them."""
        if self.site.is_fresh(self.site.write()):
            return
        self.stop()
        self.behind = True
        start = perf_counter()
        self.site.touch_up()
        self.version.advance()
        click.echo(f"Built again in {perf_counter() - start:.1f} s.")

    def warm_up(self) -> None:
        """Load the builder and its theme, so that the first edit need not wait."""
        self.is_warm = True
        # what is wrong with a page was told when the site was built
        with suppress(Problem):
            self.site.touch_up()

    def quiet(self) -> None:
        """Use a second without an edit: begin the whole build, or take it over."""
        if not self.is_warm:
            self.warm_up()
        if self.whole is None and self.behind:
            self.whole = self.site.start_whole()
        elif self.whole is not None and self.whole.poll() is not None:
            done, self.whole, self.behind = self.whole, None, False
            if done.returncode == 0:
                self.site.adopt_whole(self.site.write())
                self.version.advance()


def rebuild(site: "Site") -> None:
    """Build, and show what the builder warns of without stopping for it."""
    said = site.build(strict=False)
    if said:
        click.echo(said, err=True)
