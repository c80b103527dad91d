"""What the tests of step 15 share: no file is left to the garbage collector."""

import gc
import warnings
from tempfile import SpooledTemporaryFile

import pytest


@pytest.fixture(autouse=True)
def held(monkeypatch):
    """Hold the files in which uploads wait, so that none is closed by being forgotten.

    What the framework leaves open is closed at the end: tests that ask for it fail,
    and the others are not disturbed.
    """
    files = []
    make = SpooledTemporaryFile.__init__

    def make_and_hold(self, *arguments, **options):
        make(self, *arguments, **options)
        files.append(self)

    # the class itself: whoever makes such a file, under whatever name
    monkeypatch.setattr(SpooledTemporaryFile, "__init__", make_and_hold)
    yield
    left = [file for file in files if not file.closed]
    for file in left:
        file.close()
    if left:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
