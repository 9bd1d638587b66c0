"""What people do in a shop. Each scenario plays one shopper with one cart, who wants to buy it once.

Whatever goes wrong meanwhile, it goes on as a person would: presses again, comes back later, or leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import text

from tests.faults.buyer import Buyer, NoLuck, Placed
from tests.faults.lane import Lane
from tests.people import GOOD_CARD

DECLINED = "4000000000000002"
SKUS = ("TILES", "BOWL-L", "MUG-BLUE", "BOWL-S")


@dataclass
class Play:
    """What a scenario works with. `rest` lets webhooks and the worker do all that they can now.

    `hidden`: the scenario pays sessions that no shopper was ever shown, so that money comes twice.
    """

    lane: Lane
    random: Random
    buyer: Buyer
    rest: Callable[[], None]
    hidden: bool = False
    complaints: list[str] = field(default_factory=list)

    def expect(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.complaints.append(sentence)

    def fill_cart(self, *skus: str) -> None:
        for sku in skus or self.random.sample(SKUS, self.random.randint(1, 2)):
            self.buyer.add(sku, self.random.randint(1, 3))

    def come_back(self, token: str) -> str:
        """To the order's page, which is never that of an order which will not be paid."""
        link = self.buyer.come_back(token)
        state = self.buyer.look(link)
        self.expect(state not in ("cancelled", "expired", "failed"), f"paid, and the page says {state}")
        return link

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance


def pay(play: Play) -> None:
    play.fill_cart()
    placed = play.buyer.check_out()
    play.buyer.pay(placed.token)
    link = play.come_back(placed.token)
    play.rest()
    state = play.buyer.look(link)
    play.expect(state == "paid", f"paid, and later the page says {state}")


def pay_and_leave(play: Play) -> None:
    play.fill_cart()
    play.buyer.pay(play.buyer.check_out().token)


def pay_untold(play: Play) -> None:
    """No webhook arrives, and the browser is closed: the worker finds out."""
    play.fill_cart()
    placed = play.buyer.check_out()
    play.lane.sandbox.webhooks("drop", times=100)
    play.buyer.pay(placed.token)


def decline_then_pay(play: Play) -> None:
    play.fill_cart()
    placed = play.buyer.check_out()
    play.expect(not play.buyer.pay(placed.token, DECLINED), "a declined card has paid")
    if play.maybe(0.3):  # looks at the order in between
        play.buyer.come_back(placed.token)
    play.buyer.pay(placed.token)
    play.come_back(placed.token)


def abandon(play: Play) -> None:
    """Stripe ends the session in its own time, and says so."""
    play.fill_cart()
    placed = play.buyer.check_out()
    play.lane.sandbox.ask("POST", "/expire.json", {"session": placed.token})


def abandon_to_sweeper(play: Play) -> None:
    """The shop ends the session when the hold is over."""
    play.fill_cart()
    play.buyer.check_out()
    play.lane.let_time_pass()


def pay_after_expiry(play: Play) -> None:
    """Too late for the session: the shopper orders again and pays that."""
    play.fill_cart()
    placed = play.buyer.check_out()
    play.lane.sandbox.ask("POST", "/expire.json", {"session": placed.token})
    play.lane.let_time_pass()
    if play.maybe(0.7):
        play.rest()
    play.expect(not play.buyer.pay(placed.token), "a session was paid after its end")
    play.buyer.come_back(placed.token)
    again = play.buyer.check_out()
    play.buyer.pay(again.token)
    play.come_back(again.token)


def bank(play: Play, outcome: str, *, told: bool = True) -> None:
    play.fill_cart()
    placed = play.buyer.check_out()
    if not told:
        play.lane.sandbox.webhooks("drop", times=100)
    play.buyer.pay_by_bank(placed.token)
    if told and play.maybe(0.7):
        state = play.buyer.look(play.buyer.come_back(placed.token))
        play.expect(state == "processing", f"the bank is at work, and the page says {state}")
    if play.maybe(0.5):
        play.rest()
    play.lane.sandbox.ask("POST", "/bank.json", {"session": placed.token, "outcome": outcome})


def bank_succeeds(play: Play) -> None:
    bank(play, "succeed")


