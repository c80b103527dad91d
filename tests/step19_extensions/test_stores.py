"""What every store of guests promises: the same tests for all of them."""

import gc
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from step19_extensions import App, abort
from step19_extensions.extensions.guests import DuplicateGuestError, Guest, is_plain
from step19_extensions.extensions.lmdb_guests import LMDBGuests
from step19_extensions.extensions.peewee_guests import PeeweeGuests
from step19_extensions.extensions.sqlalchemy_guests import SQLAlchemyGuests

from costrel.testing.databases import new_schema, postgresql
from costrel.testing.threads import at_once

ADA = Guest("ada@wren.example", "Ada")
BOB = Guest("bob@wren.example", "Bob")
EVE = Guest("eve@wren.example", "Eve")

KINDS = {"sqlalchemy": SQLAlchemyGuests, "peewee": PeeweeGuests, "lmdb": LMDBGuests}
PATIENCE = 120  # seconds, for a machine that has other things to do
# those that need no server
EMBEDDED = ["sqlalchemy", "peewee", "lmdb"]
server = pytest.fixture(scope="module")(postgresql)
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
    apps: list = field(default_factory=list)

    def app(self, folder=None):
        app = App("wren", instance_path=str(folder or self.folder))
        app.config.update(self.settings)
        self.guests.init_app(app)
        self.apps.append(app)
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


@pytest.fixture(params=EMBEDDED)
def embedded(request, tmp_path):
    return Place(KINDS[request.param](), tmp_path / "instance", {})


@pytest.fixture(params=[*EMBEDDED, "postgresql"])
def place(request, tmp_path):
    kind, settings = request.param, {}
    if kind == "postgresql":
        kind, settings["GUESTS_URL"] = "sqlalchemy", request.getfixturevalue("database")
    place = Place(KINDS[kind](), tmp_path / "instance", settings)
    yield place
    for app in place.apps:
        if "sqlalchemy_guests" in app.extensions:
            app.extensions["sqlalchemy_guests"].engine.dispose()


@pytest.fixture
def database(server):
    """Return the URL of a part of the database that is still empty."""
    return new_schema(server)


def sign_up(app, guests, *new):
    with app.app_context():
        for guest in new:
            guests.add(guest)
        guests.commit()


def listed(app, guests, part=""):
    with app.app_context():
        return guests.search(part)


def count_open_files():
    folder = Path("/dev/fd")
    if not folder.is_dir():
        pytest.skip("this system doesn't show which files are open")
    return len(list(folder.iterdir()))


def test_guests_are_listed_as_they_came(place):
    app = place.app()

    sign_up(app, place.guests, EVE)
    sign_up(app, place.guests, ADA, BOB)

    assert listed(app, place.guests) == [EVE, ADA, BOB]
    with app.app_context():
        assert place.guests.count() == 3


# --- what a context keeps, and what it takes back


def test_guest_that_was_not_committed_is_taken_back(place):
    app = place.app()

    with app.app_context():
        place.guests.add(ADA)

    assert listed(app, place.guests) == []


@pytest.mark.parametrize(
    "wrong", [lambda: 1 / 0, lambda: abort(400)], ids=["bug", "abort"]
)
def test_guest_of_a_view_that_fails_is_taken_back(place, wrong):
    app = place.app()

    @app.post("/guests")
    def view():
        place.guests.add(ADA)
        wrong()

    answer = app.test_client().post("/guests")

    assert answer.status_code >= 400
    assert listed(app, place.guests) == []
    # nor does it stand in the way
    sign_up(app, place.guests, ADA)


def test_guest_who_was_committed_stays_if_the_view_fails_later(place):
    app = place.app()

    @app.post("/guests")
    def view():
        place.guests.add(ADA)
        place.guests.commit()
        return 1 / 0

    assert app.test_client().post("/guests").status_code == 500
    assert listed(app, place.guests) == [ADA]


def test_context_may_go_on_in_another_thread(place):
    app = place.app()

    with app.app_context(), ThreadPoolExecutor(1) as pool:
        place.guests.search()
        # as a framework does that runs a view elsewhere
        pool.submit(copy_context().run, place.guests.add, ADA).result(PATIENCE)
        place.guests.commit()

    assert listed(app, place.guests) == [ADA]


def test_guests_outlast_the_app(place):
    sign_up(place.app(), place.guests, ADA)

    assert listed(place.app(), place.guests) == [ADA]


# --- each address once


