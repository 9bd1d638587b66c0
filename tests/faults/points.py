"""Where a process can be killed: a function of the product, entered from some door, at some moment.

`before` and `after` are outside of what the function does. `inside` is in its transaction, when every
statement has been sent and the COMMIT has not.
"""

from dataclasses import dataclass
from typing import Literal

Moment = Literal["before", "inside", "after"]
Door = Literal["checkout", "charge", "webhook", "worker"]

# The functions by which work enters the shop.
DOORS: dict[str, Door] = {
    "webshop.checkout.place:check_out": "checkout",
    "webshop.checkout.returns:_settled": "charge",
    "webshop.checkout.webhook:_handle": "webhook",
    "webshop.worker.rounds:work": "worker",
}

# Every function that has points, by the name it has in them.
FUNCTIONS: dict[str, str] = {
    "check_out": "webshop.checkout.place:check_out",
    "place_order": "webshop.checkout.place:place_order",
    "begin_attempt": "webshop.checkout.session:_begin_attempt",
    "store_session": "webshop.checkout.session:_store_session",
    "cancel": "webshop.checkout.session:_cancel",
    "open": "webshop.payments.client:Payments.open",
    "fetch": "webshop.payments.client:Payments.fetch",
    "find_session": "webshop.payments.client:Payments.find_session_id",
    "expire": "webshop.payments.client:Payments.expire",
    "refund": "webshop.payments.client:Payments.refund",
    "settled": "webshop.checkout.returns:_settled",
    "handle": "webshop.checkout.webhook:_handle",
    "remember": "webshop.checkout.webhook:_remember",
    "settle_session": "webshop.checkout.settle:settle_session",
    "store_refunds": "webshop.checkout.settle:_store_refunds",
    "claim_poll": "webshop.worker.rounds:_claim_poll",
    "claim_refund": "webshop.worker.rounds:_claim_refund",
    "claim_mail": "webshop.mail.send:_claim_mail",
    "send_mail": "webshop.mail.send:send_mail",
    "deliver": "webshop.mail.smtp:SmtpServer.send",
    "forget": "webshop.worker.rounds:_forget",
    "tidy": "webshop.worker.tidying:tidy",
}


@dataclass(frozen=True)
class Point:
    """A moment of a function; `scenarios` are names of those that are certain to reach it."""

    door: Door
    function: str
    moment: Moment
    scenarios: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.door}.{self.function}.{self.moment}"

    @property
    def in_worker(self) -> bool:
        return self.door == "worker"


@dataclass(frozen=True)
class CallPoint:
    """Stripe receives a call and the caller dies: before it is executed, or after, without the answer."""

    call: str
    moment: Literal["before", "after"]
    scenarios: tuple[str, ...]
    in_worker: bool = False

    @property
    def name(self) -> str:
        return f"stripe.{self.call}.{self.moment}"


BUYING = (
    "pay",
    "pay_and_leave",
    "decline_then_pay",
    "bank_succeeds",
    "bank_fails",
    "resubmit",
    "double_click",
)
RETURNING = ("pay", "decline_then_pay", "resubmit", "refund_whole")
CHANGING = ("change_cart",)
LATE_CHANGE = ("change_after_paying",)
REFUNDING = ("late_and_sold_out", "second_payment")
DASHBOARD = ("refund_whole", "refund_part")
UNTOLD = ("pay_untold", "bank_untold")
GIVEN_UP = ("abandon_to_sweeper",)

POINTS: tuple[Point, ...] = (
    Point("checkout", "place_order", "before", BUYING),
    Point("checkout", "place_order", "inside", BUYING),
    Point("checkout", "place_order", "after", BUYING),
    Point("checkout", "begin_attempt", "inside", BUYING),
    Point("checkout", "open", "before", BUYING),
    Point("checkout", "open", "after", BUYING),
    Point("checkout", "store_session", "inside", BUYING),
    Point("checkout", "store_session", "after", BUYING),
    Point("checkout", "check_out", "after", BUYING),
    Point("checkout", "expire", "before", CHANGING),
    Point("checkout", "cancel", "before", CHANGING),
    Point("checkout", "cancel", "inside", CHANGING),
    Point("checkout", "cancel", "after", CHANGING),
    Point("checkout", "settle_session", "before", LATE_CHANGE),
    Point("checkout", "settle_session", "inside", LATE_CHANGE),
    Point("checkout", "settle_session", "after", LATE_CHANGE),
    Point("charge", "settled", "before", RETURNING),
    Point("charge", "fetch", "before", RETURNING),
    Point("charge", "settle_session", "before", RETURNING),
    Point("charge", "settle_session", "inside", RETURNING),
    Point("charge", "settle_session", "after", RETURNING),
    Point("charge", "settled", "after", RETURNING),
    Point("webhook", "handle", "before", BUYING),
    Point("webhook", "fetch", "before", BUYING),
    Point("webhook", "settle_session", "before", BUYING),
    Point("webhook", "settle_session", "inside", BUYING),
    Point("webhook", "settle_session", "after", BUYING),
    Point("webhook", "remember", "inside", BUYING),
    Point("webhook", "remember", "after", BUYING),
    Point("webhook", "store_refunds", "inside", DASHBOARD),
    Point("webhook", "store_refunds", "after", DASHBOARD),
    Point("worker", "claim_poll", "inside", UNTOLD),
    Point("worker", "claim_poll", "after", UNTOLD),
    Point("worker", "fetch", "after", UNTOLD),
    Point("worker", "settle_session", "inside", UNTOLD),
    Point("worker", "settle_session", "after", UNTOLD),
    Point("worker", "expire", "before", GIVEN_UP),
    Point("worker", "expire", "after", GIVEN_UP),
    Point("worker", "find_session", "before", ("lost_answer", "found_again")),
    Point("worker", "find_session", "after", ("lost_answer", "found_again")),
    Point("worker", "forget", "inside", ("lost_answer",)),
    Point("worker", "forget", "after", ("lost_answer",)),
    Point("worker", "claim_refund", "inside", REFUNDING),
    Point("worker", "claim_refund", "after", REFUNDING),
    Point("worker", "refund", "before", REFUNDING),
    Point("worker", "refund", "after", REFUNDING),
    Point("worker", "store_refunds", "inside", REFUNDING),
    Point("worker", "store_refunds", "after", REFUNDING),
    Point("worker", "claim_mail", "after", UNTOLD),
    Point("worker", "deliver", "before", UNTOLD),
    Point("worker", "deliver", "after", UNTOLD),
    Point("worker", "send_mail", "after", UNTOLD),
)

CALL_POINTS: tuple[CallPoint, ...] = (
    CallPoint("sessions.create", "before", BUYING),
    CallPoint("sessions.create", "after", BUYING),
    CallPoint("sessions.retrieve", "before", RETURNING),
    CallPoint("sessions.retrieve", "after", RETURNING),
    CallPoint("sessions.expire", "before", CHANGING),
    CallPoint("sessions.expire", "after", CHANGING),
    CallPoint("refunds.create", "before", REFUNDING, in_worker=True),
    CallPoint("refunds.create", "after", REFUNDING, in_worker=True),
)

# Asked to end in the middle of a request, a shop finishes it.
FAREWELLS: tuple[Point, ...] = (
    Point("checkout", "place_order", "inside", BUYING),
    Point("checkout", "open", "before", BUYING),
    Point("checkout", "open", "after", BUYING),
    Point("charge", "settle_session", "before", RETURNING),
    Point("charge", "settle_session", "inside", RETURNING),
)
