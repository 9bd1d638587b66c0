"""What must hold after every run, written down by hand and not taken from the product's own tables.

Each check gives a sentence for everything that is wrong. The numbers are those of docs/reliability.md.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.buyer import CUT, LONGEST_ANSWER, Buyer
from tests.faults.databases import COUNTED
from tests.faults.evidence import ENDED_UNPAID, Evidence

PAID = frozenset({"paid", "shipped"})
# From which state an order may come into each other one.
MAY_FOLLOW = {
    "placed": {""},
    "processing": {"placed", "cancelled", "expired"},
    "paid": {"placed", "processing", "cancelled", "expired"},
    "shipped": {"paid"},
    "cancelled": {"placed"},
    "expired": {"placed"},
    "failed": {"processing"},
    "refund_due": {"placed", "processing", "cancelled", "expired"},
    "refunded": {"paid", "shipped", "refund_due"},
}
ANSWERS = frozenset({200, 303, 409, 503})


@dataclass
class Run:
    """What the checks look at. `snapshots`: each order's lines and total as they were first seen;
    `stock_before`: pieces on sale and held, for each counted sku, before the run;
    `hidden`: sessions were paid that no shopper was ever given, so that money could come twice."""

    evidence: Evidence
    buyer: Buyer
    snapshots: dict[str, tuple[Any, ...]]
    stock_before: dict[str, int]
    hidden: bool
    may_cut: bool
    worker_died: bool


@dataclass(frozen=True)
class Violation:
    invariant: str
    sentence: str


def check(run: Run) -> list[Violation]:
    return [
        Violation(name, sentence) for name, invariant in INVARIANTS.items() for sentence in invariant(run)
    ]


def one_charge(run: Run) -> Iterator[str]:
    evidence = run.evidence
    moved = [charge for charge in evidence.charges if charge["paid"]]
    kept = [charge for charge in moved if charge["amount_refunded"] < charge["amount"]]
    if len(moved) > 1 and not run.hidden:
        yield f"{len(moved)} charges for one purchase"
    if len(kept) > 1:
        yield f"{len(kept)} charges were kept for one purchase"
    paid = [order["number"] for order in evidence.orders if order["state"] in PAID]
    if len(paid) > 1:
        yield f"one purchase, paid orders {paid}"


def charge_has_its_order(run: Run) -> Iterator[str]:
    evidence = run.evidence
    orders = {order["number"]: order for order in evidence.orders}
    for charge in evidence.charges:
        order = orders.get(evidence.order_of(charge))
        if order is None:
            yield f"charge {charge['id']} belongs to no order"
        elif (charge["amount"], charge["currency"].upper()) != (order["total"], order["currency"]):
            yield f"order {order['number']} of {order['total']} was charged {charge['amount']}"


def paid_means_paid(run: Run) -> Iterator[str]:
    for order in run.evidence.orders:
        charges = run.evidence.charges_of(order["number"])
        kept = sum(charge["amount"] - charge["amount_refunded"] for charge in charges)
        if order["state"] in PAID and kept != order["total"] - order["refunded"]:
            yield f"order {order['number']} is {order['state']} and {kept} of {order['total']} were kept"


def no_payment_is_lost(run: Run) -> Iterator[str]:
    for order in run.evidence.orders:
        paid = bool(run.evidence.charges_of(order["number"]))
        if paid and order["state"] not in PAID | {"refund_due", "refunded"}:
            yield f"order {order['number']} was charged and is {order['state']}"


def refunds_are_bounded(run: Run) -> Iterator[str]:
    for charge in run.evidence.charges:
        back = [each for each in run.evidence.sent_back if each["charge"] == charge["id"]]
        if sum(each["amount"] for each in back if each["status"] != "failed") > charge["amount"]:
            yield f"more than {charge['amount']} was sent back"
    names = [each["metadata"].get("request") for each in run.evidence.sent_back]
    yield from (f"{name} was sent {n} times" for name, n in Counter(filter(None, names)).items() if n > 1)


def stock_adds_up(run: Run) -> Iterator[str]:
    evidence = run.evidence
    if evidence.least_stock < 0:
        yield "stock below 0"
    for sku, total in evidence.stock.items():
        if total != run.stock_before[sku]:
            yield f"{sku}: {total} on sale and held, of {run.stock_before[sku]}"
    states = {order["number"]: order["state"] for order in evidence.orders}
    for line in evidence.lines:
        state = states[line["order_number"]]
        due = line["quantity"] if line["sku"] in COUNTED and state in PAID | {"processing"} else None
        if due is not None and line["held"] != due:
            yield f"a {state} order of {due} {line['sku']} holds {line['held']}"
        if state in ENDED_UNPAID and line["held"]:
            yield f"a {state} order still holds {line['held']} {line['sku']}"


def snapshot_stays(run: Run) -> Iterator[str]:
    evidence = run.evidence
    now = snapshots(evidence)
    for number, before in run.snapshots.items():
        if now.get(number) != before:
            yield f"order {number} was {before} and is {now.get(number)}"
    totals = {session["id"]: session["amount_total"] for session in evidence.sessions}
    for token, shown in run.buyer.shown.items():
        if totals.get(token) != shown:
            yield f"{shown} was shown, {totals.get(token)} is charged"


def snapshots(evidence: Evidence) -> dict[str, tuple[Any, ...]]:
    """Per order, what may never change."""
    return {
        order["number"]: (
            order["total"],
            order["shipping"],
            order["currency"],
            order["email"],
            order["name"],
            order["line1"],
            *_bought(evidence, order["number"]),
        )
        for order in evidence.orders
    }


def _bought(evidence: Evidence, number: str) -> list[tuple[str, int, int]]:
    lines = evidence.about(evidence.lines, number)
    return [(line["sku"], line["unit_price"], line["quantity"]) for line in lines]


def one_receipt(run: Run) -> Iterator[str]:
    evidence = run.evidence
    for order in evidence.orders:
        number = order["number"]
        was_paid = any(move["kind"] == "paid" for move in evidence.about(evidence.moves, number))
        receipts = [each for each in evidence.about(evidence.letters, number) if each["kind"] == "receipt"]
        if len(receipts) != was_paid:
            yield f"order {number} has {len(receipts)} receipts"
        arrived = sum(f"{number}.receipt@" in mail for mail in evidence.mails)
        if was_paid and arrived == 0:
            yield f"the receipt of order {number} never arrived"
        if arrived > 1 + run.worker_died:
            yield f"the receipt of order {number} arrived {arrived} times"


def states_move_forward(run: Run) -> Iterator[str]:
    for order in run.evidence.orders:
        moves = run.evidence.about(run.evidence.moves, order["number"])
        states = [move["kind"] for move in moves if move["kind"] in MAY_FOLLOW]
        while "refunded" in states and (order["state"] != "refunded" or states.count("refunded") > 1):
            states.remove("refunded")  # the audit has this word for a part of the money, too
        for before, after in zip(["", *states], states, strict=False):
            if before not in MAY_FOLLOW[after]:
                yield f"order {order['number']} went {' → '.join(states)}"
        if (states[-1] if states else "") != {"pending": "placed"}.get(order["state"], order["state"]):
            yield f"order {order['number']} is {order['state']}, its audit says {' → '.join(states)}"


def everything_ends(run: Run) -> Iterator[str]:
    evidence = run.evidence
    alarmed = {alarm["about"] for alarm in evidence.alarms}
    for order in evidence.orders:
        if order["state"] in ("pending", "processing") and order["number"] not in alarmed:
            yield f"order {order['number']} stays {order['state']}"
    for payment in evidence.payments:
        if payment["look_at"] is not None:
            yield f"attempt {payment['idempotency_key']} stays {payment['status']}"
    for refund in evidence.refunds:
        if refund["due_at"] is not None:
            yield f"refund {refund['request']} is never sent"


def impossible_money_returns(run: Run) -> Iterator[str]:
    evidence = run.evidence
    alarmed = {alarm["about"] for alarm in evidence.alarms}
    states = {order["number"]: order["state"] for order in evidence.orders}
    payments = {payment["session"]: payment for payment in evidence.payments if payment["session"]}
    for charge in evidence.charges:
        if not charge["paid"]:
            continue
        payment = payments.get(charge["session"])
        if payment is None:
            yield f"charge {charge['id']} is not in the shop's books"
            continue
        number = payment["order_number"]
        is_homeless = payment["status"] == "surplus" or states[number] == "refund_due"
        came_back = charge["amount_refunded"] == charge["amount"]
        if is_homeless and not came_back:
            yield f"charge {charge['id']} cannot become an order and stays"
        if payment["status"] == "surplus" and number not in alarmed:
            yield f"a second payment of order {number} made no alarm"


def cart_keeps_its_things(run: Run) -> Iterator[str]:
    evidence = run.evidence
    taken = {move["order_number"] for move in evidence.moves if move["kind"] in ("paid", "processing")}
    expected = Counter(run.buyer.wanted)
    for line in evidence.lines:
        if line["order_number"] in taken:
            expected[line["sku"]] -= line["quantity"]
    wanted = {sku: quantity for sku, quantity in expected.items() if quantity > 0}
    if wanted != evidence.cart:
        yield f"{wanted} should be in the cart, {evidence.cart} is"


def answers_are_polite(run: Run) -> Iterator[str]:
    for seen in run.buyer.seen:
        if seen.seconds > LONGEST_ANSWER:
            yield f"{seen.request} took {seen.seconds:.1f} s"
        if seen.status == CUT and not run.may_cut:
            yield f"{seen.request} was cut off"
        if seen.status > 0 and seen.status not in ANSWERS:
            yield f"{seen.request} was answered {seen.status}"
        if seen.status == 503 and not seen.retry_after:
            yield f"{seen.request} was answered 503 without Retry-After"


def webhooks_are_accepted(run: Run) -> Iterator[str]:
    if run.evidence.unwelcome:
        yield f"webhooks are answered {run.evidence.unwelcome}, again and again"


INVARIANTS: dict[str, Callable[[Run], Iterator[str]]] = {
    "I1": one_charge,
    "I2": charge_has_its_order,
    "I3": paid_means_paid,
    "I4": no_payment_is_lost,
    "I5": refunds_are_bounded,
    "I6": stock_adds_up,
    "I7": snapshot_stays,
    "I8": one_receipt,
    "I9": states_move_forward,
    "I10": everything_ends,
    "I11": impossible_money_returns,
    "I12": cart_keeps_its_things,
    "pages": answers_are_polite,
    "webhooks": webhooks_are_accepted,
}