def test_address_is_on_the_list_once(place):
    app = place.app()
    sign_up(app, place.guests, ADA)

    with pytest.raises(DuplicateGuestError):
        sign_up(app, place.guests, Guest(ADA.email, "Eve"))

    assert listed(app, place.guests) == [ADA]


def test_of_guests_with_a_duplicate_none_is_kept(place):
    app = place.app()
    sign_up(app, place.guests, ADA)

    with pytest.raises(DuplicateGuestError):
        sign_up(app, place.guests, BOB, ADA)

    assert listed(app, place.guests) == [ADA]


def test_context_goes_on_after_a_duplicate(place):
    app = place.app()
    sign_up(app, place.guests, ADA)

    with app.app_context():
        with pytest.raises(DuplicateGuestError):
            place.guests.add(ADA)
            place.guests.commit()
        place.guests.add(BOB)
        place.guests.commit()
        seen = place.guests.search()

    assert seen == listed(app, place.guests) == [ADA, BOB]


def test_of_many_who_use_an_address_at_once_one_is_on_the_list(place):
    app = place.app()

    @app.post("/guests/<name>")
    def view(name):
        try:
            place.guests.add(Guest("ada@wren.example", name))
            place.guests.commit()
        except DuplicateGuestError:
            abort(409)
        return name, 201

    answers = at_once(8, lambda n: app.test_client().post(f"/guests/{n}"))

    codes = sorted(answer.status_code for answer in answers)
    won = next(answer.text for answer in answers if answer.status_code == 201)
    assert codes == [201, *[409] * 7]
    assert listed(app, place.guests) == [Guest("ada@wren.example", won)]


def test_nobody_is_lost_when_many_sign_up_at_once(place):
    app = place.app()

    def visit(number):
        for turn in range(5):
            sign_up(app, place.guests, Guest(f"{number}.{turn}@wren.example", ""))
            listed(app, place.guests)

    at_once(8, visit)

    assert len({guest.email for guest in listed(app, place.guests)}) == 40


# --- two apps in one process


def test_one_store_keeps_the_guests_of_two_apps_apart(embedded, tmp_path):
    bakery, clinic = (embedded.app(tmp_path / name) for name in ("bakery", "clinic"))

    with bakery.app_context():
        embedded.guests.add(ADA)
        # a request inside another one, as a test or a mounted app makes it
        sign_up(clinic, embedded.guests, EVE)
        embedded.guests.commit()

    assert listed(bakery, embedded.guests) == [ADA]
    assert listed(clinic, embedded.guests) == [EVE]


def test_two_apps_share_what_is_in_one_place(place):
    one, other = place.app(), place.app()

    sign_up(one, place.guests, ADA)
    sign_up(other, place.guests, BOB)

    assert listed(one, place.guests) == listed(other, place.guests) == [ADA, BOB]


def test_store_may_be_given_its_app_at_once(embedded):
    app = App("wren", instance_path=str(embedded.folder))

    guests = type(embedded.guests)(app)
    sign_up(app, guests, ADA)

    assert listed(app, guests) == [ADA]


# --- what is open, and for whom


def test_setting_up_an_app_opens_nothing(embedded):
    gc.collect()
    before = count_open_files()

    app = embedded.app()
    # nor does a request that needs no guests
    app.test_client().get("/")

    assert count_open_files() == before
    assert not embedded.folder.exists()


def test_views_that_fail_leave_nothing_open(place):
    app = place.app()

    @app.post("/guests/<name>")
    def view(name):
        place.guests.search()
        place.guests.add(Guest(f"{name}@wren.example", name))
        return 1 / 0

    client = app.test_client()
    client.post("/guests/0")
    gc.collect()
    before = count_open_files()
    for number in range(30):
        assert client.post(f"/guests/{number}").status_code == 500

    assert count_open_files() == before


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such modes")
def test_what_guests_told_is_for_the_app_alone(embedded):
    app = embedded.app()
    sign_up(app, embedded.guests, ADA)

    files = [path for path in embedded.folder.rglob("*") if path.is_file()]

    assert files
    assert [path.stat().st_mode & 0o077 for path in files] == [0] * len(files)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_child_of_a_server_uses_nothing_that_its_parent_opened(embedded):
    script = """
sign_up("before")
child = os.fork()
if child == 0:
    for number in range(20):
        sign_up(f"child-{number}")
    os._exit(0)
for number in range(20):
    sign_up(f"parent-{number}")
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""
    process = embedded.start(script)
    process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert len(listed(embedded.app(), embedded.guests)) == 41


def test_store_is_opened_anew_in_another_process(embedded, monkeypatch):
    app = embedded.app()
    sign_up(app, embedded.guests, ADA)

    # as if this were a child; the test above has a real one
    monkeypatch.setattr(os, "getpid", lambda: 4711)
    sign_up(app, embedded.guests, BOB)

    assert listed(app, embedded.guests) == [ADA, BOB]


def test_process_that_is_killed_loses_only_what_was_not_committed(place):
    script = """
