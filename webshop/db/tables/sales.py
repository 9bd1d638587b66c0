"""Carts, orders, payments, mails, alarms: what the shop does."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

from webshop.db.columns import Id, Moment, metadata

carts = Table(
    "carts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
    Column("seen_at", Moment),  # when its cookie first came back; NULL: not yet
    Column("removed_sku", String(40)),  # the line that was taken out last, as it was
    Column("removed_quantity", Integer),
    Column("removed_added_at", Moment),
)

cart_lines = Table(
    "cart_lines",
    metadata,
    Column("cart", ForeignKey("carts.id", ondelete="CASCADE"), primary_key=True),
    Column("sku", ForeignKey("variants.sku"), primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("added_at", Moment, nullable=False),
    CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity"),
)

# What was typed into the checkout, until it is bought: JSON by the names of the form's fields.
drafts = Table(
    "drafts",
    metadata,
    Column("cart", ForeignKey("carts.id", ondelete="CASCADE"), primary_key=True),
    Column("email", String(254), nullable=False, index=True),
    Column("fields", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("cart", String(32), nullable=False),  # no foreign key: carts are cleaned up, orders are kept
    Column("state", String(20), nullable=False),
    Column("email", String(254), nullable=False),
    Column("name", String(100), nullable=False),
    Column("line1", String(100), nullable=False),
    Column("line2", String(100), nullable=False),
    Column("postal_code", String(20), nullable=False),
    Column("city", String(80), nullable=False),
    Column("country", String(2), nullable=False),
    Column("language", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("shipping_title", String(200), nullable=False),
    Column("shipping", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("region", String(80), nullable=False, server_default=text("''")),
    Column("shipping_method", String(40), nullable=False, server_default=text("''")),
    Column("delivery", String(200), nullable=False, server_default=text("''")),  # how long it takes, in words
    Column("tax_mode", String(20), nullable=False, server_default="none"),
    Column("tax", BigInteger, nullable=False, server_default="0"),
    Column("paid_at", Moment),
    Column("invoice", String(20)),
    Column("shipped_at", Moment),
    Column("carrier", String(80), nullable=False, server_default=text("''")),
    Column("tracking", String(100), nullable=False, server_default=text("''")),
    Column("mode", String(10)),  # NULL: written by the release before, in the database's own
    Column("placed_from", String(64)),  # the network address, as long as the order is undecided
    Column("company", String(100), nullable=False, server_default=text("''")),
    Column("phone", String(40), nullable=False, server_default=text("''")),
    Column("vat_number", String(40), nullable=False, server_default=text("''")),
    # Where the invoice goes, if not to the parcel's address; all of them are empty else.
    Column("billing_name", String(100), nullable=False, server_default=text("''")),
    Column("billing_company", String(100), nullable=False, server_default=text("''")),
    Column("billing_line1", String(100), nullable=False, server_default=text("''")),
    Column("billing_line2", String(100), nullable=False, server_default=text("''")),
    Column("billing_postal_code", String(20), nullable=False, server_default=text("''")),
    Column("billing_city", String(80), nullable=False, server_default=text("''")),
    Column("billing_region", String(80), nullable=False, server_default=text("''")),
    Column("billing_country", String(2), nullable=False, server_default=text("''")),
    CheckConstraint("shipping >= 0", name="shipping"),
    CheckConstraint("total > 0", name="total"),
    CheckConstraint("refunded >= 0", name="refunded"),
    Index("ix_orders_placed", "placed_at"),
    Index("ix_orders_paid", "paid_at"),
    Index("ix_orders_state", "state", "expires_at"),
    Index("ix_orders_list", "state", "placed_at", "number"),
    Index("uq_orders_invoice", "invoice", unique=True),
    Index("ix_orders_placed_from", "placed_from", "state"),
)

# What was agreed, as it was then. `held` pieces came out of a counted stock.
order_lines = Table(
    "order_lines",
    metadata,
    Column("order_number", ForeignKey("orders.number"), primary_key=True),
    Column("sku", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("variant", String(80), nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("weight", BigInteger, nullable=False),
    Column("tax_rate", BigInteger, nullable=False, server_default="0"),  # millionths
    Column("tax_code", String(20), nullable=False, server_default=text("''")),  # Stripe's
    Column("code", String(64), nullable=False, server_default=text("''")),  # the sku, too long for a key
    Column("shipped", Boolean, nullable=False, server_default=true()),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("held >= 0", name="held"),
)

# The tax of an order, a row for each rate; part of the snapshot, unless Stripe computes it.
order_taxes = Table(
    "order_taxes",
    metadata,
    Column("order_number", ForeignKey("orders.number"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
    Column("rate", BigInteger, nullable=False),  # millionths
    Column("base", BigInteger, nullable=False),  # what is taxed
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount >= 0", name="amount"),
)

# The audit: every move of an order, and what else a person should be able to look up later.
order_events = Table(
    "order_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_number", ForeignKey("orders.number"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("detail", Text, nullable=False),
)

# Attempts to pay an order, each with a Checkout Session of its own. The columns keep the names that they were
# born with: the release before writes them too.
attempts = Table(
    "payments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_number", ForeignKey("orders.number"), nullable=False),
    Column("attempt", Integer, key="number", nullable=False),
    Column("idempotency_key", String(255), nullable=False, unique=True),
    Column("ui_mode", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("session", String(255), key="session_id", unique=True),  # NULL until Stripe's answer is stored
    Column("payment_intent", String(255), index=True),
    Column("charge", String(255), index=True),
    Column("receipt_url", Text),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("looks", Integer, key="polls", nullable=False),  # how often the worker has asked Stripe about it
    Column("look_at", Moment, key="poll_at", index=True),  # when it asks next; NULL: closed
    UniqueConstraint("order_number", "number"),
)

stripe_events = Table(
    "stripe_events",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("type", String(80), nullable=False),
    Column("received_at", Moment, nullable=False, index=True),
)

# Mail to be sent, written in the transaction that caused it.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_number", ForeignKey("orders.number")),  # NULL: about the shop
    Column("kind", String(40), key="name", nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment),  # NULL: sent, or given up
    Column("tries", Integer, nullable=False),
    Column("sent_at", Moment),
    Column("problem", Text, nullable=False),
    Column("mail_kind", String(20)),  # NULL: written by the release before
    Column("repetition", Integer, nullable=False, server_default="0"),
    UniqueConstraint("order_number", "name"),
    Index("ix_outbox_due", "due_at"),
    Index("ix_outbox_sent", "sent_at"),
)

# Money on its way back: asked for by us, or found at Stripe because the owner sent it from the dashboard.
refunds = Table(
    "refunds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_number", ForeignKey("orders.number"), nullable=False, index=True),
    Column("payment", ForeignKey("payments.id"), key="attempt_id", nullable=False),
    Column("request", String(255), unique=True),  # our own name for it; NULL if it came from the dashboard
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("refund", String(255), key="refund_id", unique=True),  # Stripe's
    Column("created_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", Moment, index=True),  # when it is sent to Stripe (again); NULL: Stripe has it
    Column("mail", Id, key="mail_id"),  # in the outbox, tells the shopper; NULL: none does, or an old one
    CheckConstraint("amount > 0", name="amount"),
    Index("ix_refunds_payment", "attempt_id"),
    Index("ix_refunds_mail", "mail_id"),
)

# What needs a person. `about` is an order's number, or another word for what it is about.
alarms = Table(
    "alarms",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(40), key="name", nullable=False),
    Column("about", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("cleared_at", Moment),
    Column("letter", ForeignKey("outbox.id"), key="mail_id"),  # tells the owner of it; NULL: none yet
    Column("alarm_kind", String(20)),  # NULL: written by the release before
    UniqueConstraint("about", "name"),
)
