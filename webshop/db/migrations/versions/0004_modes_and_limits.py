"""The mode that database and orders belong to, limits, and whether anybody came back to a cart."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from webshop.db.columns import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("carts", sa.Column("seen_at", Moment()))
    op.add_column("orders", sa.Column("mode", sa.String(10)))
    op.add_column("orders", sa.Column("placed_from", sa.String(64)))
    op.create_index("ix_orders_placed_from", "orders", ["placed_from", "state"])
    op.create_index("ix_outbox_sent", "outbox", ["sent_at"])
    op.create_table(
        "test_invoice_numbers",
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mode", "year", name=op.f("pk_test_invoice_numbers")),
    )
    modes = op.create_table(
        "modes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modes")),
    )
    op.create_table(
        "limits",
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who", name=op.f("pk_limits")),
    )
    op.create_index("ix_limits_since", "limits", ["since"])
    _keep_what_is_known(modes)


def _keep_what_is_known(modes: sa.Table) -> None:
    """The carts that there are stay as long as they would have; where real money was taken, the database is a
    live shop's, whatever keys the next process has."""
    carts = sa.table("carts", sa.column("seen_at"), sa.column("changed_at"))
    op.execute(carts.update().values(seen_at=carts.c.changed_at))
    payments = sa.table("payments", sa.column("session", sa.String()))
    live = sa.select(payments.c.session).where(payments.c.session.startswith("cs_live_", autoescape=True))
    if op.get_bind().execute(live.limit(1)).first():
        op.bulk_insert(modes, [{"id": 1, "mode": "live", "since": datetime.now(UTC)}])
