"""Money to be given back: asked for in the transaction that finds it out, sent to Stripe afterwards."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from webshop.db.payments import Payment
from webshop.db.tables import refunds
from webshop.db.upsert import insert


def request(connection: Connection, payment: Payment, amount: int, currency: str, reason: str) -> None:
    """Ask for `amount` minor units of this payment back. Asking twice asks once."""
    row = insert(connection, refunds).values(
        order_number=payment.order_number,
        payment=payment.id,
        idempotency_key=f"{payment.idempotency_key}-refund",
        amount=amount,
        currency=currency,
        reason=reason,
        status="due",
        created_at=datetime.now(UTC),
    )
    connection.execute(row.on_conflict_do_nothing())
