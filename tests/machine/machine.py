"""What each player may do, and what is looked at after every step."""

from collections import Counter
from contextlib import suppress

from httpx2 import Response
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import update

from tests.machine.books import Books
from tests.machine.referee import Referee
from tests.machine.stage import Mishap, Play, Stage, Tab
from tests.people import CHALLENGED, DECLINED, GOOD_CARD
from webshop.db.tables import variants
from webshop.orders import stock
from webshop.sandbox.faults.faults import Effect, Fault
from webshop.sandbox.objects import payments as bank
from webshop.sandbox.objects import refunds, sessions
from webshop.sandbox.objects.payments import NotOpen, Step
from webshop.sandbox.state.errors import ApiError
from webshop.sandbox.testing import pay

CARDS = st.sampled_from([GOOD_CARD, GOOD_CARD, DECLINED])
EFFECTS: list[Effect] = [
    "reset", "lose_response", "garbage", "429", "409", "500_before", "500_after", "saved_500",
]  # fmt: skip

TABS = st.integers(0, 2)
SKUS = st.sampled_from(["VASE", "MUG-BLUE", "TILES"])  # one piece, ten, any number
HTMX = st.booleans()
ANY = st.integers(0, 9)
FAULTS = st.builds(Fault, effect=st.sampled_from(EFFECTS), nth=st.integers(1, 2), times=st.integers(1, 3))
DEATHS = st.sampled_from([2, 4, 5, 1, 3, 6, 7, 8])
LOSSES = st.one_of(
    st.builds(Fault, effect=st.sampled_from(["lose_response", "garbage", "500_after"]), times=st.just(2)),
    st.sampled_from([5, 7, 8]),  # Stripe has answered; the process dies before, while, after it stores that
)
MISHAPS: st.SearchStrategy[Mishap] = st.one_of(st.none(), st.none(), st.none(), FAULTS, DEATHS)
PEOPLE = st.sampled_from(["ada@example.com", "ada@example.com", "grace@example.com"])


