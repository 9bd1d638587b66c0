"""Each law catches what it forbids: one small book that is right, and many that are wrong in one way each."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from tests.evidence import Evidence, Row
from tests.laws import LAWS, PERSONAL, Known, judge, snapshots

Spoil: TypeAlias = Callable[[Evidence, Known], object]
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
MONTH, YEAR = timedelta(days=31), timedelta(days=365)
MUGS = {"sku": "MUG", "position": 1, "title": "Mug", "variant": "", "unit_price": 1200, "weight": 0}


def order(number: str, state: str, cart: str, **other: Any) -> Row:
    person = dict.fromkeys([*PERSONAL, "country", "language"], "x")
    money = {
        "currency": "EUR",
        "shipping_title": "Parcel",
        "shipping": 490,
        "total": 1690,
        "refunded": 0,
        "invoice": None,
    }
    return {"number": number, "state": state, "cart": cart, "placed_at": NOON, **person, **money, **other}


def session(name: str, number: str, status: str = "complete") -> Row:
    return {"id": name, "client_reference_id": number, "status": status, "amount_total": 1690}


def attempt(name: str, number: str, status: str = "paid") -> Row:
    key = f"{number}-{name}"
    return {
        "order_number": number, "session": name, "status": status, "look_at": None, "idempotency_key": key,
    }  # fmt: skip


def charge(name: str, paid_in: str, **other: Any) -> Row:
    money = {"amount": 1690, "amount_refunded": 0, "currency": "eur", "paid": True}
    return {"id": name, "session": paid_in, **money, **other}


def line(number: str, held: int) -> Row:
    return {"order_number": number, "quantity": 1, "held": held, **MUGS}


def kinds(number: str, *words: str, at: datetime = NOON) -> list[Row]:
    return [{"order_number": number, "kind": word, "at": at} for word in words]


def books() -> tuple[Evidence, Known]:
    """A is a paid order of one mug, and there is still one in its cart. B was not paid, and has expired."""
    evidence = Evidence(
        orders=[order("A", "paid", "cart-a"), order("B", "expired", "cart-b")],
        lines=[line("A", 1), line("B", 0)],
        moves=[*kinds("A", "placed", "paid"), *kinds("B", "placed", "expired")],
        attempts=[attempt("cs_a", "A"), attempt("cs_b", "B", "expired")],
        mails=kinds("A", "receipt", "alert"),
        carts={"cart-a": Counter(MUG=1), "cart-b": Counter(MUG=1)},
        free={"MUG": 9},
        held={"MUG": 1},
        sessions=[session("cs_a", "A"), session("cs_b", "B", "expired")],
        charges=[charge("ch_a", "cs_a")],
    )
    known = Known(
        shown={"cs_a": 1690, "cs_b": 1690},
        put_in={"cart-a": Counter(MUG=2), "cart-b": Counter(MUG=1)},
        contents={"cart-a": [Counter(MUG=2)], "cart-b": [Counter(MUG=1)]},
        snapshots=snapshots(evidence),
        pieces={"MUG": 10},
    )
    return evidence, known


def broken(spoil: Spoil, *, at_rest: bool = True) -> list[str]:
    """The laws that are broken when the books are spoilt in this way."""
    evidence, known = books()
    spoil(evidence, known)
    return sorted({violation.law for violation in judge(evidence, known, at_rest=at_rest)})


def changes(evidence: Evidence, number: str, **values: Any) -> None:
    evidence.order[number].update(values)


def surplus(evidence: Evidence, known: Known, back: int = 1690, *, alarm: bool = True) -> None:
    """Somebody has paid A a second time, on a page that nobody was shown."""
    evidence.sessions.append(session("cs_x", "A"))
    evidence.attempts.append(attempt("cs_x", "A", "surplus"))
    evidence.charges.append(charge("ch_x", "cs_x", amount_refunded=back))
    if alarm:
        evidence.alarms.append({"kind": "refund", "about": "A"})
    known.strangers.add("cs_x")


def returns(evidence: Evidence, known: Known) -> None:
    """All of A's money goes back, and the order says so."""
    evidence.charges[0]["amount_refunded"] = 1690
    evidence.sent_back.append({"charge": "ch_a", "amount": 1690, "status": "succeeded", "metadata": {}})
    evidence.moves += kinds("A", "refunded")
    changes(evidence, "A", state="refunded", refunded=1690)


def fails(evidence: Evidence, _known: Known) -> None:
    """A's bank payment never came."""
    evidence.charges.clear()
    evidence.mails.clear()
    evidence.moves[1:2] = kinds("A", "processing", "failed")
    evidence.attempts[0]["status"] = "failed"
    evidence.lines[0]["held"] = 0
    evidence.free["MUG"], evidence.held["MUG"] = 10, 0
    changes(evidence, "A", state="failed")


def fails_and_is_paid_by_a_stranger(evidence: Evidence, known: Known) -> None:
    fails(evidence, known)
    surplus(evidence, known)


