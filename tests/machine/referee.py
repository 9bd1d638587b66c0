"""The laws that hold after every step, and those that hold when everything has come to rest.

They are written by hand from what the shop promises, not from its code. I1 to I12 are the numbers of
docs/seeded-faults.md.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from tests.machine.books import Books

# Every move that an order may make, as a person would say it.
MAY_FOLLOW: Mapping[str, set[str]] = {
    "placed": {"processing", "paid", "cancelled", "expired", "refund_due"},
    "processing": {"paid", "failed", "refund_due"},
    "cancelled": {"processing", "paid", "refund_due"},
    "expired": {"processing", "paid", "refund_due"},
    "paid": {"shipped", "refunded"},
    "shipped": {"refunded"},
    "failed": set(),
    "refund_due": {"refunded"},
    "refunded": set(),
}
HOLDS = {"pending", "processing", "paid", "shipped"}
HOLDS_NOTHING = {"cancelled", "expired", "failed", "refund_due"}
RESTS = {"paid", "shipped", "cancelled", "expired", "failed", "refunded"}
SNAPSHOT = """cart email name line1 line2 postal_code city country language currency shipping_title shipping
    total placed_at""".split()
SNAPSHOT_OF_LINE = "sku position title variant unit_price quantity weight".split()


class Referee:
    """`given` is every session that the shop showed to a shopper, `strangers` those that were paid although
    it never did. `counted` is how many pieces of each sku there are, sold ones too."""

    def __init__(self, books: Books) -> None:
        self.given: list[str] = []
        self.strangers: set[str] = set()
        self.counted = {sku: stock for sku, stock in books.stock.items() if stock is not None}
        self.put_in: dict[str, Counter[str]] = {}
        self._carts: dict[str, Counter[str]] = {}
        self._snapshots: dict[str, object] = {}
        self._emptied: set[str] = set()
        self._refunded: set[str] = set()

    def look(self, books: Books, cart: str, allowed: list[Counter[str]]) -> None:
        """After a step in which the shopper's own hand made `cart` one of `allowed`."""
        self._charges(books)
        self._paid_orders(books)
        self._refunds(books)
        self._pieces(books)
        self._snapshots_stay(books)
        self._receipts(books)
        self._moves(books)
        self._carts_keep(books, cart, allowed)

    def look_at_the_end(self, books: Books, unheard_of: set[str]) -> None:
        """`unheard_of` are charges of which Stripe has told the shop in part only."""
        for number, order in books.orders.items():
            alarms = books.alarms.get(number, set())
            assert order.state in RESTS or "refund failed" in alarms, f"I10: {number} is {order.state}"
        for charge in books.charges:
            self._money_has_its_place(books, charge)
            if charge["id"] not in unheard_of:
                self._what_went_back_is_shown(books, charge)

    def _charges(self, books: Books) -> None:
        """I1, I2: one charge for an order, of its amount; never two pages that could be paid."""
        by_hand: Counter[str] = Counter()
        for charge in books.charges:
            number = books.order_of(charge["session"])
            order = books.orders.get(number)
            assert order is not None, f"I2: {charge['amount']} for an order that does not exist"
            assert (charge["amount"], charge["currency"].upper()) == (order.total, order.currency), "I2"
            by_hand[number] += charge["session"] not in self.strangers
        assert max(by_hand.values(), default=0) <= 1, f"I1: charged twice: {by_hand}"
        payable = Counter(
            books.orders[books.order_of(token)].cart
            for token in dict.fromkeys(self.given)
            if books.sessions[token]["status"] == "open"
        )
        for cart in self._carts_of_strangers(books):
            del payable[cart]  # the worker ends the page that was shown when it has heard of the other
        assert max(payable.values(), default=0) <= 1, f"I1: two payment pages for one cart: {payable}"
        self._nothing_is_paid_twice(books)

    def _carts_of_strangers(self, books: Books) -> set[str]:
        return {books.orders[books.order_of(token)].cart for token in self.strangers}

    def _nothing_is_paid_twice(self, books: Books) -> None:
        """I1: of what was put into a cart, each piece is paid for once."""
        of_strangers = self._carts_of_strangers(books)
        bought: dict[str, Counter[str]] = {}
        for number in {books.order_of(charge["session"]) for charge in books.charges}:
            pieces = bought.setdefault(books.orders[number].cart, Counter())
            pieces.update({line.sku: line.quantity for line in books.lines[number]})
        for cart, pieces in bought.items():
            if cart not in of_strangers:
                assert pieces <= self.put_in[cart], f"I1: paid {pieces}, put in {self.put_in[cart]}"

    def _paid_orders(self, books: Books) -> None:
        """I3: paid only if Stripe has the money. I4: the payment that made it so stays that."""
        charged = {books.order_of(charge["session"]) for charge in books.charges}
        for number, order in books.orders.items():
            if order.state in ("paid", "shipped", "refund_due", "refunded"):
                assert number in charged, f"I3: {number} is {order.state} without a charge"

        paying = Counter(attempt.order_number for attempt in books.attempts if attempt.status == "paid")
        for number, kinds in books.moves.items():
            assert "paid" not in kinds or paying[number] == 1, f"I4: {paying[number]} payments of {number}"

    def _refunds(self, books: Books) -> None:
        """I5: never more than was taken, and once for each request."""
        for charge in books.charges:
            back = [each["amount"] for each in books.money["refunds"] if each["charge"] == charge["id"]]
            assert sum(back) <= charge["amount"], "I5: more went back than was paid"
        requests = Counter(each["metadata"].get("request") for each in books.money["refunds"])
        del requests[None]
        assert max(requests.values(), default=0) <= 1, f"I5: sent twice: {requests}"
        for number, order in books.orders.items():
            assert 0 <= order.refunded <= order.total, f"I5: {number}"

    def _pieces(self, books: Books) -> None:
        """I6: no piece is sold twice or gets lost."""
        held: Counter[str] = Counter()
        for number, lines in books.lines.items():
            state = books.orders[number].state
            for line in lines:
                held[line.sku] += line.held
                counted = line.sku in self.counted
                assert not (state in HOLDS and counted) or line.held == line.quantity, f"I6: {number} {state}"
                assert state not in HOLDS_NOTHING or line.held == 0, f"I6: {number} {state} holds"
        for sku, total in self.counted.items():
            free = books.stock[sku]
            assert free is not None and free >= 0, f"I6: {sku} is below 0"
            assert free + held[sku] == total, f"I6: {sku}: {free} free, {held[sku]} held or sold, of {total}"

    def _snapshots_stay(self, books: Books) -> None:
        """I7."""
        for number, order in books.orders.items():
            lines = [_fields(line, SNAPSHOT_OF_LINE) for line in books.lines[number]]
            snapshot = (_fields(order, SNAPSHOT), sorted(lines, key=str))
            assert self._snapshots.setdefault(number, snapshot) == snapshot, f"I7: {number} has changed"

    def _receipts(self, books: Books) -> None:
        """I8: for each order that was ever paid, one."""
        for number in books.orders:
            receipts = books.mails.get(number, []).count("receipt")
            assert receipts == ("paid" in books.moves[number]), f"I8: {receipts} receipts for {number}"

    def _moves(self, books: Books) -> None:
        """I9: each move in the audit may follow the one before it, and the last one is where the order is."""
        for number, order in books.orders.items():
            path = [kind for kind in books.moves[number] if kind in MAY_FOLLOW and kind != "refunded"]
            if order.state == "refunded":  # the audit says so of each part that went back, too
                path.append("refunded")
            assert number not in self._refunded or order.state == "refunded", f"I9: {number} came back"
            self._refunded.update({number} if order.state == "refunded" else ())
            assert path[0] == "placed", f"I9: {number} {path}"
            for before, after in zip(path, path[1:], strict=False):
                assert after in MAY_FOLLOW[before], f"I9: {number} went from {before} to {after}"
            assert order.state == ("pending" if path[-1] == "placed" else path[-1]), f"I9: {number} {path}"

    def _carts_keep(self, books: Books, cart: str, allowed: list[Counter[str]]) -> None:
        """I12: only the shopper's hand and a bought order take something out of a cart."""
        bought = self._newly_bought(books)
        for each in {*self._carts, *books.carts}:
            before = self._carts.get(each, Counter())
            unheard_of = not cart and each not in self._carts  # its cookie was lost with the answer
            was = allowed if allowed and (each == cart or unheard_of) else [before]
            expected = [_without(contents, bought.get(each, [])) for contents in was]
            now = books.carts.get(each, Counter())
            assert now in expected, f"I12: a cart holds {now}, expected {expected}"
            self.put_in.setdefault(each, Counter()).update(now - before)
            self._carts[each] = now

    def _newly_bought(self, books: Books) -> dict[str, list[Counter[str]]]:
        bought: dict[str, list[Counter[str]]] = {}
        for number, kinds in books.moves.items():
            if number not in self._emptied and {"paid", "processing"} & set(kinds):
                self._emptied.add(number)
                pieces = Counter({line.sku: line.quantity for line in books.lines[number]})
                bought.setdefault(books.orders[number].cart, []).append(pieces)
        return bought

    def _money_has_its_place(self, books: Books, charge: dict[str, Any]) -> None:
        """I4, I11: kept for the one order that it pays, or given back, or somebody is told."""
        kept = charge["amount"] - charge["amount_refunded"]
        attempt = books.attempt_of(charge["session"])
        assert attempt is not None, "I4: the shop knows nothing of this money"
        order = books.orders[attempt.order_number]
        pays = attempt.status == "paid" and order.state in ("paid", "shipped")
        told = "refund failed" in books.alarms.get(order.number, set())
        assert kept == 0 or pays or told, f"I11: {kept} kept for {order.number}, which is {order.state}"
        if attempt.status == "surplus" or "refund_due" in books.moves[order.number]:
            assert "refund" in books.alarms.get(order.number, set()), f"I11: silence about {order.number}"

    def _what_went_back_is_shown(self, books: Books, charge: dict[str, Any]) -> None:
        """I5: whoever sent it back."""
        attempt = books.attempt_of(charge["session"])
        if attempt and attempt.status == "paid":
            order = books.orders[attempt.order_number]
            assert order.refunded == charge["amount_refunded"], f"I5: {order.number} shows {order.refunded}"


def _fields(row: Row[Any], names: list[str]) -> list[object]:
    return [getattr(row, name) for name in names]


def _without(contents: Counter[str], orders: list[Counter[str]]) -> Counter[str]:
    for pieces in orders:
        contents = contents - pieces
    return contents
