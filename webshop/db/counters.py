"""The tables in which the shop counts, and in which it remembers what it is."""

from sqlalchemy import Column, Integer, String, Table

from webshop.db.columns import Moment
from webshop.db.metadata import metadata

# The last invoice number of each year. It is counted up in the transaction in which the order is paid, so
# that the numbers have no gap.
invoice_numbers = Table(
    "invoice_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

# The same for the orders of a sandbox or of Stripe's test mode.
test_invoice_numbers = Table(
    "test_invoice_numbers",
    metadata,
    Column("mode", String(10), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

# Whose money the orders are paid with, a row for each mode that the shop was ever in; the last one counts.
modes = Table(
    "modes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("mode", String(10), nullable=False),
    Column("since", Moment, nullable=False),
)

# How often somebody (a cart, a network address) has done something that is limited, `since` when.
limits = Table(
    "limits",
    metadata,
    Column("what", String(40), primary_key=True),
    Column("who", String(80), primary_key=True),
    Column("since", Moment, nullable=False, index=True),
    Column("count", Integer, nullable=False),
)
