"""Give each guest a mailbox: the address in small letters, which is there once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

guests = sa.table("guests", sa.column("id"), sa.column("email"), sa.column("mailbox"))


def upgrade() -> None:
    with op.batch_alter_table("guests") as table:
        table.add_column(sa.Column("mailbox", sa.String))
    fill()
    with op.batch_alter_table("guests") as table:
        table.alter_column("mailbox", nullable=False)
        table.create_unique_constraint("uq_guests_mailbox", ["mailbox"])


def fill() -> None:
    """Write each guest's mailbox; take off the list who has one there already."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(guests.c.id, guests.c.email).order_by("id"))
    seen = set()
    for number, email in rows.all():
        row = guests.c.id == number
        # not the database's `lower`: SQLite knows only the letters of ASCII
        mailbox = email.lower()
        if mailbox in seen:
            connection.execute(guests.delete().where(row))
        else:
            connection.execute(guests.update().where(row).values(mailbox=mailbox))
        seen.add(mailbox)


def downgrade() -> None:
    with op.batch_alter_table("guests") as table:
        table.drop_constraint("uq_guests_mailbox", type_="unique")
        table.drop_column("mailbox")
