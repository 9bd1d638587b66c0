"""Which other products go well with one, as its owner says; variants of the file that cannot be bought."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for name in ("goes_with", "unsold"):
        op.add_column("products", sa.Column(name, sa.JSON(none_as_null=True)))