def erases(number: str, after: timedelta, *fields: str) -> Spoil:
    """The person of an order, or only these fields of it, are erased so long after the last thing."""

    def erase(evidence: Evidence, _known: Known) -> None:
        gone = fields or PERSONAL
        changes(evidence, number, **dict.fromkeys(gone, ""))
        evidence.moves += kinds(number, "personal data erased", at=NOON + after)

    return erase


def erases_at_the_owners_word(evidence: Evidence, known: Known) -> None:
    erases("B", timedelta(minutes=1))(evidence, known)
    known.forgotten.add("B")


def erases_and_is_paid(evidence: Evidence, known: Known) -> None:
    """Money for B comes when nobody knows any more whose it was."""
    erases("B", MONTH)(evidence, known)
    evidence.charges.append(charge("ch_b", "cs_b", amount_refunded=1690))
    evidence.attempts[1]["status"] = "paid"
    evidence.moves += kinds("B", "refund_due", "refunded", at=NOON + 2 * MONTH)
    evidence.alarms.append({"kind": "refund", "about": "B"})
    changes(evidence, "B", state="refunded", refunded=1690)


def leaves_a_cart_behind(evidence: Evidence, known: Known) -> None:
    known.left_behind.add("cart-b")
    del evidence.carts["cart-b"]


def test_what_is_right_breaks_no_law() -> None:
    assert broken(lambda *_: None) == []
    assert broken(fails) == []
    assert broken(fails_and_is_paid_by_a_stranger) == []
    assert broken(surplus) == []
    assert broken(returns) == []
    assert broken(erases("B", MONTH)) == []
    assert broken(erases("A", 11 * YEAR)) == []
    assert broken(erases_at_the_owners_word) == []
    assert broken(erases_and_is_paid) == []
    assert broken(leaves_a_cart_behind) == []


def sends(*requests: str, amount: int = 100) -> list[Row]:
    return [
        {"charge": "ch_a", "amount": amount, "status": "succeeded", "metadata": {"request": request}}
        for request in requests
    ]


def two_pages(evidence: Evidence, known: Known) -> None:
    evidence.sessions += [session("cs_1", "B", "open"), session("cs_2", "B", "open")]
    known.shown |= {"cs_1": 1690, "cs_2": 1690}


def charge_for_nothing(evidence: Evidence, _known: Known) -> None:
    evidence.sessions.append(session("cs_0", "0"))
    evidence.charges.append(charge("ch_0", "cs_0"))


def stray_money(evidence: Evidence, known: Known) -> None:
    surplus(evidence, known, 0)
    evidence.attempts.pop()


def returns_in_silence(evidence: Evidence, known: Known) -> None:
    returns(evidence, known)
    changes(evidence, "A", refunded=0)


def returns_without_a_note(evidence: Evidence, known: Known) -> None:
    returns(evidence, known)
    changes(evidence, "A", invoice="2026-000001")


def keeps_a_cent_of_tax(evidence: Evidence, known: Known) -> None:
    """All has come back, but not all of the tax."""
    returns_without_a_note(evidence, known)
    evidence.taxes.append({"order_number": "A", "position": 0, "name": "VAT", "amount": 270})
    evidence.credit_notes.append({"id": 1, "order_number": "A", "amount": 1690})
    evidence.credit_taxes.append({"credit_note_id": 1, "position": 0, "amount": 269})


def below_nothing(evidence: Evidence, _known: Known) -> None:
    evidence.free["MUG"], evidence.held["MUG"] = -1, 11


def erases_too_much(evidence: Evidence, known: Known) -> None:
    erases("B", MONTH)(evidence, known)
    changes(evidence, "B", country="")


def forgets_a_buyer(evidence: Evidence, known: Known) -> None:
    erases("A", MONTH)(evidence, known)
    known.forgotten.add("A")


def fills_a_cart_that_was_left(evidence: Evidence, known: Known) -> None:
    known.left_behind.add("cart-b")
    evidence.carts["cart-b"] = Counter(MUG=2)


def waits(evidence: Evidence, _known: Known) -> None:
    changes(evidence, "B", state="pending")
    evidence.moves.pop()


