"""Orders by the moment at which they were paid: asked for by the worker every few seconds, and by reports."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_orders_paid", "orders", ["paid_at"])
