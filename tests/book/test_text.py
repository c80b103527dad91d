"""Chapters have their parts, links hold, pictures have alt text, code agrees."""

import os
import subprocess
import sys
from shutil import which

import pytest

from costrel.promises import chapters, dead_links
from costrel.promises.runs import environment

# a small machine may have no curl; where all of the book is checked it is installed
NEEDS_CURL = pytest.mark.skipif(
    which("curl") is None and not os.environ.get("CI"),
    reason="curl is not installed, and transcripts use it",
)


def test_chapter_has_its_parts(step, kept):
    kept(chapters.missing_parts(step))


def test_links_hold(ladder, kept):
    kept(dead_links.broken_links(ladder.root))


def test_pictures_have_alt_text(ladder, kept):
    kept(dead_links.pictures_without_words(ladder.root))


def test_no_file_names_a_folder_of_one_machine(ladder, kept):
    kept(dead_links.named_machines(ladder.root))


@NEEDS_CURL
def test_text_and_code_agree(ladder, kept):
    process = subprocess.run(
        [sys.executable, "-m", "costrel", "weave", "--check"],
        cwd=ladder.root,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
    )
    said = process.stdout + process.stderr
    kept(said.splitlines() if process.returncode else [])
