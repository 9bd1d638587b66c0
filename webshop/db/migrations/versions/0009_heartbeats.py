"""When something that works unseen was last at work."""

import sqlalchemy as sa
from alembic import op

from webshop.db.columns import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )
