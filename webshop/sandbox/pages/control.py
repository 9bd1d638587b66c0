"""The sandbox by program: its faults, and what shopper, bank, owner and time do, as JSON.

    GET    /faults.json    all rules with their hits, of webhooks too, and how many deliveries are waiting
    POST   /faults.json    {effect, call?, nth?, times?, seconds?, process_group?}
    DELETE /faults.json    forgets all rules; webhooks that were held are released
    POST   /webhooks.json  {action, event?, times?, copies?, seconds?, sequence?, seed?}
    POST   /pay.json       {session, card | bank: true | challenge: complete or fail, email?, shipping?}
    POST   /bank.json      {session, outcome: succeed or fail}
    POST   /refund.json    {payment_intent, amount?}
    POST   /risk.json      {payment_intent, kind: as Stripe names the object, outcome: open, good or bad}
    POST   /expire.json    {session}: its time is over now

sandbox/faults/faults.py says what each effect means, sandbox/state/webhooks.py what each action does.

What cannot be read is a 422, what does not exist a 404, what cannot be done now a 409, and each says why:
{"error": "a sentence"}. A declined card is no error of this kind: it is a step, and the session stays open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webshop.sandbox import risks
from webshop.sandbox.core import Sandbox
from webshop.sandbox.faults import faults
from webshop.sandbox.objects import payments, refunds, sessions
from webshop.sandbox.objects.payments import Attempt, NotOpen, Step
from webshop.sandbox.pages.attempts import Mistyped, attempt
from webshop.sandbox.pages.forms import from_another_site
from webshop.sandbox.pages.rendering import sandbox_of
from webshop.sandbox.state import webhooks
from webshop.sandbox.state.errors import ApiError
from webshop.sandbox.state.work import Document, Work

Body = TypeVar("Body", bound=BaseModel)
Answer = dict[str, Any]


class Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pay(Command):
    """By card, by bank, or the answer to the challenge that a card has led to; both in one is fine."""

    session: str
    card: str = ""
    bank: bool = False
    challenge: Literal["complete", "fail"] | None = None
    email: str = ""
    shipping: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Pay:
        if bool(self.card) == self.bank and not (self.challenge and not self.card):
            raise ValueError("Say how to pay: a card, a bank, or how the challenge ends.")
        return self


class Bank(Command):
    session: str
    outcome: Literal["succeed", "fail"]


class Refund(Command):
    """amount is in minor units; None means all that is left."""

    payment_intent: str
    amount: int | None = Field(default=None, ge=1, le=10**12)


class Risk(Command):
    """good and bad are meant for the shop: a dispute is won or lost, a review approved or refused."""

    payment_intent: str
    kind: risks.Kind
    outcome: Literal["open", "good", "bad"]


class Expire(Command):
    session: str


def json_view(
    model: type[Body], view: Callable[[Sandbox, Body], Answer], status: int = 200
) -> Callable[[Request], Awaitable[Response]]:
    """Lets a plain function with the body as its second argument answer, in the thread pool."""

    async def read_json(request: Request) -> Response:
        if from_another_site(request):
            return _error(403, "This request was sent from another site.")
        try:
            body = model.model_validate_json(await request.body() or b"{}")
            return JSONResponse(await run_in_threadpool(view, sandbox_of(request), body), status)
        except ValidationError as error:
            return _error(422, sentence_of(error))
        except HTTPException as refusal:
            return _error(refusal.status_code, refusal.detail)

    return read_json


def _error(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)


def sentence_of(error: ValidationError) -> str:
    """Each mistake, with the field's name if it is one field's."""
    mistakes = []
    for mistake in error.errors():
        field = ".".join(str(step) for step in mistake["loc"])
        words = mistake["msg"].removeprefix("Value error, ").rstrip(".")
        mistakes.append(f"{field}: {words}." if field else f"{words}.")
    return " ".join(mistakes)


def show_faults(sandbox: Sandbox, _: Command) -> Answer:
    with sandbox.work() as work:
        return {
            "kills": sandbox.kills,
            "faults": faults.list_faults(work),
            "webhooks": webhooks.list_rules(work),
            "waiting": webhooks.count_waiting(work),
        }


def add_fault(sandbox: Sandbox, fault: faults.Fault) -> Answer:
    if fault.effect in faults.KILLS:
        if not sandbox.kills:
            raise HTTPException(403, "Killing processes is not switched on in this sandbox.")
        if problem := faults.group_problem(fault.process_group):
            raise HTTPException(422, problem)
    return {"id": faults.add(sandbox.store, fault), **fault.model_dump()}


def forget_all(sandbox: Sandbox, _: Command) -> Answer:
    with sandbox.work() as work:
        faults.forget(work)
        webhooks.apply(work, webhooks.Rule(action="normal"))
    sandbox.news.set()
    return show_faults(sandbox, _)


def rule_webhooks(sandbox: Sandbox, rule: webhooks.Rule) -> Answer:
    with sandbox.work() as work:
        webhooks.apply(work, rule)
        answer = {"webhooks": webhooks.list_rules(work), "waiting": webhooks.count_waiting(work)}
    sandbox.news.set()
    return answer


def pay(sandbox: Sandbox, command: Pay) -> Answer:
    with sandbox.work() as work:
        session = _session(work, command.session)
        try:
            result = _attempts(work, session, command)
        except NotOpen as error:
            raise HTTPException(409, f"This session is {error.session['status']}.") from None
        except Mistyped as error:
            raise HTTPException(422, str(error)) from None
        return _state(work, command.session) | {"step": result.step.value, "message": result.sentence}


def _attempts(work: Work, session: Document, command: Pay) -> Attempt:
    """The attempt, then the answer to its challenge; raises NotOpen and Mistyped."""
    result = None
    if command.card or command.bank:
        typed = {"number": command.card, "expiry": "12/99", "cvc": "123", "email": command.email}
        method = "bank" if command.bank else "card"
        result = attempt(work, session, typed | {"method": method, "shipping": command.shipping})
    if command.challenge and (result is None or result.step is Step.CHALLENGE):
        result = payments.answer_challenge(work, session["id"], passed=command.challenge == "complete")
    if result is None:
        raise HTTPException(409, "This session has no challenge to answer.")
    return result


def end_bank_payment(sandbox: Sandbox, command: Bank) -> Answer:
    with sandbox.work() as work:
        _session(work, command.session)
        if not payments.settle_bank_payment(work, command.session, succeeded=command.outcome == "succeed"):
            raise HTTPException(409, "This session is not waiting for a bank payment.")
        return _state(work, command.session)


def refund(sandbox: Sandbox, command: Refund) -> Answer:
    """As from the owner's dashboard: without metadata."""
    with sandbox.work() as work:
        if work.find("payment_intent", command.payment_intent) is None:
            raise HTTPException(404, "There is no such payment intent.")
        try:
            return refunds.create(work, command.model_dump(exclude_none=True))
        except ApiError as refusal:
            raise HTTPException(409, refusal.message) from None


def change_risk(sandbox: Sandbox, command: Risk) -> Answer:
    with sandbox.work() as work:
        intent = work.find("payment_intent", command.payment_intent)
        if intent is None or not intent["latest_charge"]:
            raise HTTPException(404, "There is no such charge.")
        charge = work.get("charge", intent["latest_charge"])
        if problem := risks.change(work, command.kind, charge, command.outcome):
            raise HTTPException(409, problem)
        return work.select(command.kind, {"charge": charge["id"]})[0]


def expire(sandbox: Sandbox, command: Expire) -> Answer:
    with sandbox.work() as work:
        session = _session(work, command.session)
        if session["status"] != "open":
            raise HTTPException(409, f"This session is {session['status']}.")
        sessions.run_out(work, session)
        return _state(work, command.session)


def _session(work: Work, session_id: str) -> Document:
    session = work.find(sessions.KIND, session_id)
    if session is None:
        raise HTTPException(404, "There is no such session.")
    return session


def _state(work: Work, session_id: str) -> Answer:
    """Where the session is now."""
    session = _session(work, session_id)
    shown = ("status", "payment_status", "payment_intent")
    return {"session": session_id} | {name: session[name] for name in shown}
