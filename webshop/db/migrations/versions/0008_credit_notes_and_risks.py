"""Credit notes, disputes, warnings and reviews, and which mail tells of a refund."""

import sqlalchemy as sa
from alembic import op

from webshop.db.columns import Id, Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("refunds", sa.Column("mail", Id))
    op.create_table(
        "credit_note_numbers",
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mode", "year", name=op.f("pk_credit_note_numbers")),
    )
    _create_credit_notes()
    op.create_table(
        "risks",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("order_number", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("due_at", Moment()),
        sa.Column("heard_at", Moment(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["order_number"], ["orders.number"], name=op.f("fk_risks_order_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risks")),
    )
    op.create_index("ix_risks_order_number", "risks", ["order_number"])


def _create_credit_notes() -> None:
    op.create_table(
        "credit_notes",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("order_number", sa.String(20), nullable=False),
        sa.Column("refund_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cancels", sa.String(24)),
        sa.Column("invoice", sa.String(20), nullable=False),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_number"], ["orders.number"], name=op.f("fk_credit_notes_order_number")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_credit_notes_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_notes")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_notes_number")),
        sa.UniqueConstraint("cancels", name=op.f("uq_credit_notes_cancels")),
        sa.UniqueConstraint("refund_id", "position", name=op.f("uq_credit_notes_refund_id")),
    )
    op.create_index("ix_credit_notes_order_number", "credit_notes", ["order_number"])
    op.create_table(
        "credit_note_taxes",
        sa.Column("credit_note_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_note_id"], ["credit_notes.id"], name=op.f("fk_credit_note_taxes_credit_note_id")
        ),
        sa.PrimaryKeyConstraint("credit_note_id", "position", name=op.f("pk_credit_note_taxes")),
    )