sign_up("Ada")
context = app.app_context()
context.push()
guests.add(Guest("bob@wren.example", "Bob"))
print("added", flush=True)
sys.stdin.read()
"""
    process = place.start(script)
    try:
        assert process.stdout.readline() == "added\n"
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)

    app = place.app()
    assert [guest.name for guest in listed(app, place.guests)] == ["Ada"]
    sign_up(app, place.guests, BOB)


def test_table_may_be_made_by_two_at_the_same_moment(database, tmp_path):
    place = Place(SQLAlchemyGuests(), tmp_path, {"GUESTS_URL": database})
    app = place.app()
    engine = app.extensions["sqlalchemy_guests"].engine
    waiting = text("select count(*) from pg_locks where not granted")

    with ThreadPoolExecutor(1) as pool, engine.connect() as first:
        first.execute(
            text("create table guests (id serial primary key, email text, name text)")
        )
        second = pool.submit(sign_up, app, place.guests, ADA)
        while not first.execute(waiting).scalar():
            assert not second.done()
        first.commit()

    assert second.result() is None
    assert listed(app, place.guests) == [ADA]
    engine.dispose()


def test_table_that_cannot_be_made_is_an_error_of_the_library(tmp_path):
    (tmp_path / "empty.sqlite").touch()
    url = f"sqlite:///file:{tmp_path}/empty.sqlite?mode=ro&uri=true"
    place = Place(SQLAlchemyGuests(), tmp_path, {"GUESTS_URL": url})

    with pytest.raises(OperationalError, match="readonly"):
        sign_up(place.app(), place.guests, ADA)


# --- text from strangers


@pytest.mark.parametrize("part", ["ada", "O'B", "%", "_", "\\", "Zoë", "' or '1'='1"])
def test_search_takes_each_character_for_what_it_is(embedded, part):
    app = embedded.app()
    names = ["O'Brien", "100 % Ada", "under_score", "back\\slash", "Zoë"]
    new = [Guest(f"{n}@wren.example", name) for n, name in enumerate(names)]
    sign_up(app, embedded.guests, *new)

    found = [guest.name for guest in listed(app, embedded.guests, part)]

    assert found == [name for name in names if part.casefold() in name.casefold()]


def test_search_ignores_case_and_has_no_wildcards(place):
    app = place.app()
    sign_up(app, place.guests, ADA, Guest("carl@wren.example", "100 %"))

    assert [listed(app, place.guests, part) for part in ("aD", "_", "%")] == [
        [ADA], [], [Guest("carl@wren.example", "100 %")]
    ]  # fmt: skip


def test_longest_address_has_room(place):
    app = place.app()
    guest = Guest("ü" * 241 + "@wren.example", "🔔" * 254)
    sign_up(app, place.guests, guest)

    assert listed(app, place.guests) == [guest]


@pytest.mark.parametrize("wrong", ["a\0b", "a\nb", "\ud800", "\x7f", "a" * 255])
def test_text_that_some_store_cannot_keep_is_refused(wrong):
    assert not is_plain(wrong)
    with pytest.raises(ValueError, match="254 characters"):
        Guest("ada@wren.example", wrong)
    with pytest.raises(ValueError, match="254 characters"):
        Guest(wrong, "Ada")


def test_sqlalchemy_and_peewee_read_the_same_file(tmp_path):
    by_sqlalchemy = Place(SQLAlchemyGuests(), tmp_path, {})
    by_peewee = Place(PeeweeGuests(), tmp_path, {})

    sign_up(by_sqlalchemy.app(), by_sqlalchemy.guests, ADA)
    sign_up(by_peewee.app(), by_peewee.guests, BOB)

    for place in (by_sqlalchemy, by_peewee):
        assert listed(place.app(), place.guests) == [ADA, BOB]
        with pytest.raises(DuplicateGuestError):
            sign_up(place.app(), place.guests, ADA)
