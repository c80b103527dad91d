"""`costrel read` as someone meets it who writes while the site is open."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic
from urllib.request import urlopen

import pytest

from costrel.core.ladder import find_root
from costrel.testing.surroundings import slowness

ROOT = find_root()

PARTS = (
    "chapters", "steps", "tests", "notebooks", "exercises", "requirements", "theme",
)  # fmt: skip

# seconds; a machine that has other work needs most of them
SOON = 12


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def book(tmp_path_factory, folder) -> Path:
    """A copy of the book that may be edited, its site built already."""
    root = tmp_path_factory.mktemp("book")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, root / part)
    for name in ("mkdocs.yml", "book.py", "README.md", "CONTRIBUTING.md", "LICENSE"):
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "src", root / "src")
    return root


@pytest.fixture(scope="module")
def reading(book):
    """`costrel read` on that copy; its address."""
    port = free_port()
    command = [sys.executable, "-m", "costrel", "read", "--no-open", f"--port={port}"]
    process = subprocess.Popen(
        command,
        cwd=book,
        env=os.environ | {"COSTREL_ROOT": str(book)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    for line in process.stdout:
        if "http://" in line:
            break
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.communicate()


def edited(browser, address: str, page: str, path: Path, old: str, new: str) -> float:
    """Open a page, edit a file, and give the seconds until the page shows it."""
    context = browser.new_context()
    window = context.new_page()
    window.goto(address + page)
    text = path.read_text(encoding="utf-8")
    assert old in text
    start = monotonic()
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    window.locator("article").get_by_text(new).first.wait_for(timeout=60_000)
    seconds = monotonic() - start
    context.close()
    return seconds


def test_an_edit_of_a_chapter_shows_soon(browser, book, reading):
    path = book / "chapters" / "01-wsgi.md"
    text = path.read_text(encoding="utf-8")
    heading = re.search(r"^## (.*)$", text, re.M)[1]

    seconds = edited(
        browser, reading, "/01-wsgi.html", path, heading, "A heading made anew"
    )

    assert seconds < SOON * slowness()


def test_an_edit_of_a_step_shows_soon(browser, book, reading):
    path = book / "steps" / "step01_wsgi" / "app.py"
    text = "A web application that any WSGI server can run"

    seconds = edited(
        browser, reading, "/code/01-wsgi.html", path, text, "An app made anew"
    )

    assert seconds < SOON * slowness()


def test_page_without_a_change_is_not_loaded_again(browser, book, reading):
    context = browser.new_context()
    window = context.new_page()
    window.goto(f"{reading}/versions.html")
    window.evaluate("window.untouched = true")

    edited(
        browser, reading, "/glossary.html", book / "chapters" / "glossary.md",
        "The number after each term", "What comes after each term",
    )  # fmt: skip

    assert window.evaluate("window.untouched === true")
    context.close()


def test_port_in_use_is_one_sentence_with_the_right_call(reading, book):
    port = int(reading.rpartition(":")[2])

    run = subprocess.run(
        [sys.executable, "-m", "costrel", "read", "--no-open", f"--port={port}"],
        cwd=book,
        env=os.environ | {"COSTREL_ROOT": str(book)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert run.returncode != 0
    assert run.stderr.strip().count("\n") == 0
    assert f"costrel read --port {port + 1}" in run.stderr


def test_unknown_page_gets_the_page_of_the_site(reading):
    with pytest.raises(Exception, match="404"):
        urlopen(f"{reading}/no-such-page.html")
