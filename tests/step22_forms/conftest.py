"""What all tests of this step need."""

import pytest


@pytest.fixture(autouse=True)
def english(monkeypatch):
    """Ask in English, whichever language this machine speaks, if any."""
    monkeypatch.setenv("LANGUAGE", "en")
