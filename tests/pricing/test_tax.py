"""Tax: worked out by hand, and held against exact fractions."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webshop.pricing.tax import MILLION, Following, TaxLine, assess, follow, tax_of

BY_HAND = [  # amount, rate in percent, included, step, tax
    (2890, "19", True, 1, 461),  # 28.90 × 19/119 = 4.6142…
    (2890, "19", False, 1, 549),  # 28.90 × 0.19 = 5.491
    (3390, "25.5", True, 1, 689),  # 33.90 × 25.5/125.5 = 6.8880…
    (3390, "25.5", False, 1, 864),  # 33.90 × 0.255 = 8.6445
    (9800, "8.1", True, 1, 734),  # 98.00 × 8.1/108.1 = 7.3432…
    (2800, "8.875", False, 1, 249),  # 28.00 × 0.08875 = 2.485, half up
    (2799, "8.875", False, 1, 248),  # 27.99 × 0.08875 = 2.4841…
    (3393, "20", True, 1, 566),  # 33.93 × 20/120 = 5.655, half up
    (3392, "20", True, 1, 565),  # 33.92 × 20/120 = 5.6533…
    (805, "10", False, 1, 81),  # 8.05 × 0.10 = 0.805, half up
    (804, "10", False, 1, 80),
    (20, "2.1", True, 1, 0),  # 0.20 × 2.1/102.1 = 0.0041…
    (3, "20", True, 1, 1),  # 0.03 × 20/120 = 0.005, half up
    (2, "20", True, 1, 0),  # 0.02 × 20/120 = 0.0033…
    (4300, "10", True, 1, 391),  # 4300 yen × 10/110 = 390.90…
    (11500, "10", True, 10, 1050),  # 11.500 dinars × 10/110 = 1.0454…, to ten fils
    (2250, "10", False, 10, 230),  # 2.250 × 0.10 = 0.225, half up to ten fils
    (2240, "10", False, 10, 220),  # 2.240 × 0.10 = 0.224
    (40, "5", False, 10, 0),  # 0.040 × 0.05 = 0.002
    (1000, "100", True, 1, 500),  # half of it is tax
    (1000, "100", False, 1, 1000),
    (1000, "0", True, 1, 0),
    (0, "19", True, 1, 0),
    (1_000_000, "0.0001", False, 1, 1),  # 10,000.00 × 0.000001 = 0.01: the smallest rate there is
    (99_999_999, "27", True, 1, 21_259_842),  # 999,999.99 × 27/127 = 212,598.4230…
]


@pytest.mark.parametrize(("amount", "percent", "included", "step", "tax"), BY_HAND)
def test_tax_as_worked_out_by_hand(amount: int, percent: str, included: bool, step: int, tax: int) -> None:
    assert tax_of(amount, millionths(percent), included=included, step=step) == tax


def millionths(percent: str) -> int:
    return int(Fraction(percent) * 10_000)


def test_the_lines_of_one_rate_are_added_up_before_they_are_rounded() -> None:
    four_tiles_and_a_parcel = [(190_000, 99)] * 4 + [(190_000, 490)]
    assert [tax_of(amount, rate, included=True) for rate, amount in four_tiles_and_a_parcel] == [
        16, 16, 16, 16, 78,
    ]  # fmt: skip  # 1.42 in all
    assert assess(four_tiles_and_a_parcel, "VAT", "EUR", included=True) == (
        TaxLine("VAT", 190_000, 886, 141),  # 8.86 × 19/119 = 1.4146…
    )


def test_there_is_a_line_for_each_rate_with_the_highest_first() -> None:
    taxed = [(50_000, 750), (200_000, 1000), (135_000, 800), (200_000, 395)]
    assert assess(taxed, "VAT", "GBP", included=True) == (
        TaxLine("VAT", 200_000, 1395, 233),  # 13.95 × 20/120 = 2.325
        TaxLine("VAT", 135_000, 800, 95),  # 8.00 × 13.5/113.5 = 0.9515…
        TaxLine("VAT", 50_000, 750, 36),  # 7.50 × 5/105 = 0.3571…
    )


def test_what_is_not_taxed_and_what_is_free_have_no_line() -> None:
    assert assess([], "VAT", "EUR", included=True) == ()
    assert assess([(0, 500)], "VAT", "EUR", included=True) == ()
    assert assess([(190_000, 0)], "VAT", "EUR", included=False) == ()


def test_a_tax_that_rounds_to_nothing_keeps_its_line() -> None:
    assert assess([(21_000, 20)], "TVA", "EUR", included=True) == (TaxLine("TVA", 21_000, 20, 0),)


@pytest.mark.parametrize(
    ("currency", "tax"),
    [("EUR", 1045), ("JPY", 1045), ("BHD", 1050), ("KWD", 1050), ("JOD", 1050), ("OMR", 1050), ("TND", 1050)],
)
def test_three_decimals_are_rounded_to_two(currency: str, tax: int) -> None:
    [line] = assess([(100_000, 11500)], "VAT", currency, included=True)  # 11,500 × 10/110 = 1,045.45…
    assert line.amount == tax


FOLLOWED: list[tuple[Following, str, list[tuple[int, int]], int, list[tuple[int, int]]]] = [
    ("main", "EUR", [(190_000, 2400), (70_000, 1000)], 490, [(190_000, 490)]),
    ("main", "EUR", [(190_000, 2400), (70_000, 1300), (70_000, 1200)], 490, [(70_000, 490)]),
    ("main", "EUR", [(70_000, 1000), (190_000, 1000)], 490, [(190_000, 490)]),  # as much of both
    ("main", "EUR", [(0, 2000), (190_000, 1000)], 490, [(0, 490)]),  # untaxed goods
    ("proportion", "EUR", [(190_000, 2400)], 490, [(190_000, 490)]),
    ("proportion", "EUR", [(190_000, 2400), (70_000, 1000)], 490, [(190_000, 346), (70_000, 144)]),
    ("proportion", "EUR", [(70_000, 1), (190_000, 1)], 1, [(70_000, 0), (190_000, 1)]),  # halves
    ("proportion", "EUR", [(1, 1), (2, 1), (3, 1)], 100, [(1, 33), (2, 33), (3, 34)]),
    ("proportion", "EUR", [(1, 1), (2, 1), (3, 1)], 200, [(1, 66), (2, 67), (3, 67)]),
    ("proportion", "EUR", [(190_000, 2400), (70_000, 1000)], 0, [(190_000, 0), (70_000, 0)]),
    ("proportion", "JPY", [(100_000, 2000), (80_000, 1000)], 500, [(100_000, 333), (80_000, 167)]),
    ("proportion", "KWD", [(100_000, 2000), (50_000, 1000)], 2500, [(100_000, 1670), (50_000, 830)]),
    ("proportion", "ISK", [(2, 249_000), (1, 129_000)], 99_000, [(2, 65_200), (1, 33_800)]),
]  # fmt: skip


@pytest.mark.parametrize(("how", "currency", "goods", "parcel", "taxed"), FOLLOWED)
def test_a_parcel_is_taxed_like_most_of_the_goods_or_in_proportion(
    how: Following,
    currency: str,
    goods: list[tuple[int, int]],
    parcel: int,
    taxed: list[tuple[int, int]],
) -> None:
    assert follow(goods, parcel, how, currency) == taxed
    assert sum(amount for _rate, amount in taxed) == parcel


# For any amount and rate

amounts = st.integers(0, 10**12)
rates = st.integers(0, MILLION)
steps = st.sampled_from([1, 10])


def exact(amount: int, rate: int, *, included: bool) -> Fraction:
    share = Fraction(rate, MILLION)
    return amount * share / (1 + share) if included else amount * share


@given(amounts, rates, st.booleans(), steps)
def test_tax_is_the_exact_one_rounded_half_up(amount: int, rate: int, included: bool, step: int) -> None:
    tax = tax_of(amount, rate, included=included, step=step)
    off = tax - exact(amount, rate, included=included)
    assert tax % step == 0
    assert -Fraction(step, 2) < off <= Fraction(step, 2)


@given(st.integers(0, 10**9), st.sampled_from([1, 10]))
def test_exactly_half_a_step_is_rounded_up(half_steps: int, step: int) -> None:
    odd = 2 * half_steps + 1  # at 50 % the tax is odd/2 steps
    assert tax_of(odd * step, MILLION // 2, included=False, step=step) == (half_steps + 1) * step
    assert tax_of(odd * step, MILLION, included=True, step=step) == (half_steps + 1) * step


@given(amounts, rates)
def test_included_tax_is_a_part_of_the_price(gross: int, rate: int) -> None:
    tax = tax_of(gross, rate, included=True)
    assert 0 <= tax <= gross
    net = gross - tax
    assert abs(net * (1 + Fraction(rate, MILLION)) - gross) <= 1  # the price without it leads back to it


@given(st.integers(0, 10**11), rates)
def test_included_tax_in_tens_is_a_part_of_a_price_in_tens(tens: int, rate: int) -> None:
    assert 0 <= tax_of(10 * tens, rate, included=True, step=10) <= 10 * tens


@given(amounts, st.integers(0, 10**6), rates, st.booleans(), steps)
def test_more_money_is_never_less_tax(amount: int, more: int, rate: int, included: bool, step: int) -> None:
    assert tax_of(amount, rate, included=included, step=step) <= tax_of(
        amount + more, rate, included=included, step=step
    )


@given(amounts, rates, st.integers(0, MILLION), st.booleans())
def test_a_higher_rate_is_never_less_tax(amount: int, rate: int, more: int, included: bool) -> None:
    assert tax_of(amount, rate, included=included) <= tax_of(amount, rate + more, included=included)


taxed = st.lists(st.tuples(st.sampled_from([0, 21_000, 55_000, 88_750, 190_000, 255_000]), amounts))


@given(taxed, st.booleans(), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_lines_are_the_sum_of_what_is_taxed_rate_by_rate(
    lines: list[tuple[int, int]], included: bool, currency: str
) -> None:
    found = assess(lines, "VAT", currency, included=included)
    rates_in_order = [line.rate for line in found]
    assert rates_in_order == sorted(set(rates_in_order), reverse=True)
    assert sum(line.base for line in found) == sum(amount for rate, amount in lines if rate)
    for line in found:
        assert line.base == sum(amount for rate, amount in lines if rate == line.rate)
        assert line.amount == tax_of(
            line.base, line.rate, included=included, step=10 if currency == "KWD" else 1
        )


@given(taxed, st.booleans())
def test_amounts_in_a_currency_of_three_decimals_end_in_0(
    lines: list[tuple[int, int]], included: bool
) -> None:
    for currency in ("BHD", "JOD", "KWD", "OMR", "TND"):
        assert all(line.amount % 10 == 0 for line in assess(lines, "VAT", currency, included=included))


@given(taxed, st.booleans(), st.randoms())
def test_the_order_of_the_lines_does_not_matter(
    lines: list[tuple[int, int]], included: bool, random: Random
) -> None:
    mixed = list(lines)
    random.shuffle(mixed)
    assert assess(mixed, "VAT", "EUR", included=included) == assess(lines, "VAT", "EUR", included=included)
