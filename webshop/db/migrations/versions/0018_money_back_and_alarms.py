"""Indexes by which refunds of a payment or a mail, a payment by its charge, and open alarms are found."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index("ix_refunds_payment", "refunds", ["payment"])
    op.create_index("ix_refunds_mail", "refunds", ["mail"])
    op.create_index("ix_payments_charge", "payments", ["charge"])
    is_open = sa.text("cleared_at IS NULL")
    op.create_index("ix_alarms_open", "alarms", ["letter"], sqlite_where=is_open, postgresql_where=is_open)
