"""Indexes by which orders of a state, and what nobody may keep any longer, are found among a million."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index("ix_orders_list", "orders", ["state", "placed_at", "number"])
    _partial("ix_orders_not_erased", "orders", ["state", "placed_at"], "email != ''")
    _partial("ix_carts_unseen", "carts", ["changed_at"], "seen_at IS NULL")


def _partial(name: str, table: str, columns: list[str], words: str) -> None:
    where = sa.text(words)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
