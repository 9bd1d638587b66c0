"""Disputes, warnings of fraud and reviews: the order bears a mark, and the owner hears of it in time."""

from webshop.alarms import queries as alarms
from webshop.alarms.model import AlarmKind
from webshop.db.engine import Database, again_if_contended
from webshop.errors import NotFound
from webshop.language.formats import format_minute, format_money
from webshop.language.messages import gettext as _
from webshop.orders import queries as orders
from webshop.orders import risks
from webshop.orders.model import Order
from webshop.orders.risk import Risk, RiskKind
from webshop.payments import attempts
from webshop.payments.client import Payments
from webshop.payments.dashboard import dashboard
from webshop.payments.model import Attempt
from webshop.payments.shapes import StripeRisk

ALARMS = {
    RiskKind.DISPUTE: AlarmKind.DISPUTE,
    RiskKind.WARNING: AlarmKind.FRAUD_WARNING,
    RiskKind.REVIEW: AlarmKind.REVIEW,
}


def settle_risk(db: Database, stripe: Payments, seen: StripeRisk) -> None:
    """Mark the order with what Stripe says now of what an event has told. Nothing, if the payment is another
    shop's. Raises NotFound, to be told again, where the payment itself was not heard of yet; or Unavailable.
    """
    found = stripe.fetch_risk(seen)
    attempt = _find_attempt(db, found)
    if attempt and not _store(db, attempt, found.risk):
        # A rival has heard of its end. What is asked for now is not older than that.
        again = stripe.fetch_risk(seen)
        if again is not seen:
            _store(db, attempt, again.risk, reopens=True)


def _find_attempt(db: Database, found: StripeRisk) -> Attempt | None:
    with db.read() as connection:
        by_intent = attempts.find_by_intent(connection, found.payment_intent)
        attempt = by_intent or attempts.find_by_charge(connection, found.charge)
        if attempt is None and attempts.find_by_order(connection, found.order_number):
            raise NotFound(_("There is no such payment."))
        return attempt


@again_if_contended
def _store(db: Database, attempt: Attempt, risk: Risk, *, reopens: bool = False) -> bool:
    """False if the shop knows that it is over, and this may be older."""
    with db.write() as connection:
        order = orders.get_order(connection, attempt.order_number, lock=True)
        if orders.is_set_apart(connection, order):
            return True
        before = next((each for each in order.risks if each.id == risk.id), None)
        if before and before.is_over and not risk.is_over and not reopens:
            return False
        if risk == before:
            return True
        risks.store(connection, order.number, risk)
        orders.note(connection, order.number, risk.kind, _told(risk, attempt, order))
        if risk.holds:
            words = _told(risk, attempt, order)
            alarms.raise_alarm(connection, ALARMS[risk.kind], order.number, words, which=risk.id)
        else:
            alarms.withdraw(connection, ALARMS[risk.kind], order.number, which=risk.id)
        return True


def _told(risk: Risk, attempt: Attempt, order: Order) -> str:
    """For the owner: what it is, how much, until when, and where to answer."""
    words = [risk.status.replace("_", " "), risk.reason.replace("_", " ")]
    if risk.amount and risk.currency:
        words.append(format_money(risk.amount, risk.currency))
    if risk.is_lost:
        words.append("the money is gone")
    elif risk.due_at and risk.holds:
        words.append(f"answer by {format_minute(risk.due_at)}")
    words.append(dashboard(attempt.payment_intent, order.mode))
    return ", ".join(filter(None, words))
