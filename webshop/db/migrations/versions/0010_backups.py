"""When backups are due; pauses of a restored shop, the mails that they hold, the numbers they skip."""

import sqlalchemy as sa
from alembic import op

from webshop.db.columns import Id, Moment

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_turns"),
    )
    op.create_table(
        "pauses",
        sa.Column("id", Id, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("backup", sa.String(200), nullable=False),
        sa.Column("backup_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_pauses"),
    )
    op.create_table(
        "held_mails",
        sa.Column("mail_id", Id, autoincrement=False, nullable=False),
        sa.Column("pause_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["outbox.id"], name="fk_held_mails_mail_id"),
        sa.ForeignKeyConstraint(["pause_id"], ["pauses.id"], name="fk_held_mails_pause_id"),
        sa.PrimaryKeyConstraint("mail_id", name="pk_held_mails"),
    )
    op.create_table(
        "number_gaps",
        sa.Column("id", Id, nullable=False),
        sa.Column("pause_id", Id, nullable=False),
        sa.Column("series", sa.String(20), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["pause_id"], ["pauses.id"], name="fk_number_gaps_pause_id"),
        sa.PrimaryKeyConstraint("id", name="pk_number_gaps"),
        sa.UniqueConstraint("pause_id", "series", name="uq_number_gaps_pause_id"),
    )
