"""The test cards, and what a person may type about a card. Numbers are read, never kept.

https://docs.stripe.com/testing
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from webshop.sandbox.risks import Kind


@dataclass(frozen=True)
class Outcome:
    """What the bank says to a test card; an empty code means that the money moves. `befalls`: what
    becomes of the charge then."""

    label: str
    challenge: bool = False
    code: str = ""
    decline_code: str = ""
    sentence: str = ""
    befalls: Kind | None = None


CARDS: dict[str, Outcome] = {
    "4242424242424242": Outcome("Payment succeeds"),
    "4000002760003184": Outcome("3-D Secure", challenge=True),
    "4000000000003220": Outcome("3-D Secure, always", challenge=True),
    "4000000000000259": Outcome("Disputed afterwards", befalls="dispute"),
    "4000000000005423": Outcome("Early fraud warning", befalls="radar.early_fraud_warning"),
    "4000000000009235": Outcome("Sent to review", befalls="review"),
    "4000000000000002": Outcome(
        "Declined", code="card_declined", decline_code="generic_decline", sentence="Your card was declined."
    ),
    "4000000000009995": Outcome(
        "Insufficient funds",
        code="card_declined",
        decline_code="insufficient_funds",
        sentence="Your card has insufficient funds.",
    ),
    "4000000000009979": Outcome(
        "Stolen card", code="card_declined", decline_code="stolen_card", sentence="Your card was declined."
    ),
    "4000000000000069": Outcome(
        "Expired card", code="expired_card", decline_code="expired_card", sentence="Your card has expired."
    ),
    "4000000000000127": Outcome(
        "Incorrect CVC",
        code="incorrect_cvc",
        decline_code="incorrect_cvc",
        sentence="Your card's security code is incorrect.",
    ),
}

WRONG_NUMBER = "Your card number is invalid. Check it, or use one of the test cards below."
NOT_A_TEST_CARD = "This is a sandbox: it takes its own test cards only. Never type a real card number here."
WRONG_EXPIRY = "Enter the expiry date as month and year, for example 12/34."
PAST_EXPIRY = "Your card's expiry date is in the past."
WRONG_CVC = "Enter the 3 or 4 digits of your card's security code."


@dataclass(frozen=True)
class Card:
    """All that is kept of a card."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    outcome: Outcome


def read_card(form: Mapping[str, str], now: int) -> tuple[Card | None, dict[str, str]]:
    """The card typed into the payment form, or a sentence for each field that is wrong."""
    number = re.sub("[ -]", "", form.get("number", ""))
    expiry = _read_expiry(form.get("expiry", ""))
    problems = {
        "number": _number_problem(number),
        "expiry": _expiry_problem(expiry, now),
        "cvc": "" if re.fullmatch("[0-9]{3,4}", form.get("cvc", "").strip()) else WRONG_CVC,
    }
    problems = {field: sentence for field, sentence in problems.items() if sentence}
    if problems or expiry is None:
        return None, problems
    month, year = expiry
    return Card("visa", number[-4:], month, year, CARDS[number]), {}


def _number_problem(number: str) -> str:
    if number in CARDS:
        return ""
    return NOT_A_TEST_CARD if _passes_luhn(number) else WRONG_NUMBER


def _passes_luhn(number: str) -> bool:
    if not re.fullmatch("[0-9]{12,19}", number):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _read_expiry(text: str) -> tuple[int, int] | None:
    """Month and full year of `12/34`, `12 / 34`, `1234` or `12/2034`."""
    match = re.fullmatch(
        r"\s*([0-9]{1,2})\s*/\s*([0-9]{2}|20[0-9]{2})\s*|\s*([0-9]{2})([0-9]{2}|20[0-9]{2})\s*", text
    )
    if match is None:
        return None
    month, year = int(match[1] or match[3]), int(match[2] or match[4])
    return (month, year % 100 + 2000) if 1 <= month <= 12 else None


def _expiry_problem(expiry: tuple[int, int] | None, now: int) -> str:
    if expiry is None:
        return WRONG_EXPIRY
    month, year = expiry
    today = datetime.fromtimestamp(now, UTC)
    return PAST_EXPIRY if (year, month) < (today.year, today.month) else ""
