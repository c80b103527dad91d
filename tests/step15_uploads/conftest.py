"""What the tests of step 15 share: a look at the files in which uploads wait."""

import gc
import warnings

import pytest
import werkzeug.formparser


@pytest.fixture(autouse=True)
def waiting(monkeypatch):
    """Give the files in which uploads wait for their view, as they are made.

    What the framework leaves open is closed at the end: tests that ask for it fail,
    and the others are not disturbed.
    """
    files = []
    make = werkzeug.formparser.SpooledTemporaryFile

    def make_and_note(*arguments, **options):
        files.append(make(*arguments, **options))
        return files[-1]

    monkeypatch.setattr(werkzeug.formparser, "SpooledTemporaryFile", make_and_note)
    yield files
    left = [file for file in files if not file.closed]
    for file in left:
        file.close()
    if left:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
