"""What every store of guests promises: the same tests for all of them."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
from step19_extensions import App, abort
from step19_extensions.extensions.guests import DuplicateGuestError, Guest
from step19_extensions.extensions.lmdb_guests import LMDBGuests
from step19_extensions.extensions.peewee_guests import PeeweeGuests
from step19_extensions.extensions.sqlalchemy_guests import SQLAlchemyGuests

ADA = Guest("ada@wren.example", "Ada")
BOB = Guest("bob@wren.example", "Bob")
EVE = Guest("eve@wren.example", "Eve")

KINDS = {"sqlalchemy": SQLAlchemyGuests, "peewee": PeeweeGuests, "lmdb": LMDBGuests}
# those that need no server
EMBEDDED = ["sqlalchemy", "peewee", "lmdb"]
BEGINNING = """
import json, os, sys
from importlib import import_module

from step19_extensions import App
from step19_extensions.extensions.guests import Guest

module, name, folder, settings = sys.argv[1:]
guests = getattr(import_module(module), name)()
app = App("wren", instance_path=folder)
app.config.update(json.loads(settings))
guests.init_app(app)

def sign_up(name):
    with app.app_context():
        guests.add(Guest(f"{name}@wren.example", name))
        guests.commit()
"""


@dataclass
class Place:
    """A store, and where its apps keep their guests."""

    guests: object
    folder: Path
    settings: dict[str, str]

    def app(self, folder=None):
        app = App("wren", instance_path=str(folder or self.folder))
        app.config.update(self.settings)
        self.guests.init_app(app)
        return app

    def start(self, script):
        """Start a process with the store set up as in `app`."""
        kind = type(self.guests)
        settings = json.dumps(self.settings)
        arguments = (kind.__module__, kind.__name__, str(self.folder), settings)
        return subprocess.Popen(
            [sys.executable, "-c", BEGINNING + script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def place_for(kind, tmp_path, request):
    if kind in KINDS:
        return Place(KINDS[kind](), tmp_path / "instance", {})
    url = request.getfixturevalue("postgresql_url")
    return Place(SQLAlchemyGuests(), tmp_path / "instance", {"GUESTS_URL": url})


@pytest.fixture(params=[*EMBEDDED, "postgresql"])
def place(request, tmp_path):
    return place_for(request.param, tmp_path, request)


@pytest.fixture(params=EMBEDDED)
def embedded(request, tmp_path):
    return place_for(request.param, tmp_path, request)


def sign_up(app, guests, *new):
    with app.app_context():
        for guest in new:
            guests.add(guest)
        guests.commit()


def listed(app, guests, part=""):
    with app.app_context():
        return guests.search(part)


def open_files():
    """List what this process has open, by number."""
    folder = Path("/dev/fd")
    if not folder.is_dir():
        pytest.skip("this system doesn't show which files are open")
    return sorted(file.name for file in folder.iterdir())


def test_guests_are_listed_as_they_came(place):
    app = place.app()

    sign_up(app, place.guests, EVE)
    sign_up(app, place.guests, ADA, BOB)

    assert listed(app, place.guests) == [EVE, ADA, BOB]
    with app.app_context():
        assert place.guests.count() == 3
