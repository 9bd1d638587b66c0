"""What was typed into the checkout, and what was last taken out of a cart."""

import sqlalchemy as sa
from alembic import op

from webshop.db.columns import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("cart", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["cart"], ["carts.id"], name="fk_drafts_cart", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("cart", name="pk_drafts"),
    )
    op.create_index("ix_drafts_email", "drafts", ["email"])
    op.add_column("carts", sa.Column("removed_sku", sa.String(40)))
    op.add_column("carts", sa.Column("removed_quantity", sa.Integer))
    op.add_column("carts", sa.Column("removed_added_at", Moment))