def bank_untold(play: Play) -> None:
    bank(play, "succeed", told=False)


def bank_fails(play: Play) -> None:
    bank(play, "fail")


def change_cart(play: Play) -> None:
    """The cart is changed and posted again while its session is open, perhaps in another tab."""
    play.fill_cart()
    first = play.buyer.check_out()
    sku = next(iter(play.buyer.wanted))
    play.buyer.change(sku, play.random.choice([4, 5, 6]))
    second = play.buyer.check_out()
    play.expect(not play.buyer.pay(first.token), "the session of the old cart can still be paid")
    play.buyer.pay(second.token)
    play.come_back(second.token)


def change_after_paying(play: Play) -> None:
    """Paid, but the shop does not know yet; then the cart is changed and posted again."""
    play.fill_cart()
    first = play.buyer.check_out()
    play.lane.sandbox.webhooks("hold")
    play.buyer.pay(first.token)
    with added_in_another_tab(play, "TILES"):
        total = play.buyer.read_total()
    assert total is not None
    again = play.buyer.post_form(total)
    play.expect(not again.token, "paid already, and another session is offered")
    play.expect(bool(again.order_link) or again.status in (303, 409), f"answered {again.status}")


@contextmanager
def added_in_another_tab(play: Play, sku: str) -> Iterator[None]:
    tab = play.buyer.other_tab(htmx=True)
    tab.add(sku)
    tab.close()
    yield


def two_tabs(play: Play) -> None:
    """One with htmx and one without, both posting the same cart; then both try to pay."""
    play.fill_cart()
    tab = play.buyer.other_tab(htmx=not play.buyer.htmx)
    at_once = play.maybe(0.5)
    if at_once:
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(each.check_out) for each in (play.buyer, tab)]
            placed = [future.result() for future in futures if not isinstance(future.exception(), NoLuck)]
    else:
        placed = [play.buyer.check_out(), tab.check_out()]
    tokens = [each.token for each in placed if each.token]
    if not tokens:
        tokens = [play.buyer.check_out().token]
    paid = [token for token in dict.fromkeys(tokens) if play.buyer.pay(token)]
    play.expect(len(paid) < 2, "two tabs were paid")
    for token in paid:
        play.come_back(token)
    tab.close()


def double_click(play: Play) -> None:
    play.fill_cart()
    total = play.buyer.read_total()
    assert total is not None
    clicks = play.random.randint(2, 4)

    def click(_number: int) -> Placed | None:
        try:
            return play.buyer.post_form(total)
        except NoLuck:
            return None

    with ThreadPoolExecutor(clicks) as pool:
        placed = list(pool.map(click, range(clicks)))
    tokens = {each.token for each in placed if each and each.token}
    if not tokens:
        tokens = {play.buyer.check_out().token}
    play.expect(len(tokens) == 1, f"one button, {len(tokens)} sessions")
    paid = [token for token in tokens if play.buyer.pay(token)]
    for token in paid:
        play.come_back(token)


def resubmit(play: Play) -> None:
    """Back to the form after it is paid, and Submit again, as the page was then."""
    play.fill_cart()
    total = play.buyer.read_total()
    assert total is not None
    placed = play.buyer.check_out()
    play.buyer.pay(placed.token)
    if play.maybe(0.7):
        play.come_back(placed.token)
    again = play.buyer.post_form(total)
    play.expect(not again.token, "paid already, and another session is offered")
    play.come_back(placed.token)


def refund(play: Play, part: bool) -> None:
    play.fill_cart()
    placed = play.buyer.check_out()
    play.buyer.pay(placed.token)
    link = play.come_back(placed.token)
    play.rest()
    sessions = {each["id"]: each for each in play.lane.sandbox.ledger()["sessions"]}
    paid = sessions[placed.token]
    amount = {"amount": play.random.randint(1, paid["amount_total"] - 1)} if part else {}
    play.lane.sandbox.ask("POST", "/refund.json", {"payment_intent": paid["payment_intent"], **amount})
    play.rest()
    state = play.buyer.look(link)
    play.expect(state == ("paid" if part else "refunded"), f"sent back, and the page says {state}")


