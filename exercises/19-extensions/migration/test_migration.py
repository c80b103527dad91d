"""The exercise `migration`: a table gets a column, and keeps its guests."""

from importlib import import_module
from shutil import copy

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from step19_extensions import App
from step19_extensions.extensions.guests import Guest
from step19_extensions.extensions.sqlalchemy_guests import SQLAlchemyGuests

ENV = """
from alembic import context

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection)
    with context.begin_transaction():
        context.run_migrations()
"""
FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None

def upgrade():
    op.create_table(
        "guests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        if_not_exists=True,
    )

def downgrade():
    op.drop_table("guests")
"""
GUESTS = [
    Guest("Eve@wren.example", "Eve"),
    Guest("ada@wren.example", "Ada"),
    Guest("eve@wren.example", "Eve again"),
    Guest("ÜMIT@wren.example", "Ümit"),
    Guest("eVe@wren.example", "Eve once more"),
    Guest("ümit@wren.example", "Ümit again"),
]
KEPT = [(1, GUESTS[0]), (2, GUESTS[1]), (4, GUESTS[3])]


@pytest.fixture
def store():
    return SQLAlchemyGuests()


@pytest.fixture
def app(store, tmp_path):
    """An app of step 19, with guests in its table."""
    app = App("wren", instance_path=str(tmp_path / "instance"))
    store.init_app(app)
    with app.app_context():
        for guest in GUESTS:
            store.add(guest)
        store.commit()
    return app


@pytest.fixture
def engine(app):
    return app.extensions["sqlalchemy_guests"].engine


@pytest.fixture
def alembic(engine, tmp_path):
    """The settings with which Alembic's commands are called."""
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "env.py").write_text(ENV, encoding="utf-8")
    (versions / "0001_guests.py").write_text(FIRST, encoding="utf-8")
    copy(str(import_module("exercise").__file__), versions / "0002_mailboxes.py")
    config = Config(attributes={"engine": engine})
    config.set_main_option("script_location", str(versions.parent))
    config.set_main_option("path_separator", "os")
    return config


def rows(engine):
    with engine.connect() as connection:
        found = connection.execute(sa.text("select * from guests order by id"))
        return [dict(row) for row in found.mappings()]


def shape(engine):
    """Return the columns of the table, and which of them are unique."""
    inspector = sa.inspect(engine)
    unique = inspector.get_unique_constraints("guests")
    columns = {
        each["name"]: each["nullable"] for each in inspector.get_columns("guests")
    }
    return columns, sorted(each["column_names"] for each in unique)


def test_first_revision_leaves_the_table_of_step_19_alone(alembic, engine):
    before = shape(engine)

    command.upgrade(alembic, "0001")

    assert shape(engine) == before
    assert len(rows(engine)) == len(GUESTS)


def test_each_guest_has_a_mailbox(alembic, engine):
    command.upgrade(alembic, "head")

    assert [row["mailbox"] for row in rows(engine)] == [
        "eve@wren.example",
        "ada@wren.example",
        "ümit@wren.example",
    ]
    columns, unique = shape(engine)
    assert columns["mailbox"] is False, "it may be null"
    assert ["mailbox"] in unique and ["email"] in unique


def test_first_of_several_rows_stays_as_it_was(alembic, engine):
    command.upgrade(alembic, "head")

    found = [(row["id"], Guest(row["email"], row["name"])) for row in rows(engine)]
    assert found == KEPT


@pytest.mark.parametrize("mailbox", ["eve@wren.example", None])
def test_database_refuses_what_is_no_new_mailbox(alembic, engine, mailbox):
    command.upgrade(alembic, "head")
    add = sa.text("insert into guests (email, name, mailbox) values ('x@y', 'x', :m)")

    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(add, {"m": mailbox})


def test_way_back_leads_to_the_table_of_step_19(alembic, engine, app, store):
    command.upgrade(alembic, "0001")
    before = shape(engine)

    command.upgrade(alembic, "head")
    command.downgrade(alembic, "0001")

    assert shape(engine) == before
    with app.app_context():
        assert store.search() == [guest for _, guest in KEPT]
        store.add(Guest("bob@wren.example", "Bob"))
        store.commit()


def test_revision_runs_on_an_empty_table(alembic, engine):
    with engine.begin() as connection:
        connection.execute(sa.text("delete from guests"))

    command.upgrade(alembic, "head")

    assert rows(engine) == []


def test_revision_can_be_made_again(alembic, engine):
    for _ in range(2):
        command.upgrade(alembic, "head")
        command.downgrade(alembic, "0001")
    command.upgrade(alembic, "head")

    assert len(rows(engine)) == len(KEPT)


def test_revision_follows_the_first():
    answer = import_module("exercise")

    assert (answer.revision, answer.down_revision) == ("0002", "0001")
