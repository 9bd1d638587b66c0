"""Indexes for which each database has words of its own. Only who makes tables or compares them reads this: to
say them loads the dialects of both, of which a shop speaks one."""

from typing import Any

from sqlalchemy import Index, func, literal_column, text

from webshop.db.tables.sales import alarms, carts, orders
from webshop.db.tables.search import NAMES, TITLES, search_documents


def _of_rows(where: str) -> dict[str, Any]:
    return {"sqlite_where": text(where), "postgresql_where": text(where)}


Index("ix_alarms_open", alarms.c.mail_id, **_of_rows("cleared_at IS NULL"))
Index("ix_carts_unseen", carts.c.changed_at, **_of_rows("seen_at IS NULL"))
Index("ix_orders_not_erased", orders.c.state, orders.c.placed_at, **_of_rows("email != ''"))

# Two tabs, two clicks, two processes: a cart is being paid at most once.
Index("uq_orders_pending_cart", orders.c.cart, unique=True, **_of_rows("state = 'pending'"))

Index("ix_search_documents_lexemes", search_documents.c.lexemes, postgresql_using="gin")

for name, weights in (("titles", TITLES), ("names", NAMES)):
    words = func.ts_filter(search_documents.c.lexemes, literal_column(weights))
    Index(f"ix_search_documents_{name}", words, postgresql_using="gin").ddl_if("postgresql")
