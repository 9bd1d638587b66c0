"""Shipping methods, tax, invoices, what was shipped; alarms that are not about an order."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column(
        "products", sa.Column("tax_class", sa.String(20), nullable=False, server_default="standard")
    )
    op.add_column("order_lines", sa.Column("tax_rate", sa.BigInteger(), nullable=False, server_default="0"))
    for name, kind, default in (
        ("region", sa.String(80), sa.text("''")),
        ("shipping_method", sa.String(40), sa.text("''")),
        ("delivery", sa.String(200), sa.text("''")),
        ("tax_mode", sa.String(20), "none"),
        ("tax", sa.BigInteger(), "0"),
        ("paid_at", sa.DateTime(timezone=True), None),
        ("invoice", sa.String(20), None),
        ("shipped_at", sa.DateTime(timezone=True), None),
        ("carrier", sa.String(80), sa.text("''")),
        ("tracking", sa.String(100), sa.text("''")),
    ):
        op.add_column("orders", sa.Column(name, kind, nullable=default is None, server_default=default))
    op.create_index("uq_orders_invoice", "orders", ["invoice"], unique=True)
    # What is known of orders that were paid before: when, from their audit. They have no invoice number.
    op.execute(
        """UPDATE orders SET paid_at = (SELECT MIN(at) FROM order_events
           WHERE order_number = orders.number AND kind = 'paid')"""
    )
    op.create_table(
        "order_taxes",
        sa.Column("order_number", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_order_taxes_amount")),
        sa.ForeignKeyConstraint(
            ["order_number"], ["orders.number"], name=op.f("fk_order_taxes_order_number")
        ),
        sa.PrimaryKeyConstraint("order_number", "position", name=op.f("pk_order_taxes")),
    )
    op.create_table(
        "invoice_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_invoice_numbers")),
    )
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("order_number", existing_type=sa.String(20), nullable=True)
    with op.batch_alter_table("alarms") as alarms:
        alarms.drop_constraint("fk_alarms_order_number", type_="foreignkey")
        alarms.drop_constraint("uq_alarms_order_number", type_="unique")
        alarms.alter_column(
            "order_number", new_column_name="about", existing_type=sa.String(20), type_=sa.String(40)
        )
        alarms.add_column(sa.Column("letter", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    with op.batch_alter_table("alarms") as alarms:
        alarms.create_unique_constraint("uq_alarms_about", ["about", "kind"])
        alarms.create_foreign_key("fk_alarms_letter", "outbox", ["letter"], ["id"])
