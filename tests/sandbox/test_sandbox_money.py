"""Amounts as the sandbox's pages write them, and what it refuses as Stripe does, currency by currency."""

from pathlib import Path
from typing import Any

import pytest
import stripe

from webshop.pricing import money
from webshop.sandbox.core import Sandbox
from webshop.sandbox.rules.price_rules import check_prices
from webshop.sandbox.state.errors import ApiError
from webshop.sandbox.state.money import CURRENCIES, format_amount
from webshop.sandbox.testing import client_of, pay, session_params

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1250, "eur", "€12.50"),
        (1250, "jpy", "¥1,250"),
        (1250, "chf", f"12.50{NBSP}CHF"),
        (12500, "kwd", f"12.500{NBSP}KWD"),
        (10000, "ugx", f"100.00{NBSP}UGX"),  # no coins, and two decimals at Stripe all the same
        (10000, "isk", f"100.00{NBSP}ISK"),
        (-5, "usd", "-$0.05"),
    ],
)
def test_an_amount_is_written_for_people(amount: int, currency: str, written: str) -> None:
    assert format_amount(amount, currency) == written


def test_the_sandbox_counts_as_the_shop_does() -> None:
    """They read one table, because neither imports the other."""
    sandbox = {code.upper(): tuple(row) for code, row in CURRENCIES.items()}
    assert sandbox == {code: tuple(vars(row).values()) for code, row in money.CURRENCIES.items()}


def of(amount: int, currency: str) -> dict[str, Any]:
    """What a session needs to sell one thing at this price, without a parcel."""
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Mug"}}
    return {"line_items": [{"price_data": price, "quantity": 1}]}


@pytest.mark.parametrize(
    ("amount", "currency", "code", "words"),
    [
        (49, "eur", "amount_too_small", "total amount due must add up to at least €0.50"),
        (29, "gbp", "amount_too_small", "at least £0.30"),
        (49, "jpy", "amount_too_small", "at least ¥50"),
        (17499, "huf", "amount_too_small", f"at least 175.00{NBSP}HUF"),
        (100_000_000, "eur", "amount_too_large", "no more than €999,999.99"),
        (1_000_000_000_000, "idr", "amount_too_large", f"no more than 9,999,999,999.99{NBSP}IDR"),
        (1050, "isk", None, "An amount in ISK must be evenly divisible by 100"),
        (1050, "ugx", None, "An amount in UGX must be evenly divisible by 100"),
        (1005, "kwd", None, "The last digit of an amount in KWD must be 0"),
        (1000, "eux", "invalid_currency", "Invalid currency: eux. Stripe currently supports"),
        (1000, "hrk", "invalid_currency", "Invalid currency: hrk"),
    ],
)
def test_what_stripe_cannot_charge_is_refused_as_stripe_does(
    tmp_path: Path, amount: int, currency: str, code: str | None, words: str
) -> None:
    client = client_of(Sandbox(tmp_path / "sandbox.db", base_url="http://shop.test/sandbox"))
    with pytest.raises(stripe.InvalidRequestError) as error:
        client.v1.checkout.sessions.create(session_params(shipping_options=None, **of(amount, currency)))
    assert (error.value.http_status, error.value.code) == (400, code)
    assert words in str(error.value)


def test_every_currency_is_charged_from_its_least_to_its_most_in_its_steps() -> None:
    for code, (_decimals, step, least, most) in CURRENCIES.items():
        check_prices(of(least, code))
        check_prices(of(most, code))
        for amount in (least - step, most + step, *([least + 1] if step > 1 else [])):
            with pytest.raises(ApiError):
                check_prices(of(amount, code))


@pytest.mark.parametrize(("currency", "price", "fraction"), [("isk", 10000, 150), ("kwd", 10000, 15)])
def test_a_refund_is_a_multiple_of_the_step_too(
    tmp_path: Path, currency: str, price: int, fraction: int
) -> None:
    sandbox = Sandbox(tmp_path / "sandbox.db", base_url="http://shop.test/sandbox")
    client = client_of(sandbox)
    session = client.v1.checkout.sessions.create(session_params(shipping_options=None, **of(price, currency)))
    pay(sandbox, session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id)
    intent = str(paid.payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match="must be"):
        client.v1.refunds.create({"payment_intent": intent, "amount": fraction})
    assert client.v1.refunds.create({"payment_intent": intent, "amount": 10 * fraction // 15 * 10}).amount
