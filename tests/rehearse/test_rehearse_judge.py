"""The rehearsal notices what it is for: small books that are right, and each wrong in one way."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from tests.evidence import Evidence, Row
from tests.rehearse import judge
from tests.rehearse.judge import Asked, Books, Counts, Outage, Purchase, Stage, Verdict

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
KILLED_AT_10 = [Outage(10, 15)]
Spoil: TypeAlias = Callable[[Books], object]


def order(number: str, email: str, state: str = "paid") -> Row:
    return {"number": number, "state": state, "email": email, "total": 2890, "currency": "EUR"}


def charge(number: str, *, back: int = 0) -> Row:
    name = f"ch_{number}"
    money = {"amount": 2890, "amount_refunded": back, "currency": "eur", "paid": True}
    return {"id": name, "session": f"cs_{number}", **money}


def books() -> Books:
    """Ada was shown that her order is paid; Grace has paid and closed the browser; Joan did not pay."""
    evidence = Evidence(
        orders=[order("A", "ada"), order("G", "grace"), order("J", "joan", "expired")],
        sessions=[{"id": f"cs_{each}", "client_reference_id": each} for each in "AGJ"],
        charges=[charge("A"), charge("G")],
    )
    purchases = [
        Purchase("ada", 1, 2, "cs_A", 2890, "A"),
        Purchase("grace", 1, 2, "cs_G", 2890),
        Purchase("joan", 1, 2, problem="AssertionError: sold out"),
    ]
    return Books(evidence, purchases, ["<A.receipt@shop>", "<G.receipt@shop>", "<A.order_note@shop>"])


def test_books_that_are_right() -> None:
    assert list(judge.lost(books())) == []
    assert list(judge.doubled(books())) == []


def forget_order(found: Books) -> None:
    found.evidence.orders = [each for each in found.evidence.orders if each["number"] != "A"]


LOST: dict[str, tuple[Spoil, list[str]]] = {
    "an order that is not there any more": (
        forget_order,
        ["order A was charged and is not in the books"],
    ),
    "an order that was only shown as paid": (
        lambda found: setattr(found.purchases[2], "number", "J"),
        ["order J was shown as paid and is expired"],
    ),
    "an order that does not know that it was paid": (
        lambda found: found.evidence.orders[1].update(state="pending"),
        ["order G was charged and is pending"],
    ),
    "a charge of an order that has expired": (
        lambda found: found.evidence.charges.append(charge("J")),
        ["order J was charged and is expired"],
    ),
    "a receipt": (
        lambda found: setattr(found, "arrived", ["<A.receipt@shop>"]),
        ["the receipt of order G never arrived"],
    ),
}


@pytest.mark.parametrize(("spoil", "expected"), LOST.values(), ids=LOST.keys())
def test_what_is_lost_is_noticed(spoil: Spoil, expected: list[str]) -> None:
    found = books()
    spoil(found)
    assert list(judge.lost(found)) == expected


def test_money_that_went_back_is_not_lost() -> None:
    found = books()
    found.evidence.charges.append(charge("J", back=2890))
    assert list(judge.lost(found)) == []


def test_what_was_paid_after_the_backup_is_not_lost_where_an_alarm_tells_of_it() -> None:
    """Its charge is left out of the evidence then."""
    found = books()
    forget_order(found)
    found.evidence.charges = [charge("G")]
    assert list(judge.lost(found)) == ["order A was shown as paid and is not in the books"]
    found.told = "A pi_1 28.90 EUR of ada"
    assert list(judge.lost(found)) == []


@pytest.mark.parametrize(
    ("told", "expected"), [("A 28.90", True), ("pi_A", True), ("cs_A", True), ("G pi_G", False)]
)
def test_an_alarm_tells_of_a_session_by_its_order_or_its_payment(told: str, expected: bool) -> None:
    session = {"id": "cs_A", "client_reference_id": "A", "payment_intent": "pi_A"}
    assert judge.is_told(session, told) == expected


DOUBLED: dict[str, tuple[Spoil, list[str]]] = {
    "one order is charged again": (
        lambda found: found.evidence.charges.append(charge("A")),
        ["order A was charged 2 times"],
    ),
    "one purchase has become two orders": (
        lambda found: found.evidence.orders.append(order("B", "ada")),
        ["ada bought once and has 2 paid orders"],
    ),
    "a receipt comes again although nobody was interrupted": (
        lambda found: setattr(found, "arrived", [*found.arrived, "<G.receipt@shop>"]),
        ["1 receipts arrived again: G"],
    ),
}


@pytest.mark.parametrize(("spoil", "expected"), DOUBLED.values(), ids=DOUBLED.keys())
def test_what_is_doubled_is_noticed(spoil: Spoil, expected: list[str]) -> None:
    found = books()
    spoil(found)
    assert list(judge.doubled(found)) == expected


def test_a_receipt_may_come_again_when_its_sender_was_killed() -> None:
    found = books()
    found.arrived = [*found.arrived, "<G.receipt@shop>"]
    found.sent_again = 1
    assert list(judge.doubled(found)) == []


def test_only_the_death_of_what_was_killed_excuses_a_request() -> None:
    """Each request began a second before it ended."""
    seen = {
        (8, 200): "fine",
        (8, 404): "fine",
        (8, 500): "failed",
        (8, 502): "failed",
        (8, judge.BROKEN): "failed",
        (8, 503): "failed",
        (10.5, 502): "killed",
        (12, judge.BROKEN): "killed",
        (15.5, 504): "killed",
        (12, 500): "failed",
        (12, 503): "failed",
        (17, 502): "failed",
    }
    requests = {key: Asked("GET /", key[0] - 1, key[0], key[1]) for key in seen}
    assert {key: judge.kind(each, KILLED_AT_10) for key, each in requests.items()} == seen


def test_whoever_is_put_off_politely_must_be_answered_the_second_time() -> None:
    first = Asked("POST /checkout", 1, 2, 503, polite=True)
    assert judge.kind(first, []) == "polite"
    assert judge.kind(Asked("POST /checkout", 7, 8, 503, polite=True, second=True), []) == "failed"
    assert judge.kind(Asked("POST /checkout", 7, 8, 303, second=True), []) == "fine"


def test_requests_are_counted_in_the_stage_in_which_they_ended() -> None:
    asked = [Asked("GET /", 1, ended, status) for ended, status in ((4.9, 502), (5, 200), (9.9, 0), (10, 0))]
    assert judge.count(judge.of_stage(asked, Stage("", 5, 10)), []) == Counts(requests=2, failed=1)
    assert judge.count(asked, KILLED_AT_10) == Counts(requests=4, failed=2, killed=1)


def test_whoever_could_not_buy_is_refused_unless_something_was_killed_meanwhile() -> None:
    assert list(judge.refused(books().purchases, [])) == ["joan could not buy: AssertionError: sold out"]
    assert list(judge.refused(books().purchases, [Outage(2, 3)])) == []


GOOD = {"requests": 900, "failed": 0, "orders": 90, "lost": 0, "doubled": 0, "slowest_exit": 4.26}


def test_the_last_line() -> None:
    verdict = Verdict(**GOOD)  # type: ignore[arg-type]  # two kinds of numbers
    assert str(verdict) == "requests=900 failed=0 orders=90 lost=0 doubled=0 slowest_exit=4.3"
    assert verdict.is_good


@pytest.mark.parametrize(
    "wrong",
    [
        {"failed": 1},
        {"orders": 0},
        {"lost": 1},
        {"doubled": 1},
        {"slowest_exit": 26.0},
        {"otherwise_wrong": 1},
    ],
)
def test_one_of_them_is_enough_to_fail(wrong: dict[str, Any]) -> None:
    assert not Verdict(**GOOD | wrong).is_good