def refund_whole(play: Play) -> None:
    refund(play, part=False)


def refund_part(play: Play) -> None:
    refund(play, part=True)


def lost_answer(play: Play) -> None:
    """The shop never hears of the session, and when its time is over nobody has made one: the call itself got
    lost."""
    play.fill_cart()
    _lose_the_answer(play, effect="reset")
    play.lane.let_time_pass()


def found_again(play: Play) -> None:
    """Stripe makes the session, the shop never hears of it, and it may be paid all the same: no webhook
    tells, the worker asks Stripe what there is."""
    play.hidden = True
    play.fill_cart()
    session = _lose_the_answer(play)
    play.lane.sandbox.webhooks("drop", times=100)
    if play.maybe(0.5):
        play.lane.sandbox.pay(session, card=GOOD_CARD)
    play.lane.let_time_pass()


def _lose_the_answer(play: Play, effect: str = "lose_response") -> str:
    """The session that nobody was told of, if there is one: whoever reads Stripe's log could pay it."""
    known = {session["id"] for session in play.lane.sandbox.ledger()["sessions"]}
    total = play.buyer.read_total()
    assert total is not None
    play.lane.sandbox.fault(call="sessions.create", effect=effect, times=2)
    patience, play.buyer.patience = play.buyer.patience, 1
    try:
        play.buyer.post_form(total)
    except NoLuck:
        pass
    finally:
        play.buyer.patience = patience
    sessions = [each["id"] for each in play.lane.sandbox.ledger()["sessions"] if each["id"] not in known]
    return str(sessions[0]) if sessions else ""


def late_payment(play: Play) -> None:
    """It is paid all the same when the order has long expired; the pieces are still there. (The shop's clock
    was wrong, so that it has looked for the session at another time.)"""
    play.hidden = True
    play.fill_cart()
    session = _lose_the_answer(play)
    play.lane.let_time_pass(wrong_clock=True)
    play.rest()
    play.lane.sandbox.pay(session, card=GOOD_CARD)


def late_and_sold_out(play: Play) -> None:
    """The same, and the pieces are sold meanwhile."""
    play.hidden = True
    play.fill_cart("VASE")
    session = _lose_the_answer(play)
    play.lane.let_time_pass(wrong_clock=True)
    play.rest()
    with sold_out(play.lane, "VASE"):
        play.lane.sandbox.pay(session, card=GOOD_CARD)
        play.rest()


@contextmanager
def sold_out(lane: Lane, sku: str) -> Iterator[None]:
    with lane.db.write() as connection:
        left = connection.execute(
            text("SELECT stock FROM variants WHERE sku = :sku"), {"sku": sku}
        ).scalar_one()
        connection.execute(text("UPDATE variants SET stock = 0 WHERE sku = :sku"), {"sku": sku})
    try:
        yield
    finally:
        with lane.db.write() as connection:
            back = text("UPDATE variants SET stock = stock + :left WHERE sku = :sku")
            connection.execute(back, {"sku": sku, "left": left})


def second_payment(play: Play) -> None:
    """A session whose answer was lost is left behind for another, and then both are paid."""
    play.hidden = True
    play.fill_cart()
    forgotten = _lose_the_answer(play)
    tab = play.buyer.other_tab(htmx=not play.buyer.htmx)  # asks for another kind of session
    placed = tab.check_out()
    tab.close()
    play.expect(placed.token != forgotten, "another kind of session, and the same id")
    for session in play.random.sample([placed.token, forgotten], 2):
        play.lane.sandbox.pay(session, card=GOOD_CARD)
    play.rest()


SCENARIOS: dict[str, Callable[[Play], None]] = {
    scenario.__name__: scenario
    for scenario in (
        pay,
        pay_and_leave,
        pay_untold,
        decline_then_pay,
        abandon,
        abandon_to_sweeper,
        pay_after_expiry,
        bank_succeeds,
        bank_untold,
        bank_fails,
        change_cart,
        change_after_paying,
        two_tabs,
        double_click,
        resubmit,
        refund_whole,
        refund_part,
        lost_answer,
        found_again,
        late_payment,
        late_and_sold_out,
        second_payment,
    )
}  # fmt: skip
