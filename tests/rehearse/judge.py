"""What was lost, doubled or failed, by what buyers saw, what Stripe charged, and what the books say."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.evidence import Evidence, Row
from tests.laws import PAID, Known, judge

BROKEN = 0  # the status of a request that had no answer
OF_A_DEATH = frozenset({BROKEN, 502, 504})  # what a router says of a process that has gone
LONGEST_EXIT = 26.0  # seconds; a platform kills after 30
RECEIPT = "receipt"


@dataclass(frozen=True)
class Asked:
    """One request to the shop, as whoever sent it saw it. `polite`: the answer says when to ask again;
    `second`: it is what was sent then. Times are those of time.time()."""

    what: str
    began: float
    ended: float
    status: int
    polite: bool = False
    second: bool = False


@dataclass(frozen=True)
class Outage:
    """From a kill on purpose until a new process serves in the old one's place."""

    began: float
    ended: float


@dataclass(frozen=True)
class Stage:
    name: str
    began: float
    ended: float


@dataclass
class Purchase:
    """`session` is the page that asked for the money, `total` what stood there, `number` that of the order
    which was shown as paid; `problem` is why it did not come so far. Each has an e-mail address of its
    own."""

    email: str
    began: float
    ended: float = 0
    session: str = ""
    total: int | None = None
    number: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Counts:
    """Of a stage's requests. Those `killed` met a process that was killed on purpose; those put off politely
    were sent a second time."""

    requests: int = 0
    failed: int = 0
    killed: int = 0
    polite: int = 0


@dataclass
class Books:
    """`arrived` are the Message-IDs of all mails; `sent_again` is how many of them may have come twice,
    because whoever sent them was interrupted; `told` is what alarms say of payments for orders that a
    restored shop does not have, and which the evidence leaves out."""

    evidence: Evidence
    purchases: Sequence[Purchase]
    arrived: Sequence[str]
    sent_again: int = 0
    pieces: dict[str, int] = field(default_factory=dict)
    told: str = ""


def is_told(session: Row, told: str) -> bool:
    """Whether an alarm names this session, its order or its payment."""
    names = (session["id"], session["client_reference_id"], session["payment_intent"])
    return any(name and name in told for name in names)


def kind(asked: Asked, outages: Sequence[Outage]) -> str:
    """ "fine", "polite", "killed" or "failed"."""
    if asked.status == 503 and asked.polite and not asked.second:
        return "polite"
    if asked.status in OF_A_DEATH and any(_overlap(asked, outage) for outage in outages):
        return "killed"
    return "failed" if asked.status == BROKEN or asked.status >= 500 else "fine"


def _overlap(asked: Asked | Purchase, outage: Outage) -> bool:
    return asked.began <= outage.ended and asked.ended >= outage.began


def count(asked: Sequence[Asked], outages: Sequence[Outage]) -> Counts:
    kinds = Counter(kind(each, outages) for each in asked)
    return Counts(len(asked), kinds["failed"], kinds["killed"], kinds["polite"])


def of_stage(asked: Sequence[Asked], stage: Stage) -> list[Asked]:
    """Those that ended in it."""
    return [each for each in asked if stage.began <= each.ended < stage.ended]


def refused(purchases: Sequence[Purchase], outages: Sequence[Outage]) -> Iterator[str]:
    """Whoever could not buy although nothing had been killed meanwhile."""
    for each in purchases:
        if each.problem and not any(_overlap(each, outage) for outage in outages):
            yield f"{each.email} could not buy: {each.problem}"


def lost(books: Books) -> Iterator[str]:
    """An order that was charged or shown as paid, or a receipt, that is nowhere."""
    evidence = books.evidence
    paid = {number for number, order in evidence.order.items() if order["state"] in PAID}
    kept = [each for each in evidence.paid if each["amount_refunded"] < each["amount"]]
    charged = {evidence.order_of(each["session"]) for each in kept}
    shown = {each.number for each in books.purchases if each.number}
    for number in sorted((charged | shown) - paid):
        if number in charged or number not in books.told:
            state = evidence.order[number]["state"] if number in evidence.order else "not in the books"
            yield f"order {number} was {'charged' if number in charged else 'shown as paid'} and is {state}"
    for number in sorted(paid):
        if not _receipts(books, number):
            yield f"the receipt of order {number} never arrived"


def doubled(books: Books) -> Iterator[str]:
    """An order charged twice, a purchase that became two orders, a receipt again that nobody interrupted."""
    evidence = books.evidence
    charges = Counter(evidence.order_of(charge["session"]) for charge in evidence.paid)
    yield from (f"order {number} was charged {times} times" for number, times in charges.items() if times > 1)
    orders = Counter(order["email"] for order in evidence.orders if order["state"] in PAID)
    bought = {each.email for each in books.purchases}
    for email, times in orders.items():
        if times > 1 and email in bought:
            yield f"{email} bought once and has {times} paid orders"
    again = {number: _receipts(books, number) - 1 for number in evidence.order}
    if (more := sum(times for times in again.values() if times > 0)) > books.sent_again:
        yield f"{more} receipts arrived again: {', '.join(each for each in again if again[each] > 0)}"


def _receipts(books: Books, number: str) -> int:
    return sum(f"{number}.{RECEIPT}@" in mail for mail in books.arrived)


def broken_laws(books: Books) -> Iterator[str]:
    """Of docs/reliability.md."""
    known = Known(shown={each.session: each.total for each in books.purchases if each.session})
    known.pieces = books.pieces
    try:
        yield from (f"{each.law}: {each.sentence}" for each in judge(books.evidence, known, at_rest=True))
    except KeyError as gone:
        yield f"rows are about {gone}, which is not in the books"


@dataclass(frozen=True)
class Verdict:
    requests: int
    failed: int
    orders: int
    lost: int
    doubled: int
    slowest_exit: float
    otherwise_wrong: int = 0

    @property
    def is_good(self) -> bool:
        wrong = self.failed or self.lost or self.doubled or self.otherwise_wrong
        return not wrong and self.slowest_exit < LONGEST_EXIT and self.orders > 0

    def __str__(self) -> str:
        return (
            f"requests={self.requests} failed={self.failed} orders={self.orders} lost={self.lost} "
            f"doubled={self.doubled} slowest_exit={self.slowest_exit:.1f}"
        )
