"""Disputes, warnings and reviews in their table."""

from sqlalchemy import Connection, select

from webshop.db import rows
from webshop.db.counters import risks
from webshop.db.engine import moment_of
from webshop.db.upsert import insert
from webshop.orders.risk import Risk


def list_risks(connection: Connection, order_number: str) -> tuple[Risk, ...]:
    """Those of the order, the first heard of first."""
    query = select(risks).where(risks.c.order_number == order_number)
    found = connection.execute(query.order_by(risks.c.heard_at, risks.c.id))
    return tuple(rows.read(Risk, row) for row in found)


def store(connection: Connection, order_number: str, risk: Risk) -> None:
    """What Stripe says of it now. The caller has locked the order."""
    values = rows.values(risk, risks)
    row = insert(connection, risks).values(
        order_number=order_number, heard_at=moment_of(connection), **values
    )
    connection.execute(row.on_conflict_do_update(index_elements=[risks.c.id], set_=values))
