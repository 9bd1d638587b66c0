"""A phone number, a company with its VAT number, and another address for the invoice."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

LENGTHS = {
    "company": 100,
    "phone": 40,
    "vat_number": 40,
    "billing_name": 100,
    "billing_company": 100,
    "billing_line1": 100,
    "billing_line2": 100,
    "billing_postal_code": 20,
    "billing_city": 80,
    "billing_region": 80,
    "billing_country": 2,
}


def upgrade() -> None:
    for name, length in LENGTHS.items():
        op.add_column(
            "orders", sa.Column(name, sa.String(length), nullable=False, server_default=sa.text("''"))
        )
