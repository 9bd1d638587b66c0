"""However many parts the money comes back in, the tax in them stays in proportion to it."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime

from webshop.orders.credit import CreditNote, take_back
from webshop.pricing import money
from webshop.pricing.tax import TaxLine, assess

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def note(amount: int, taxes: tuple[TaxLine, ...]) -> CreditNote:
    return CreditNote("CN-2026-000001", 1, 1, None, "2026-000001", NOON, "EUR", amount, taxes)


def given(
    amounts: Sequence[int], total: int, taxes: Sequence[TaxLine], currency: str, *, added: bool
) -> list[tuple[TaxLine, ...]]:
    """The taxes of one note after the other."""
    notes: list[CreditNote] = []
    for amount in amounts:
        notes.append(note(amount, take_back(amount, total, taxes, currency, added=added, notes=notes)))
    return [each.taxes for each in notes]


def test_small_parts_one_by_one_stay_as_near_to_the_tax_as_they_can() -> None:
    """1.00 with 19 % in it, a cent at a time: after 50 of them 8 of the 16 cents of tax are back."""
    taxes = (TaxLine("VAT", 190_000, 100, 16),)
    parts = given([1] * 100, 100, taxes, "EUR", added=False)
    cumulative = [sum(each[0].amount for each in parts[:count]) for count in (25, 50, 75, 100)]
    assert cumulative == [4, 8, 12, 16]


def test_the_law_on_random_orders() -> None:
    """Never below 0, never more than a step from the proportion, and all of it when all is back."""
    chance, wrong = random.Random(11), []
    for case in range(400):
        currency = chance.choice(["EUR", "JPY", "KWD", "ISK"])
        step, added = money.step(currency), chance.random() < 0.5
        lines = [
            (rate, step * chance.randint(1, 4000)) for rate in chance.sample([0, 55_000, 70_000, 190_000], 3)
        ]
        taxes = assess(lines, "VAT", currency, included=not added)
        total = sum(amount for _rate, amount in lines) + (sum(each.amount for each in taxes) if added else 0)
        cuts = sorted(chance.sample(range(1, total // step), min(6, total // step - 1)))
        amounts = [step * (b - a) for a, b in zip([0, *cuts], [*cuts, total // step], strict=True)]
        parts = given(amounts, total, taxes, currency, added=added)
        for number, tax in enumerate(taxes):
            back = gone = 0
            for amount, each in zip(amounts, parts, strict=True):
                back, gone = back + each[number].amount, gone + amount
                if each[number].amount < 0 or each[number].amount % step:
                    wrong.append(f"{case}: a part of {each[number].amount} {currency}")
                if abs(back * total - tax.amount * gone) >= step * total:
                    wrong.append(f"{case}: {back} of {tax.amount} is back with {gone} of {total} {currency}")
            if back != tax.amount or sum(each[number].base for each in parts) != tax.base:
                wrong.append(f"{case}: {back} is back of {tax.amount}")
    assert wrong == []
