"""What must never happen, each law once: I1 to I12 of docs/reliability.md.

They are written by hand from what the shop promises, not from its code. Each gives a sentence for everything
that is wrong. Two judge by them: the battery of tests/faults after each run, the play of tests/machine after
each step.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from tests.evidence import Evidence

PAID = frozenset({"paid", "shipped"})
HOLDS = frozenset({"pending", "processing"}) | PAID
HOLDS_NOTHING = frozenset({"cancelled", "expired", "failed", "refund_due"})
RESTS = frozenset({"cancelled", "expired", "failed", "refunded"}) | PAID
# Every move that an order may make, as a person would say it.
MAY_FOLLOW: Mapping[str, frozenset[str]] = {
    "": frozenset({"placed"}),
    "placed": frozenset({"processing", "paid", "cancelled", "expired", "refund_due"}),
    "processing": frozenset({"paid", "failed", "refund_due"}),
    "cancelled": frozenset({"processing", "paid", "refund_due"}),
    "expired": frozenset({"processing", "paid", "refund_due"}),
    "paid": frozenset({"shipped", "refunded"}),
    "shipped": frozenset({"refunded"}),
    "failed": frozenset(),
    "refund_due": frozenset({"refunded"}),
    "refunded": frozenset(),
}
SNAPSHOT = """cart email name line1 line2 postal_code city region country language currency shipping_title
    shipping total placed_at""".split()
BILLING = [f"billing_{part}" for part in "name company line1 line2 postal_code city region country".split()]
PERSONAL = "email phone vat_number company name line1 line2 postal_code city region".split() + BILLING
SNAPSHOT += ["phone", "vat_number", "company", *BILLING]
NOT_PAID = frozenset({"cancelled", "expired", "failed"})
UNPAID_LIFE = timedelta(days=30)  # of personal data, after the last thing that happened
TAX_YEARS = 10  # of personal data, after the year in which money came
SNAPSHOT_OF_LINE = "sku position title variant unit_price quantity weight".split()

Snapshot: TypeAlias = tuple[dict[str, Any], list[list[Any]]]
"""What was agreed: of the order, and of its lines."""


@dataclass
class Known:
    """What only the judge knows.

    `shown`: the total that a shopper was shown for each session, None where it was not kept;
    `strangers`: sessions that were paid although no shopper was ever given them;
    `half_told`: charges of which Stripe has told the shop in part only;
    `put_in`: everything that was ever put into each cart, empty where nobody counted;
    `contents`: what each cart may hold, before orders take out what they have bought;
    `emptied`: orders that had done so when the contents were looked at;
    `left_behind`: carts that nobody has come back to for as long as they are kept;
    `snapshots`: of each order, as it was first seen; `refunded`: orders that were so before;
    `forgotten`: orders whose person the owner has erased by hand;
    `pieces`: how many of each counted sku there are, sold ones too;
    `left_out`: numbers of credit notes that a restored shop has skipped, by what stands before them.
    """

    shown: dict[str, int | None] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    half_told: set[str] = field(default_factory=set)
    put_in: dict[str, Counter[str]] = field(default_factory=dict)
    contents: dict[str, list[Counter[str]]] = field(default_factory=dict)
    emptied: set[str] = field(default_factory=set)
    left_behind: set[str] = field(default_factory=set)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    refunded: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    pieces: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, Collection[int]] = field(default_factory=dict)


Law: TypeAlias = Callable[[Evidence, Known], Iterator[str]]


@dataclass(frozen=True)
class Violation:
    law: str
    sentence: str


def judge(evidence: Evidence, known: Known, *, at_rest: bool) -> list[Violation]:
    """`at_rest`: nothing is under way any more."""
    laws = [*ALWAYS, *(AT_REST if at_rest else ())]
    return [Violation(name, sentence) for name, law in laws for sentence in law(evidence, known)]


def one_charge(evidence: Evidence, known: Known) -> Iterator[str]:
    """An order is charged once, and each piece that was put into a cart; never are there two pages to pay."""
    charged = Counter(
        evidence.order_of(charge["session"])
        for charge in evidence.paid
        if charge["session"] not in known.strangers
    )
    yield from (f"order {number} was charged {times} times" for number, times in charged.items() if times > 1)

    of_strangers = {evidence.cart_of(session) for session in known.strangers}
    payable = Counter(evidence.cart_of(each) for each in known.shown if _is_open(evidence, each))
    for cart, pages in payable.items():
        if pages > 1 and cart not in of_strangers:  # the worker ends the page when it has heard of the other
            yield f"one cart can be paid on {pages} pages"

    bought: dict[str, Counter[str]] = {}
    orders = {evidence.order_of(charge["session"]) for charge in evidence.paid}
    for number in orders & evidence.order.keys():
        bought.setdefault(evidence.order[number]["cart"], Counter()).update(evidence.pieces_of(number))
    for cart, pieces in bought.items():
        if cart in known.put_in and cart not in of_strangers and not pieces <= known.put_in[cart]:
            yield f"{dict(pieces)} was paid, {dict(known.put_in[cart])} was put into the cart"


def _is_open(evidence: Evidence, session: str) -> bool:
    return session in evidence.session and evidence.session[session]["status"] == "open"


def charge_has_its_order(evidence: Evidence, _known: Known) -> Iterator[str]:
    for charge in evidence.charges:
        order = evidence.order.get(evidence.order_of(charge["session"]))
        if order is None:
            yield f"charge {charge['id']} belongs to no order"
        elif (charge["amount"], charge["currency"].upper()) != (order["total"], order["currency"]):
            yield f"order {order['number']} of {order['total']} was charged {charge['amount']}"


def paid_means_charged(evidence: Evidence, _known: Known) -> Iterator[str]:
    charged = {evidence.order_of(charge["session"]) for charge in evidence.paid}
    for number, order in evidence.order.items():
        if order["state"] in PAID | {"refund_due", "refunded"} and number not in charged:
            yield f"order {number} is {order['state']} without a charge"


def paid_means_kept(evidence: Evidence, known: Known) -> Iterator[str]:
    half_told = {
        evidence.order_of(each["session"]) for each in evidence.paid if each["id"] in known.half_told
    }
    for number, order in evidence.order.items():
        kept, due = evidence.kept_of(number), order["total"] - order["refunded"]
        may_differ = number in half_told or "refund failed" in evidence.alarms_of(number)
        if order["state"] in PAID and kept != due and not may_differ:
            yield f"order {number} is {order['state']} and {kept} of {due} were kept"


def one_payment_pays(evidence: Evidence, _known: Known) -> Iterator[str]:
    for number in evidence.order:
        paying = [each for each in evidence.about(evidence.attempts, number) if each["status"] == "paid"]
        if "paid" in evidence.moves_of(number) and len(paying) != 1:
            yield f"order {number} was paid and has {len(paying)} payments"


def no_payment_is_lost(evidence: Evidence, known: Known) -> Iterator[str]:
    """A stranger's money for an order whose bank payment has failed stays a payment too many."""
    for charge in evidence.paid:
        attempt = evidence.attempt_of(charge["session"])
        order = evidence.order.get(evidence.order_of(charge["session"]))
        if attempt is None:
            yield f"charge {charge['id']} is not in the shop's books"
        elif order and order["state"] == "failed" and charge["session"] in known.strangers:
            continue
        elif order and order["state"] not in PAID | {"refund_due", "refunded"}:
            yield f"order {order['number']} was charged and is {order['state']}"


