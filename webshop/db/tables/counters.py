"""The tables in which the shop counts, in which it remembers what it is, and what becomes of an order's money
after it was paid."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from webshop.db.columns import Id, Moment, metadata

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

# The last number of the credit notes of each year, real or not: counted up like invoices.
credit_note_numbers = Table(
    "credit_note_numbers",
    metadata,
    Column("mode", String(10), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

# Money that came back for an invoice, a document each. It never changes: what a bank refuses afterwards is
# cancelled by a document of its own, with the same amounts below 0.
credit_notes = Table(
    "credit_notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", String(24), nullable=False, unique=True),
    Column("order_number", ForeignKey("orders.number"), nullable=False, index=True),
    Column("refund_id", ForeignKey("refunds.id"), nullable=False),
    Column("position", Integer, nullable=False),  # among those of its refund, from 1
    Column("cancels", String(24), unique=True),  # the number of the one before
    Column("invoice", String(20), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    UniqueConstraint("refund_id", "position"),
)

# The part of it at each rate of the order's taxes, in their order.
credit_note_taxes = Table(
    "credit_note_taxes",
    metadata,
    Column("credit_note_id", ForeignKey("credit_notes.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
    Column("rate", BigInteger, nullable=False),  # millionths
    Column("base", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
)

# Why a payment may not stay: a dispute, a warning of fraud, a review; as Stripe says it is now.
risks = Table(
    "risks",
    metadata,
    Column("id", String(255), primary_key=True),  # Stripe's
    Column("order_number", ForeignKey("orders.number"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("status", String(40), nullable=False),
    Column("reason", String(80), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("due_at", Moment),  # until when it must be answered
    Column("heard_at", Moment, nullable=False),
    Column("holds", Boolean, nullable=False),  # the order should not leave
)

# When something that works unseen was last at work: the worker, the backups.
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("at", Moment, nullable=False),
)

# When what is done now and then may be begun (again): claimed by putting that off.
turns = Table(
    "turns",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
)

# A shop that was restored from a backup sells nothing until its owner opens it again, which ends the pause.
pauses = Table(
    "pauses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("backup", String(200), nullable=False),  # its name
    Column("backup_at", Moment, nullable=False),  # what happened after this is not in it
    Column("ended_at", Moment),
)

# Mails that waited when the backup was taken, and may have gone since: they wait for their owner's word.
held_mails = Table(
    "held_mails",
    metadata,
    Column("mail_id", ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
    Column("pause_id", ForeignKey("pauses.id"), nullable=False),
)

# Numbers that no document of this database has, because one that was lost may have: of invoices or of credit
# notes, from `first` to `last`.
number_gaps = Table(
    "number_gaps",
    metadata,
    Column("id", Id, primary_key=True),
    Column("pause_id", ForeignKey("pauses.id"), nullable=False),
    Column("series", String(20), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("year", Integer, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("pause_id", "series"),
)
