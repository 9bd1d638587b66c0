"""Tax on what is sold: one amount for each rate, computed with integers.

The rule: the lines of one rate (and shipping, at its own) are added up first, then the tax of the sum is
rounded once, half up, to the smallest amount that the currency is charged in (money.step).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from webshop.pricing import money

MILLION = 1_000_000  # a rate counts millionths: 19 % is 190,000

# Whether tax is in the prices or on top of them, and whether the rates are ours or Stripe's.
Mode = Literal["none", "included", "added", "stripe_included", "stripe_added"]
TaxClass = Literal["standard", "reduced", "low", "none"]
# How the parcel is taxed like the goods in it: at the rate of most of them, or in proportion.
Following = Literal["main", "proportion"]

NONTAXABLE = "txcd_00000000"  # Stripe's word for it: https://docs.stripe.com/tax/tax-codes


@dataclass(frozen=True)
class TaxLine:
    """The tax at one rate. `name` is what the country calls it, such as "VAT"; `base` is what is taxed: with
    the tax in it when prices include it, without it when it is added. Amounts in minor units, `rate` in
    millionths."""

    name: str
    rate: int
    base: int
    amount: int


def assess(
    taxed: Iterable[tuple[int, int]], name: str, currency: str, *, included: bool
) -> tuple[TaxLine, ...]:
    """The tax of pairs of a rate and an amount, the highest rate first. What has the rate 0 is not listed."""
    bases: dict[int, int] = {}
    for rate, amount in taxed:
        bases[rate] = bases.get(rate, 0) + amount
    step = money.step(currency)
    return tuple(
        TaxLine(name, rate, base, tax_of(base, rate, included=included, step=step))
        for rate, base in sorted(bases.items(), reverse=True)
        if rate and base
    )


def tax_of(amount: int, rate: int, *, included: bool, step: int = 1) -> int:
    """The tax in `amount` (or on it), rounded half up to a multiple of `step`."""
    whole = (MILLION + rate if included else MILLION) * step
    return (2 * amount * rate + whole) // (2 * whole) * step


def follow(
    goods: Iterable[tuple[int, int]], shipping: int, how: Following, currency: str
) -> list[tuple[int, int]]:
    """What the parcel costs, as pairs of a rate and an amount that follow those of the `goods` by value.
    Their sum is `shipping`; what a division leaves goes where it rounds off most, then to the higher rate."""
    values: dict[int, int] = {}
    for rate, amount in goods:
        values[rate] = values.get(rate, 0) + amount
    if how == "main":
        return [(max(values, key=lambda rate: (values[rate], rate)), shipping)]
    return list(share(shipping, values, money.step(currency)).items())


def share(amount: int, values: Mapping[int, int], step: int) -> dict[int, int]:
    """`amount`, a multiple of `step`, in multiples of it and in proportion to the `values`. What a division
    leaves goes where it rounds off most, then to the higher key. Of 0 values nothing is shared."""
    steps, whole = amount // step, sum(values.values()) or 1
    shares = {rate: steps * value // whole for rate, value in values.items()}
    left = steps - sum(shares.values())
    by_rest = sorted(values, key=lambda rate: (steps * values[rate] % whole, rate), reverse=True)
    return {rate: (shares[rate] + (rate in by_rest[:left])) * step for rate in shares}