def refunds_are_bounded(evidence: Evidence, _known: Known) -> Iterator[str]:
    for charge in evidence.charges:
        back = [each for each in evidence.sent_back if each["charge"] == charge["id"]]
        if sum(each["amount"] for each in back if each["status"] != "failed") > charge["amount"]:
            yield f"more than {charge['amount']} was sent back"
    names = Counter(each["metadata"].get("request") for each in evidence.sent_back)
    yield from (f"{name} was sent {times} times" for name, times in names.items() if name and times > 1)
    for number, order in evidence.order.items():
        if not 0 <= order["refunded"] <= order["total"]:
            yield f"order {number} of {order['total']} shows that {order['refunded']} went back"


def refunds_are_shown(evidence: Evidence, known: Known) -> Iterator[str]:
    """Whoever sent the money back."""
    for charge in evidence.paid:
        attempt = evidence.attempt_of(charge["session"])
        if attempt is None or attempt["status"] != "paid" or charge["id"] in known.half_told:
            continue
        shown = evidence.order[attempt["order_number"]]["refunded"]
        if shown != charge["amount_refunded"]:
            yield f"order {attempt['order_number']} shows {shown}, {charge['amount_refunded']} went back"


def credit_notes_have_no_gap(evidence: Evidence, known: Known) -> Iterator[str]:
    """Of each year and mode, from 1."""
    series = {year: list(counts) for year, counts in known.left_out.items()}
    for number in evidence.credit_numbers:
        year, _dash, count = number.rpartition("-")
        series.setdefault(year, []).append(int(count))
    for year, counts in series.items():
        if sorted(counts) != list(range(1, len(counts) + 1)):
            yield f"the credit notes {year} are numbered {sorted(counts)}"