# What is done to the books, and the laws that then are broken.
WRONG: list[tuple[str, str, Spoil]] = [
    ("an order is charged twice", "I1 I3", lambda e, k: e.charges.append(charge("ch_2", "cs_a"))),
    ("a mug is paid that nobody put in", "I1", lambda e, k: k.put_in["cart-a"].clear()),
    ("one cart can be paid on two pages", "I1", two_pages),
    ("a charge is for no order", "I2 I4", charge_for_nothing),
    ("a charge is of another amount", "I2 I3", lambda e, k: e.charges[0].update(amount=1)),
    ("a charge is in another currency", "I2", lambda e, k: e.charges[0].update(currency="usd")),
    ("an order is paid and Stripe has nothing", "I3", lambda e, k: e.charges.clear()),
    ("money went back unheard of", "I3 I5", lambda e, k: e.charges[0].update(amount_refunded=690)),
    ("no payment made a paid order so", "I4 I11", lambda e, k: e.attempts[0].update(status="open")),
    ("money has come for an expired order", "I4 I11", lambda e, k: e.charges.append(charge("ch_b", "cs_b"))),
    ("money has come that the shop knows nothing of", "I3 I4", stray_money),
    ("more goes back than was paid", "I5", lambda e, k: e.sent_back.extend(sends("one", amount=1691))),
    ("one request is sent twice", "I5", lambda e, k: e.sent_back.extend(sends("one", "one"))),
    ("more is shown to have gone back than was paid", "I3 I5", lambda e, k: changes(e, "A", refunded=1691)),
    ("what went back is not shown", "I5", returns_in_silence),
    ("a credit note is missing", "I5", returns_without_a_note),
    (
        "a number was left out",
        "I5",
        lambda e, k: e.credit_numbers.extend(["CN-2026-000001", "CN-2026-000003"]),
    ),
    ("less tax came back than was paid", "I5", keeps_a_cent_of_tax),
    ("stock is below 0", "I6", below_nothing),
    ("a piece has got lost", "I6", lambda e, k: e.free.update(MUG=8)),
    ("a paid order holds nothing", "I6", lambda e, k: e.lines[0].update(held=0)),
    ("an expired order holds a piece", "I6", lambda e, k: e.lines[1].update(held=1)),
    ("an order is sent to somebody else", "I7", lambda e, k: changes(e, "A", name="y")),
    ("a line has another price", "I7", lambda e, k: e.lines[0].update(unit_price=1)),
    ("an order is gone", "I7", lambda e, k: k.snapshots.update(C=({}, []))),
    ("another sum is charged than was shown", "I7", lambda e, k: k.shown.update(cs_a=1)),
    ("a person is erased too early", "I7", erases("B", timedelta(days=30))),
    ("a person is erased that the books still need", "I7", erases("A", 10 * YEAR)),
    ("a person is erased in part", "I7", erases("B", MONTH, "email", "name")),
    ("a person is erased and the country with it", "I7", erases_too_much),
    ("a person is erased and nothing says so", "I7", lambda e, k: changes(e, "B", email="")),
    ("a person is erased at the owner's word that the books still need", "I7", forgets_a_buyer),
    ("a paid order has no receipt", "I8", lambda e, k: e.mails.clear()),
    ("a paid order has two", "I8", lambda e, k: e.mails.extend(kinds("A", "receipt"))),
    ("an order that was not paid has one", "I8", lambda e, k: e.mails.extend(kinds("B", "receipt"))),
    ("an order goes back", "I9", lambda e, k: e.moves.extend(kinds("A", "expired", "paid"))),
    ("an order begins in the middle", "I9", lambda e, k: e.moves.pop(0)),
    ("an order is not where its audit says", "I9", lambda e, k: changes(e, "A", state="shipped")),
    ("a refunded order comes back", "I9", lambda e, k: k.refunded.add("A")),
    ("an order waits for ever", "I6 I10", waits),
    ("an attempt is asked about for ever", "I10", lambda e, k: e.attempts[1].update(look_at=NOON)),
    ("a refund is never sent", "I10", lambda e, k: e.refunds.append({"request": "one", "due_at": NOON})),
    ("a second payment makes no alarm", "I11", lambda e, k: surplus(e, k, 1690, alarm=False)),
    ("a second payment is kept", "I3 I11", lambda e, k: surplus(e, k, 0)),
    ("something has gone from a cart", "I12", lambda e, k: e.carts["cart-b"].clear()),
    ("a cart that was left behind has more in it", "I12", fills_a_cart_that_was_left),
    ("what was bought is still in the cart", "I12", lambda e, k: e.carts["cart-a"].update(MUG=1)),
]


@pytest.mark.parametrize(
    ("laws", "spoil"), [pytest.param(laws, spoil, id=what) for what, laws, spoil in WRONG]
)
def test_what_is_wrong_breaks_its_law(laws: str, spoil: Spoil) -> None:
    assert broken(spoil) == sorted(laws.split())


def test_every_law_has_something_that_breaks_it() -> None:
    assert {law for _what, laws, _spoil in WRONG for law in laws.split()} == set(LAWS)


def test_under_way_an_order_may_still_wait_and_money_be_unplaced() -> None:
    def wait(evidence: Evidence, known: Known) -> None:
        waits(evidence, known)
        evidence.lines[1].update(held=1)
        evidence.free["MUG"], evidence.held["MUG"] = 8, 2
        evidence.charges.append(charge("ch_b", "cs_b"))

    assert broken(wait, at_rest=False) == []
    assert broken(wait) == ["I10", "I11", "I4"]
