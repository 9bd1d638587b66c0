"""Personal data that nobody may keep any longer: taken out of orders, and of what was written about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, func, literal_column, select, update

from webshop.admin.mend import ADDRESS_MENDED, EMAIL_MENDED
from webshop.cart import drafts
from webshop.db.engine import Database, again_if_contended, moment_of, shop_time
from webshop.db.tables import alarms, attempts, order_events, orders, outbox, refunds
from webshop.errors import OwnerError
from webshop.orders import queries as order_queries
from webshop.orders.model import HOLDING, State

UNPAID_LIFE = timedelta(days=30)  # after the last thing that happened to an order that was not paid
TAX_YEARS = 10  # books are kept so long after the end of the year of payment
A_BATCH = 500  # orders, so that nobody waits for long for a transaction that erases

NOT_PAID = frozenset({State.CANCELLED, State.EXPIRED, State.FAILED})
IN_THE_BOOKS = frozenset(State) - NOT_PAID - HOLDING
IS_KEPT = orders.c.email != literal_column("''")  # in words, as its index has it

ERASED = "personal data erased"  # in the audit
PARTS = ("name", "company", "line1", "line2", "postal_code", "city", "region")  # the country is for counting
BILLING = (*(f"billing_{part}" for part in PARTS), "billing_country")
PERSONAL = ("email", "phone", "vat_number", *PARTS, *BILLING)
# What the owner typed or mended stands in the audit under these words.
TYPED = (State.SHIPPED, "parcel corrected", "refund requested", ADDRESS_MENDED, EMAIL_MENDED)


@dataclass(frozen=True)
class Outcome:
    """What became of an order's personal data: it is `erased`, or kept `until` the end of this year. Neither:
    the order is being paid."""

    number: str
    state: State
    erased: bool = False
    until: int | None = None


def list_over(connection: Connection, now: datetime) -> Sequence[str]:
    """A batch of numbers of orders whose personal data has had its time. Asked one after the other, so that
    each is looked for in the index of what is not erased."""
    found: list[str] = []
    for over in (_is_over_unpaid(now), _is_over_in_the_books(connection, now)):
        query = select(orders.c.number).where(IS_KEPT, over).limit(A_BATCH - len(found))
        found += connection.execute(query).scalars()
    return found


def erase_over(connection: Connection, numbers: Sequence[str], now: datetime) -> None:
    """Erase those of which that is still so; money that comes now is faster. They are looked for by number:
    for a condition by state, SQLite would go through all orders that were ever given up."""
    is_over = case((_is_over_unpaid(now) | _is_over_in_the_books(connection, now), 1), else_=0)
    over = select(orders.c.number).where(orders.c.number.in_(numbers), IS_KEPT, is_over == 1)
    _erase(connection, connection.execute(over.with_for_update(skip_locked=True)).scalars().all())


def _is_over_unpaid(now: datetime) -> ColumnElement[bool]:
    """The last event is asked of each order: "none exists since" PostgreSQL would look for in all events."""
    since = now - UNPAID_LIFE
    last = select(func.max(order_events.c.at)).where(order_events.c.order_number == orders.c.number)
    happened = func.coalesce(last.scalar_subquery(), orders.c.placed_at)
    return orders.c.state.in_(NOT_PAID) & (orders.c.placed_at < since) & (happened < since)


def _is_over_in_the_books(connection: Connection, now: datetime) -> ColumnElement[bool]:
    today = shop_time(connection, now)
    first_kept = datetime(today.year - TAX_YEARS, 1, 1, tzinfo=today.tzinfo)
    return orders.c.state.in_(IN_THE_BOOKS) & (orders.c.placed_at < first_kept) & (_paid_at() < first_kept)


def _paid_at() -> ColumnElement[datetime]:
    """When the money came: also what could not become an order, and went back."""
    homeless = (order_events.c.order_number == orders.c.number) & (order_events.c.kind == State.REFUND_DUE)
    came = select(func.min(order_events.c.at)).where(homeless).scalar_subquery()
    return func.coalesce(orders.c.paid_at, came, orders.c.placed_at)


def forget(db: Database, email: str) -> list[Outcome]:
    """Erase one person's data now: what was typed into a checkout, and that of all orders that need it no
    longer. Says what became of each order, the first placed first. Raises OwnerError if there is nothing."""
    with db.write() as connection:
        mine = select(orders.c.number).where(is_of(email)).order_by(orders.c.placed_at)
        numbers = connection.execute(mine).scalars().all()
        typed = drafts.forget_person(connection, email)
    if not numbers and not typed:
        raise OwnerError(f"The shop has no order of {email}.")
    batches = [numbers[start : start + A_BATCH] for start in range(0, len(numbers), A_BATCH)]
    return [outcome for batch in batches for outcome in _forget(db, email, batch)]


def is_of(email: str) -> ColumnElement[bool]:
    """Whether an order is this person's, however the address was typed."""
    return func.lower(orders.c.email) == email.lower()


@again_if_contended
def _forget(db: Database, email: str, numbers: Sequence[str]) -> list[Outcome]:
    with db.write() as connection:
        mine = select(orders.c.number, orders.c.state, _paid_at().label("paid_at")).where(
            orders.c.number.in_(numbers), is_of(email)
        )
        rows = connection.execute(mine.order_by(orders.c.placed_at).with_for_update()).all()
        today = shop_time(connection, moment_of(connection))
        found = [
            _outcome(row.number, State(row.state), shop_time(connection, row.paid_at), today) for row in rows
        ]
        _erase(connection, [outcome.number for outcome in found if outcome.erased])
    return found


def _outcome(number: str, state: State, paid_at: datetime, today: datetime) -> Outcome:
    """Both moments by the shop's clock."""
    if state in HOLDING:
        return Outcome(number, state)
    until = paid_at.year + TAX_YEARS
    if state in IN_THE_BOOKS and today.year <= until:
        return Outcome(number, state, until=until)
    return Outcome(number, state, erased=True)


def _erase(connection: Connection, numbers: Sequence[str]) -> None:
    """The person, and what was written that may name or quote them. What was sold stays, for the books."""
    gone = {**dict.fromkeys(PERSONAL, ""), "placed_from": None, "tracking": ""}
    typed = order_events.c.order_number.in_(numbers) & order_events.c.kind.in_(TYPED)
    for erasing in (
        update(orders).where(orders.c.number.in_(numbers)).values(**gone),
        update(outbox).where(outbox.c.order_number.in_(numbers)).values(problem=""),
        update(alarms).where(alarms.c.about.in_(numbers)).values(detail=""),
        update(refunds).where(refunds.c.order_number.in_(numbers)).values(reason=""),
        update(attempts).where(attempts.c.order_number.in_(numbers)).values(receipt_url=None),
        update(order_events).where(typed).values(detail=""),
    ):
        connection.execute(erasing)
    for number in numbers:
        order_queries.note(connection, number, ERASED)
