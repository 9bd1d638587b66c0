"""What pages of the catalogue show has changed."""

import sqlalchemy as sa
from alembic import op

from webshop.db.columns import Id, Moment

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "catalogue_changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_changes"),
    )
    op.create_index("ix_catalogue_changes_at", "catalogue_changes", ["at"])
