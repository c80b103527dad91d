"""Guests in LMDB, which keeps keys and values in a folder, without a server.

It has neither columns nor queries, so the index is ours to write.
"""

import json
import os
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

import lmdb

from .. import App, current_app, g
from .guests import DuplicateGuestError, Guest

# in bytes: the most that an app's guests may take up
SIZE = 2**26


class Folder:
    """Two tables: guests by their number, and numbers by a hash of the address.

    A key has at most 511 bytes, and an address may have more. Its hash has 32.
    """

    environment: lmdb.Environment

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, Lock()
        # the process that has opened it
        self.process: int | None = None

    def begin(self, write: bool = False) -> "lmdb.Transaction[bytes]":
        """Begin a transaction. One that writes waits for its turn."""
        with self.lock:
            if self.process != os.getpid():
                self.open()
        return self.environment.begin(write=write)

    def open(self) -> None:
        """Open the folder for this process: a child mustn't use its parent's."""
        if self.process:
            self.environment.close()
        self.path.mkdir(0o700, parents=True, exist_ok=True)
        self.environment = lmdb.open(
            str(self.path), map_size=SIZE, max_dbs=2, mode=0o600
        )
        self.guests = self.environment.open_db(b"guests")
        self.numbers = self.environment.open_db(b"numbers")
        self.process = os.getpid()

    def put(self, guest: Guest, transaction: "lmdb.Transaction[bytes]") -> None:
        """Write a guest after the last one, or raise `DuplicateGuestError`."""
        with transaction.cursor(self.guests) as cursor:
            last = int.from_bytes(cursor.key()) if cursor.last() else 0
        # big-endian, because keys are sorted by their bytes
        number = (last + 1).to_bytes(8)
        address = sha256(guest.email.encode()).digest()
        if not transaction.put(address, number, overwrite=False, db=self.numbers):
            raise DuplicateGuestError
        transaction.put(number, json.dumps(asdict(guest)).encode(), db=self.guests)


# path -> its folder, as long as an app has it: a process may open it only once
folders: WeakValueDictionary[Path, Folder] = WeakValueDictionary()


class LMDBGuests:
    """Keeps guests in the folder `GUESTS_FOLDER`, below the instance folder."""

    def __init__(self, app: App | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: App) -> None:
        app.config.setdefault("GUESTS_FOLDER", "guests.lmdb")
        path = Path(app.instance_path, app.config["GUESTS_FOLDER"]).resolve()
        app.extensions["lmdb_guests"] = folders.setdefault(path, Folder(path))

    @property
    def folder(self) -> Folder:
        folder: Folder = current_app.extensions["lmdb_guests"]
        return folder

    def add(self, guest: Guest) -> None:
        # only one can write at a time: don't keep others waiting while a view runs
        g.setdefault("new_guests", []).append(guest)

    def commit(self) -> None:
        with self.folder.begin(write=True) as transaction:
            for guest in g.pop("new_guests", []):
                self.folder.put(guest, transaction)

    def search(self, part: str = "") -> list[Guest]:
        with (
            self.folder.begin() as transaction,
            transaction.cursor(self.folder.guests) as rows,
        ):
            guests = [Guest(**json.loads(row)) for _, row in rows]
        return [guest for guest in guests if part.casefold() in guest.name.casefold()]

    def count(self) -> int:
        with self.folder.begin() as transaction:
            return transaction.stat(self.folder.guests)["entries"]
