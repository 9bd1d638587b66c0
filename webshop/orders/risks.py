"""Disputes, warnings and reviews in their table."""

from sqlalchemy import Connection, bindparam, select

from webshop.db import rows
from webshop.db.engine import moment_of
from webshop.db.tables.counters import risks
from webshop.db.upsert import insert
from webshop.orders.risk import Risk

# Built once: to build a statement takes longer than to run it.
RISKS = select(risks).where(risks.c.order_number == bindparam("order")).order_by(risks.c.heard_at, risks.c.id)


def list_risks(connection: Connection, order_number: str) -> tuple[Risk, ...]:
    """Those of the order, the first heard of first."""
    return tuple(rows.read(Risk, row) for row in connection.execute(RISKS, {"order": order_number}))


def store(connection: Connection, order_number: str, risk: Risk) -> None:
    """What Stripe says of it now. The caller has locked the order."""
    values = rows.values(risk, risks)
    row = insert(connection, risks).values(
        order_number=order_number, heard_at=moment_of(connection), **values
    )
    connection.execute(row.on_conflict_do_update(index_elements=[risks.c.id], set_=values))
