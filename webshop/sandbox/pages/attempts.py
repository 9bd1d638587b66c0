"""An attempt to pay, as the payment form sends it."""

from __future__ import annotations

from webshop.sandbox.objects import payments
from webshop.sandbox.objects.cards import read_card
from webshop.sandbox.objects.payments import Attempt, Buyer, NotOpen
from webshop.sandbox.objects.sessions import known_email
from webshop.sandbox.pages.forms import Form
from webshop.sandbox.rules.session_rules import is_email
from webshop.sandbox.state.work import Document, Work

WRONG_EMAIL = "Enter an e-mail address, for example name@example.com."


class Mistyped(Exception):
    """Nothing was tried: a sentence for each field that is wrong."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def attempt(work: Work, session: Document, form: Form) -> Attempt:
    """By card or, if the method is bank, by bank; raises NotOpen and Mistyped."""
    if session["status"] != "open":
        raise NotOpen(session)
    card, problems = (None, {}) if form.get("method") == "bank" else read_card(form, work.now)
    email = form.get("email", "").strip()
    if not known_email(session) and not is_email(email):
        problems["email"] = WRONG_EMAIL
    if problems:
        raise Mistyped(problems)
    buyer = Buyer(email, form.get("shipping", ""))
    if card is None:
        return payments.pay_by_bank(work, session["id"], buyer)
    return payments.pay_by_card(work, session["id"], card, buyer)