def credit_notes_are_what_came_back(evidence: Evidence, _known: Known) -> Iterator[str]:
    """All of it and no more, if there is an invoice; with all of its tax when all has come back, and never
    with more."""
    for number, order in evidence.order.items():
        notes = evidence.about(evidence.credit_notes, number)
        if sum(note["amount"] for note in notes) != (order["refunded"] if order["invoice"] else 0):
            yield f"order {number}: {order['refunded']} went back, its credit notes say {notes}"
        ids = {note["id"] for note in notes}
        lines = [line for line in evidence.credit_taxes if line["credit_note_id"] in ids]
        for tax in evidence.about(evidence.taxes, number) if notes else ():
            back = sum(line["amount"] for line in lines if line["position"] == tax["position"])
            is_all = order["refunded"] == order["total"]
            if not 0 <= back <= tax["amount"] or (is_all and back != tax["amount"]):
                yield f"order {number}: {back} of {tax['amount']} {tax['name']} came back"


def stock_adds_up(evidence: Evidence, known: Known) -> Iterator[str]:
    for sku, total in known.pieces.items():
        free, held = evidence.free.get(sku), evidence.held.get(sku, 0)
        if free is None or free < 0 or free + held != total:
            yield f"{sku}: {free} free and {held} held or sold, of {total}"
    for line in evidence.lines:
        state = evidence.order[line["order_number"]]["state"]
        is_back = "restocked" in evidence.moves_of(line["order_number"])  # by the owner's hand
        if (
            not is_back
            and state in HOLDS
            and line["sku"] in known.pieces
            and line["held"] != line["quantity"]
        ):
            yield f"a {state} order of {line['quantity']} {line['sku']} holds {line['held']}"
        if state in HOLDS_NOTHING and line["held"]:
            yield f"a {state} order still holds {line['held']} {line['sku']}"


def snapshot_stays(evidence: Evidence, known: Known) -> Iterator[str]:
    """But whose it was may be erased when that has had its time: all of it, and it says so."""
    now = snapshots(evidence)
    for number, before in known.snapshots.items():
        erased = "personal data erased" in evidence.moves_of(number)
        if now.get(number) != (without_person(before) if erased else before):
            yield f"order {number} was {before} and is {now.get(number)}"
        if erased and not may_be_erased(evidence, number, at_once=number in known.forgotten):
            yield f"order {number} has lost its person before its time"
    for session, shown in known.shown.items():
        charged = evidence.session[session]["amount_total"] if session in evidence.session else None
        if shown is not None and charged != shown:
            yield f"{shown} was shown, {charged} is charged"


def may_be_erased(evidence: Evidence, number: str, *, at_once: bool) -> bool:
    """As its audit says: what had become of it then, and since when nothing more had happened to it."""
    moves = evidence.about(evidence.moves, number)
    erased = [move["kind"] for move in moves].index("personal data erased")
    before, at = moves[:erased], moves[erased]["at"]
    path = [move["kind"] for move in before if move["kind"] in MAY_FOLLOW]
    if path[-1:] and path[-1] in NOT_PAID:
        return at_once or all(at - move["at"] > UNPAID_LIFE for move in before)
    came = [move["at"].year for move in before if move["kind"] in ("paid", "refund_due")]
    return bool(came) and at.year > came[0] + TAX_YEARS


def without_person(snapshot: Snapshot) -> Snapshot:
    order, lines = snapshot
    return {**order, **dict.fromkeys(PERSONAL, "")}, lines


def snapshots(evidence: Evidence) -> dict[str, Snapshot]:
    """Of each order, what may never change."""
    lines: dict[str, list[list[Any]]] = {}
    for line in evidence.lines:
        lines.setdefault(line["order_number"], []).append([line[name] for name in SNAPSHOT_OF_LINE])
    return {
        number: ({name: order[name] for name in SNAPSHOT}, sorted(lines.get(number, []), key=str))
        for number, order in evidence.order.items()
    }