class Machine(RuleBasedStateMachine):
    """Each rule is something that somebody does; what may go wrong meanwhile is its mishap."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.play: Play = stage.clear()
        self.happened = stage.happened
        self.books = self.play.books()
        self.referee = Referee(self.books)
        self.cart = ""
        self.allowed: list[Counter[str]] = []

    # The shopper, in any tab

    @rule(tab=TABS, sku=SKUS, quantity=st.integers(1, 3), htmx=HTMX, mishap=MISHAPS)
    def add(self, tab: int, sku: str, quantity: int, htmx: bool, mishap: Mishap) -> None:
        form = {"sku": sku, "quantity": str(quantity)}
        self._change_cart(self.play.tabs[tab], "/cart/lines", form, htmx, mishap, Counter({sku: quantity}))

    @precondition(lambda self: self.books.carts)
    @rule(tab=TABS, quantity=st.integers(0, 2), htmx=HTMX, mishap=MISHAPS)
    def change(self, tab: int, quantity: int, htmx: bool, mishap: Mishap) -> None:
        shopper = self.play.tabs[tab]
        for sku, there in sorted(self._contents(shopper).items())[:1]:
            form, change = {"sku": sku, "quantity": str(quantity)}, Counter({sku: quantity - there})
            self._change_cart(shopper, "/cart/lines/change", form, htmx, mishap, change)

    @precondition(lambda self: self.books.carts)
    @rule(tab=TABS)
    def open_the_checkout(self, tab: int) -> None:
        """Also what somebody does who gives up paying, and goes back to change something."""
        self._open_checkout(self.play.tabs[tab])

    @precondition(lambda self: any(tab.total for tab in self.play.tabs))
    @rule(tab=TABS, email=PEOPLE, htmx=HTMX, mishap=MISHAPS)
    def check_out(self, tab: int, email: str, htmx: bool, mishap: Mishap) -> None:
        """With the total of a page that may be old: posting again, Back, a tab that was left open."""
        self._check_out(self.play.tabs[tab], email, htmx, mishap)

    @rule(tab=TABS, sku=SKUS, htmx=HTMX, mishap=MISHAPS)
    def add_and_check_out(self, tab: int, sku: str, htmx: bool, mishap: Mishap) -> None:
        self.add(tab, sku, 1, htmx, None)
        self.look()
        self._open_checkout(self.play.tabs[tab])
        self._check_out(self.play.tabs[tab], "ada@example.com", htmx, mishap)

    @rule(tab=TABS, sku=SKUS, htmx=HTMX, mishap=LOSSES, person=PEOPLE)
    def try_again_another_way_after_an_answer_was_lost(
        self, tab: int, sku: str, htmx: bool, mishap: Mishap, person: str
    ) -> None:
        """Stripe then has a page that nobody was shown."""
        self.add_and_check_out(tab, sku, htmx, mishap)
        self.look()
        self._check_out(self.play.tabs[tab], person, not htmx, None)

    @rule(tab=TABS, sku=SKUS, htmx=HTMX, mishap=LOSSES, person=PEOPLE)
    def two_pages_of_one_cart_are_paid(
        self, tab: int, sku: str, htmx: bool, mishap: Mishap, person: str
    ) -> None:
        """Stripe's second answer was read; the first one was, too, by somebody else. For another person it is
        another order, and the first one is cancelled."""
        before = len(self.pages)
        self.try_again_another_way_after_an_answer_was_lost(tab, sku, htmx, mishap, person)
        self.look()
        if len(self.pages) > before:
            self._pay(self.pages[-1], GOOD_CARD)
        if self.hidden_pages:
            self.somebody_pays_a_page_that_the_shop_never_showed(0)
        self.all_events_arrive_the_last_one_first()

    @rule(tab=TABS, sku=SKUS, htmx=HTMX, how=st.sampled_from(["card", "bank"]), mishap=MISHAPS)
    def buy(self, tab: int, sku: str, htmx: bool, how: str, mishap: Mishap) -> None:
        """All of it in one go."""
        before = len(self.pages)
        self.add_and_check_out(tab, sku, htmx, None)
        self.look()
        if len(self.pages) > before:
            self._pay(self.pages[-1], GOOD_CARD) if how == "card" else self._pay_by_bank(self.pages[-1])
            self._come_back(self.play.tabs[tab], self.pages[-1], "htmx" if htmx else "get", mishap)

    @precondition(lambda self: self.pages)
    @rule(which=ANY, card=CARDS)
    def pay_by_card(self, which: int, card: str) -> None:
        """On any payment page that a tab has come by."""
        self._pay(self.pages[-1 - which % len(self.pages)], card)

    @precondition(lambda self: self.pages)
    @rule(which=ANY, answer=st.sampled_from(["passed", "refused", "abandoned"]))
    def pay_with_3d_secure(self, which: int, answer: str) -> None:
        token = self.pages[-1 - which % len(self.pages)]
        if self._pay(token, CHALLENGED) == Step.CHALLENGE and answer != "abandoned":
            with self.play.sandbox.work() as work:
                bank.answer_challenge(work, token, passed=answer == "passed")
            self.happened[f"3-D Secure {answer}"] += 1

    @precondition(lambda self: self.pages)
    @rule(which=ANY)
    def pay_by_bank(self, which: int) -> None:
        self._pay_by_bank(self.pages[-1 - which % len(self.pages)])

    @precondition(lambda self: self.pages)
    @rule(which=ANY, tab=TABS, way=st.sampled_from(["post", "htmx", "get"]), mishap=MISHAPS)
    def come_back(self, which: int, tab: int, way: str, mishap: Mishap) -> None:
        """Stripe Checkout is done, or the shopper says so."""
        self._come_back(self.play.tabs[tab], self.pages[-1 - which % len(self.pages)], way, mishap)

    @precondition(lambda self: any(tab.link for tab in self.play.tabs))
    @rule()
    def look_at_the_orders(self) -> None:
        for tab in self.play.tabs:
            assert not tab.link or tab.client.get(tab.link).status_code == 200

    @precondition(lambda self: self.hidden_pages)
    @rule(which=ANY)
    def somebody_pays_a_page_that_the_shop_never_showed(self, which: int) -> None:
        """Its address was in an answer that the shop did not live to read."""
        token = self.hidden_pages[which % len(self.hidden_pages)]
        self.referee.strangers.add(token)
        self._pay(token, GOOD_CARD)

    # Stripe

    @precondition(lambda self: self.play.events(self.books))
    @rule(which=ANY, mishap=MISHAPS)
    def an_event_arrives(self, which: int, mishap: Mishap) -> None:
        events = self.play.events(self.books)
        self._send(events[which % len(events)], mishap)

    @precondition(lambda self: self.play.events(self.books))
    @rule()
    def all_events_arrive_the_last_one_first(self) -> None:
        for event in reversed(self.play.events(self.books)):
            self._send(event, None)

    @precondition(lambda self: self.play.handled)
    @rule(which=ANY, mishap=MISHAPS)
    def an_event_arrives_again(self, which: int, mishap: Mishap) -> None:
        self.happened["events sent again"] += 1
        self._send(self.play.handled[-1 - which % len(self.play.handled)], mishap)

    @precondition(lambda self: self.play.events(self.books))
    @rule()
    def the_events_under_way_are_never_sent(self) -> None:
        """But of a payment on a page that it never showed, the shop can hear in no other way."""
        for event in self.play.events(self.books):
            if event["data"]["object"]["id"] not in self.referee.strangers:
                self.play.dropped.append(event)
                self.happened["events dropped"] += 1

    @precondition(lambda self: self.books.waiting_for_the_bank)
    @rule(which=ANY, succeeded=st.booleans())
    def the_bank_answers(self, which: int, succeeded: bool) -> None:
        waiting = self.books.waiting_for_the_bank
        self._bank_answers(waiting[which % len(waiting)], succeeded)

    @precondition(
        lambda self: any(charge["amount_refunded"] < charge["amount"] for charge in self.books.paid)
    )
    @rule(which=ANY, part=st.sampled_from([1, 100, None]))
    def the_owner_refunds_from_the_dashboard(self, which: int, part: int | None) -> None:
        charge = self.books.paid[which % len(self.books.paid)]
        try:
            with self.play.sandbox.work() as work:
                refunds.create(work, {"charge": charge["id"]} | ({"amount": part} if part else {}))
            self.happened["refunds from the dashboard"] += 1
        except ApiError:
            pass  # all of it went back before

    @precondition(lambda self: self.pages)
    @rule(which=ANY)
    def a_session_runs_out_early(self, which: int) -> None:
        with suppress(ApiError), self.play.sandbox.work() as work:  # it may be over already
            sessions.expire(work, self.pages[-1 - which % len(self.pages)])

    # The clock, the worker, the owner

    @precondition(lambda self: self.books.orders)
    @rule(minutes=st.sampled_from([1, 3, 20, 36, 36, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.play.stage.clock.forward(minutes * 60)

    @precondition(lambda self: self.books.orders)
    @rule(mishap=MISHAPS)
    def the_worker_looks(self, mishap: Mishap) -> None:
        self.play.under(mishap, self.play.work)

    @precondition(lambda self: self.books.orders or self.books.carts)
    @rule(days=st.sampled_from([31, 91]), mishap=MISHAPS)
    def nobody_comes_for_long(self, days: int, mishap: Mishap) -> None:
        """Old carts go, and so does whose the orders were that nobody paid."""
        self.play.stage.clock.forward(days * 24 * 3600)
        self.play.under(mishap, self.play.clean_up)
        self.happened["carts left behind"] += len(self.books.carts.keys() - self.play.books().carts.keys())

    @rule(free=st.integers(0, 4), price=st.sampled_from([99, 1200, 1300]))
    def the_owner_counts_the_vases_and_prices_the_mugs(self, free: int, price: int) -> None:
        with self.play.stage.db.write() as connection:
            stock.count(connection, "VASE", free)
            mugs = update(variants).where(variants.c.sku == "MUG-BLUE")
            connection.execute(mugs.values(price=price))
        self.referee.counted["VASE"] += free - self.books.free["VASE"]

    # What must hold

    @invariant()
    def look(self) -> None:
        for tab in self.play.tabs:
            self.referee.given.extend(token for token in tab.tokens if token not in self.referee.given)
        self.books = self.play.books()
        left_behind = self.play.stage.left_behind(self.referee.carts)
        self.referee.look(self.books, self.cart, self.allowed, left_behind)
        self.cart, self.allowed = "", []

    def teardown(self) -> None:
        try:
            self._come_to_rest()
        finally:
            self.play.close()

    def _come_to_rest(self) -> None:
        """No more mishaps, all events, the banks' answers, the worker."""
        for _hour in range(12):
            for number, token in enumerate(self.books.waiting_for_the_bank):
                self._bank_answers(token, succeeded=number % 2 == 0)
            for event in self.play.events(self.books):
                self.play.send(event)
            self.play.stage.clock.forward(61 * 60)
            self.play.work()
            self.look()
            if self._rests():
                break
        self._count(self.books)
        assert self.play.events(self.books) == [], "an event is never taken"
        self.referee.look_at_the_end(self.books, self._half_told())

    def _half_told(self) -> set[str]:
        """Charges of which an event never arrived."""
        about = [event["data"]["object"] for event in self.play.dropped]
        return {str(each.get("charge") or each["id"]) for each in about}

    def _rests(self) -> bool:
        asked = any(attempt["look_at"] for attempt in self.books.attempts)
        owed = any(refund["due_at"] for refund in self.books.refunds)
        return not (asked or owed or self.play.events(self.books) or self.books.waiting_for_the_bank)

    def _count(self, books: Books) -> None:
        for number in books.order:
            kinds = books.moves_of(number)
            self.happened.update({f"orders {kind}" for kind in kinds})
            if {"paid", "refund_due"} & set(kinds) and {"cancelled", "expired"} & set(kinds):
                self.happened["late payments"] += 1
        self.happened["second payments"] += sum(each["status"] == "surplus" for each in books.attempts)
        self.happened["refunds of our own"] += sum(
            refund["request"] is not None and refund["status"] == "succeeded" for refund in books.refunds
        )
        self.happened["alarms"] += len(books.alarms)

    # How it is done

    @property
    def pages(self) -> list[str]:
        """The payment pages that shoppers were shown, the latest last."""
        return self.referee.given

    @property
    def hidden_pages(self) -> list[str]:
        """Those that can be paid and that nobody was shown."""
        payable = [each["id"] for each in self.books.sessions if each["status"] == "open"]
        return [token for token in payable if token not in self.referee.given]

    def _contents(self, tab: Tab) -> Counter[str]:
        return self.play.books().carts.get(self.play.stage.cart_of(tab), Counter())

    def _change_cart(
        self, shopper: Tab, to: str, form: dict[str, str], htmx: bool, mishap: Mishap, change: Counter[str]
    ) -> None:
        before = self._contents(shopper)
        after = Counter(before)
        after.update(change)
        answer = self.play.under(mishap, lambda: shopper.post(to, form, htmx))
        self.cart = self.play.stage.cart_of(shopper)
        if answer is None:
            self.allowed = [before, +after]  # died before it was written, or after
        else:
            self._is_polite(answer)
            self.allowed = [+after if answer.status_code in (200, 303) else before]

    def _open_checkout(self, tab: Tab) -> None:
        answer = tab.client.get("/checkout", follow_redirects=False)
        assert answer.status_code in (200, 303)
        tab.read(answer)

    def _check_out(self, tab: Tab, email: str, htmx: bool, mishap: Mishap) -> None:
        shown, pages = tab.total, len(tab.tokens)
        answer = self.play.under(mishap, lambda: tab.place({"email": email}, htmx))
        if answer is None:
            return
        self._is_polite(answer)
        tab.read(answer)
        if len(tab.tokens) > pages:
            self._is_what_was_agreed(tab.tokens[-1], shown)

    def _is_what_was_agreed(self, token: str, shown: str) -> None:
        """I7: what was shown is what can be paid, for an order that waits for it.

        (Asked again with the same key, Stripe gives its first answer: a page that a stranger has paid since.)
        """
        books = self.play.books()
        session, order = books.session[token], books.order[books.order_of(token)]
        assert order["state"] == "pending"
        assert session["status"] == "open" or token in self.referee.strangers
        assert shown == str(order["total"]) == str(session["amount_total"])

    def _pay(self, token: str, card: str) -> Step | None:
        try:
            return pay(self.play.sandbox, token, card).step
        except NotOpen:
            self.happened["pages that could not be paid any more"] += 1
            return None

    def _pay_by_bank(self, token: str) -> None:
        try:
            with self.play.sandbox.work() as work:
                bank.pay_by_bank(work, token)
            self.happened["bank payments"] += 1
        except NotOpen:
            self.happened["pages that could not be paid any more"] += 1

    def _come_back(self, tab: Tab, token: str, way: str, mishap: Mishap) -> None:
        def bring() -> Response:
            if way == "get":
                return tab.client.get(f"/charge?token={token}", follow_redirects=False)
            return tab.post("/charge", {"token": token}, htmx=way == "htmx")

        answer = self.play.under(mishap, bring)
        if answer is None:
            return
        self._is_polite(answer)
        tab.read(answer)
        if mishap is None:
            self._is_settled(token)

    def _is_settled(self, token: str) -> None:
        """Whoever comes back and has paid is told so."""
        books = self.play.books()
        if books.session[token]["payment_status"] == "paid":
            assert books.order[books.order_of(token)]["state"] in ("paid", "refunded", "refund_due")

    def _send(self, event: dict[str, object], mishap: Mishap) -> None:
        answer = self.play.under(mishap, lambda: self.play.send(event))
        if answer is not None:
            self._is_polite(answer)
            self.happened[f"events answered {answer.status_code}"] += 1

    def _bank_answers(self, token: str, succeeded: bool) -> None:
        with self.play.sandbox.work() as work:
            assert bank.settle_bank_payment(work, token, succeeded=succeeded)

    def _is_polite(self, answer: Response) -> None:
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
