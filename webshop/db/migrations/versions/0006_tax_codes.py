"""What products are to Stripe Tax."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for table in ("products", "order_lines"):
        code = sa.Column("tax_code", sa.String(20), nullable=False, server_default=sa.text("''"))
        op.add_column(table, code)