def one_receipt(evidence: Evidence, _known: Known) -> Iterator[str]:
    """For each order that was ever paid."""
    for number in evidence.order:
        receipts = [each["kind"] for each in evidence.about(evidence.mails, number)].count("receipt")
        if receipts != ("paid" in evidence.moves_of(number)):
            yield f"order {number} has {receipts} receipts"


def states_move_forward(evidence: Evidence, known: Known) -> Iterator[str]:
    """Each move in the audit may follow the one before it, and the last one is where the order is."""
    for number, order in evidence.order.items():
        path = [kind for kind in evidence.moves_of(number) if kind in MAY_FOLLOW]
        while "refunded" in path and (order["state"] != "refunded" or path.count("refunded") > 1):
            path.remove("refunded")  # the audit has this word for a part of the money, too
        way = " → ".join(path)
        if any(after not in MAY_FOLLOW[before] for before, after in zip(["", *path], path, strict=False)):
            yield f"order {number} went {way}"
        if (path[-1] if path else "") != {"pending": "placed"}.get(order["state"], order["state"]):
            yield f"order {number} is {order['state']}, its audit says {way}"
        if number in known.refunded and order["state"] != "refunded":
            yield f"order {number} was refunded and is {order['state']}"


def everything_ends(evidence: Evidence, _known: Known) -> Iterator[str]:
    for number, order in evidence.order.items():
        if order["state"] not in RESTS and "refund failed" not in evidence.alarms_of(number):
            yield f"order {number} stays {order['state']}"
    for attempt in evidence.attempts:
        if attempt["look_at"] is not None:
            yield f"attempt {attempt['idempotency_key']} stays {attempt['status']}"
    for refund in evidence.refunds:
        if refund["due_at"] is not None:
            yield f"refund {refund['request']} is never sent"


def impossible_money_returns(evidence: Evidence, _known: Known) -> Iterator[str]:
    """What was charged is kept for the one order that it pays, or goes back, or somebody is told."""
    for charge in evidence.paid:
        attempt = evidence.attempt_of(charge["session"])
        if attempt is None:
            continue  # no payment is lost
        number = attempt["order_number"]
        state, alarms = evidence.order[number]["state"], evidence.alarms_of(number)
        kept = charge["amount"] - charge["amount_refunded"]
        pays = attempt["status"] == "paid" and state in PAID
        if kept and not pays and "refund failed" not in alarms:
            yield f"{kept} of charge {charge['id']} are kept for order {number}, which is {state}"
        is_homeless = attempt["status"] == "surplus" or "refund_due" in evidence.moves_of(number)
        if is_homeless and "refund" not in alarms:
            yield f"charge {charge['id']} of order {number} cannot become an order and makes no alarm"


def carts_keep_their_things(evidence: Evidence, known: Known) -> Iterator[str]:
    """Only the shopper's hand and a bought order take something out. A cart that nobody came back to may go
    when its time is over, with all that is in it."""
    bought: dict[str, list[Counter[str]]] = {}
    for number, order in evidence.order.items():
        if number not in known.emptied and {"paid", "processing"} & set(evidence.moves_of(number)):
            bought.setdefault(order["cart"], []).append(evidence.pieces_of(number))
    for cart, contents in known.contents.items():
        expected = [_without(each, bought.get(cart, [])) for each in contents]
        expected += [Counter()] if cart in known.left_behind else []
        now = evidence.carts.get(cart, Counter())
        if now not in expected:
            yield f"a cart holds {dict(now)}, expected {' or '.join(str(dict(each)) for each in expected)}"


def _without(contents: Counter[str], orders: list[Counter[str]]) -> Counter[str]:
    for pieces in orders:
        contents = contents - pieces
    return contents


ALWAYS: list[tuple[str, Law]] = [
    ("I1", one_charge),
    ("I2", charge_has_its_order),
    ("I3", paid_means_charged),
    ("I4", one_payment_pays),
    ("I5", refunds_are_bounded),
    ("I5", credit_notes_have_no_gap),
    ("I5", credit_notes_are_what_came_back),
    ("I6", stock_adds_up),
    ("I7", snapshot_stays),
    ("I8", one_receipt),
    ("I9", states_move_forward),
    ("I12", carts_keep_their_things),
]
AT_REST: list[tuple[str, Law]] = [
    ("I3", paid_means_kept),
    ("I4", no_payment_is_lost),
    ("I5", refunds_are_shown),
    ("I10", everything_ends),
    ("I11", impossible_money_returns),
]
LAWS = [f"I{number}" for number in range(1, 13)]
