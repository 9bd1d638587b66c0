"""What an invoice loses at each rate when money goes back: in whole minor units, never more than it has."""

import random

import pytest

from webshop.orders.credit import CreditNote, left_of, take_back
from webshop.pricing.tax import TaxLine

VAT = TaxLine("VAT", 190_000, 2890, 461)  # €28.90 with €4.61 in it
FOOD = TaxLine("VAT", 70_000, 1000, 65)


@pytest.mark.parametrize(
    ("amount", "whole", "taxes", "currency", "added", "expected"),
    [
        (500, 2890, [VAT], "EUR", False, [(500, 80)]),  # 5.00 × 4.61 ÷ 28.90 = 0.7976
        (2890, 2890, [VAT], "EUR", False, [(2890, 461)]),
        (1, 2890, [VAT], "EUR", False, [(1, 0)]),
        (1000, 2890, [], "EUR", False, []),  # nothing is taxed
        (500, 2890, [TaxLine("VAT", 0, 2890, 0)], "EUR", False, [(500, 0)]),
        (1190, 2380, [TaxLine("Tax", 190_000, 2000, 380)], "EUR", True, [(1000, 190)]),  # on top
        (1945, 3890, [VAT, FOOD], "EUR", False, [(1445, 231), (500, 33)]),  # 230.5 and 32.5 are rounded up
        (30, 100, [TaxLine("Tax", 100_000, 11, 1)], "JPY", False, [(3, 0)]),
        (1500, 2500, [TaxLine("VAT", 240_000, 2500, 500)], "ISK", False, [(1500, 300)]),
        # Two taxes of a state and its county on one thing, and each is known.
        (5444, 10_888, [TaxLine("A", 62_500, 10_000, 625), TaxLine("B", 26_300, 10_000, 263)], "USD", True,
         [(5000, 312), (5000, 132)]),
    ],
)  # fmt: skip
def test_a_part_refund_takes_back_its_part_of_each_tax(
    amount: int,
    whole: int,
    taxes: list[TaxLine],
    currency: str,
    added: bool,  # noqa: FBT001
    expected: list[tuple[int, int]],
) -> None:
    found = take_back(amount, whole, taxes, currency, added=added)
    assert [(line.base, line.amount) for line in found] == expected
    assert [(line.name, line.rate) for line in found] == [(line.name, line.rate) for line in taxes]


def test_iceland_gives_back_whole_crowns() -> None:
    [line] = take_back(10_100, 25_000, [TaxLine("VAT", 240_000, 25_000, 4800)], "ISK", added=False)
    assert (line.base, line.amount) == (10_100, 1900)  # 1939.2, in steps of 100


def note(amount: int, taxes: tuple[TaxLine, ...]) -> CreditNote:
    return CreditNote("", 1, 1, None, "", None, "EUR", amount, taxes)  # type: ignore[arg-type]


def test_parts_in_any_order_some_of_them_cancelled_add_up_to_the_whole() -> None:
    dice = random.Random(11)
    for _order in range(400):
        rates = dice.sample([50_000, 70_000, 190_000, 255_000], dice.randint(0, 3))
        taxes = [
            TaxLine("VAT", rate, base := dice.randint(1, 9999), base * rate // 1_190_000) for rate in rates
        ]
        added = dice.random() < 0.5
        sold = sum(line.base + (line.amount if added else 0) for line in taxes) + dice.choice([0, 0, 777])
        whole, notes = sold or 777, list[CreditNote]()
        while (left := left_of(whole, taxes, notes))[0]:
            amount = dice.choice([1, 2, left[0], dice.randint(1, left[0])])
            taken = take_back(min(amount, left[0]), *left, "EUR", added=added)
            notes.append(note(min(amount, left[0]), taken))
            assert all(line.amount >= 0 and line.base >= line.amount * (not added) for line in taken)
            assert sum(line.base + line.amount * added for line in taken) <= notes[-1].amount
            if dice.random() < 0.2:  # the bank sends it home
                home = tuple(TaxLine(line.name, line.rate, -line.base, -line.amount) for line in taken)
                notes.append(note(-notes[-1].amount, home))
            if len(notes) > 30:
                notes.append(
                    note(
                        (rest := left_of(whole, taxes, notes))[0],
                        take_back(rest[0], *rest, "EUR", added=added),
                    )
                )
        assert all((line.base, line.amount) == (0, 0) for line in left_of(whole, taxes, notes)[1])
