"""What must hold after every run: the laws of tests/laws.py, and what a single purchase shows besides."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faults.buyer import CUT, LONGEST_ANSWER, Buyer
from tests.faults.evidence import RunEvidence
from tests.laws import LAWS, PAID, Known, Snapshot, Violation, judge

ANSWERS = frozenset({200, 303, 409, 503})


@dataclass
class Run:
    """What the checks look at. `snapshots`: each order as it was first seen;
    `stock_before`: pieces on sale and held, for each counted sku, before the run;
    `hidden`: sessions were paid that no shopper was ever given, so that money could come twice."""

    evidence: RunEvidence
    buyer: Buyer
    snapshots: dict[str, Snapshot]
    stock_before: dict[str, int]
    hidden: bool
    may_cut: bool
    worker_died: bool


def check(run: Run) -> list[Violation]:
    """A run is one purchase in one cart, which has come to rest."""
    strangers = {each["id"] for each in run.evidence.sessions} - run.buyer.shown.keys()
    known = Known(
        shown=dict(run.buyer.shown),
        strangers=strangers if run.hidden else set(),
        contents={run.buyer.cart: [Counter(run.buyer.wanted)]},
        snapshots=run.snapshots,
        pieces=run.stock_before,
    )
    return [
        *judge(run.evidence, known, at_rest=True),
        *(Violation(name, sentence) for name, more in BESIDES for sentence in more(run)),
    ]


def one_purchase(run: Run) -> Iterator[str]:
    moved = run.evidence.paid
    kept = [charge for charge in moved if charge["amount_refunded"] < charge["amount"]]
    if len(moved) > 1 and not run.hidden:
        yield f"{len(moved)} charges for one purchase"
    if len(kept) > 1:
        yield f"{len(kept)} charges were kept for one purchase"
    paid = [order["number"] for order in run.evidence.orders if order["state"] in PAID]
    if len(paid) > 1:
        yield f"one purchase, paid orders {paid}"


def receipts_arrive(run: Run) -> Iterator[str]:
    evidence = run.evidence
    for number in evidence.order:
        arrived = sum(f"{number}.receipt@" in mail for mail in evidence.arrived)
        if "paid" in evidence.moves_of(number) and arrived == 0:
            yield f"the receipt of order {number} never arrived"
        if arrived > 1 + run.worker_died:
            yield f"the receipt of order {number} arrived {arrived} times"


def no_refund_fails(run: Run) -> Iterator[str]:
    """Nobody else sends the same money back."""
    for alarm in run.evidence.alarms:
        if alarm["kind"] == "refund failed":
            yield f"a refund of order {alarm['about']} failed"


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


BESIDES: list[tuple[str, Callable[[Run], Iterator[str]]]] = [
    ("I1", one_purchase),
    ("I8", receipts_arrive),
    ("I11", no_refund_fails),
    ("pages", answers_are_polite),
    ("webhooks", webhooks_are_accepted),
]
INVARIANTS = [*LAWS, "pages", "webhooks"]
