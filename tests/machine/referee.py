"""Judges every step by tests/laws.py, and remembers what the laws need to know of the steps before."""

from collections import Counter

from tests.laws import Known, Snapshot, judge, snapshots
from tests.machine.books import Books


class Referee:
    """`given` is every session that the shop showed to a shopper, `strangers` those that were paid although
    it never did. `counted` is how many pieces of each sku there are, sold ones too."""

    def __init__(self, books: Books) -> None:
        self.given: list[str] = []
        self.strangers: set[str] = set()
        self.counted = dict(books.free)
        self._put_in: dict[str, Counter[str]] = {}
        self._carts: dict[str, Counter[str]] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._emptied: set[str] = set()
        self._refunded: set[str] = set()

    @property
    def carts(self) -> list[str]:
        """All that ever were."""
        return list(self._carts)

    def look(
        self, books: Books, cart: str, allowed: list[Counter[str]], left_behind: set[str] | None = None
    ) -> None:
        """After a step in which the shopper's own hand made `cart` one of `allowed`, or so much time passed
        that some carts may be gone, those that were `left_behind`."""
        self._snapshots = snapshots(books) | self._snapshots
        self._judge(books, self._contents(books, cart, allowed), left_behind=left_behind)
        self._remember(books)

    def look_at_the_end(self, books: Books, half_told: set[str]) -> None:
        """`half_told` are charges of which Stripe has told the shop in part only."""
        self._judge(
            books, {cart: [contents] for cart, contents in self._carts.items()}, half_told, at_rest=True
        )

    def _judge(
        self,
        books: Books,
        contents: dict[str, list[Counter[str]]],
        half_told: set[str] | None = None,
        *,
        left_behind: set[str] | None = None,
        at_rest: bool = False,
    ) -> None:
        put_in = {each: self._put_in.get(each, Counter()) for each in {*self._put_in, *contents}}
        known = Known(
            shown=dict.fromkeys(self.given, None),
            strangers=self.strangers,
            half_told=half_told or set(),
            put_in=put_in,
            contents=contents,
            emptied=self._emptied,
            left_behind=left_behind or set(),
            snapshots=self._snapshots,
            refunded=self._refunded,
            pieces=self.counted,
        )
        violations = judge(books, known, at_rest=at_rest)
        assert violations == [], violations

    def _contents(
        self, books: Books, cart: str, allowed: list[Counter[str]]
    ) -> dict[str, list[Counter[str]]]:
        """What each cart may hold: what it held, or what the shopper's hand has made of it."""
        found = {}
        for each in {*self._carts, *books.carts}:
            unheard_of = not cart and each not in self._carts  # its cookie was lost with the answer
            by_hand = allowed and (each == cart or unheard_of)
            found[each] = allowed if by_hand else [self._carts.get(each, Counter())]
        return found

    def _remember(self, books: Books) -> None:
        for each in {*self._carts, *books.carts}:
            before, now = self._carts.get(each, Counter()), books.carts.get(each, Counter())
            self._put_in.setdefault(each, Counter()).update(now - before)
            self._carts[each] = now
        for number, order in books.order.items():
            if {"paid", "processing"} & set(books.moves_of(number)):
                self._emptied.add(number)
            if order["state"] == "refunded":
                self._refunded.add(number)
