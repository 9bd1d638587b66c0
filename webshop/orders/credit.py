"""Credit notes: what an invoice loses when money goes back, at each rate of its taxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from webshop.pricing import money
from webshop.pricing.tax import TaxLine, share


@dataclass(frozen=True)
class CreditNote:
    """`amount` in minor units of what came back, with `taxes` in it, a line for each of the order's. One that
    `cancels` another (its number), because the bank has refused the money, has the same amounts below 0."""

    number: str
    refund_id: int
    position: int
    cancels: str | None
    invoice: str
    issued_at: datetime
    currency: str
    amount: int
    taxes: tuple[TaxLine, ...]

    @property
    def tax(self) -> int:
        return sum(line.amount for line in self.taxes)

    @property
    def net(self) -> int:
        return self.amount - self.tax


def left_of(amount: int, taxes: Sequence[TaxLine], notes: Iterable[CreditNote]) -> tuple[int, list[TaxLine]]:
    """What is left of an invoice's amount and of its taxes after these credit notes."""
    left = list(taxes)
    for note in notes:
        amount -= note.amount
        left = [minus(each, taken) for each, taken in zip(left, note.taxes, strict=True)]
    return amount, left


def minus(tax: TaxLine, taken: TaxLine) -> TaxLine:
    return TaxLine(tax.name, tax.rate, tax.base - taken.base, tax.amount - taken.amount)


def take_back(
    amount: int, whole: int, taxes: Sequence[TaxLine], currency: str, *, added: bool
) -> tuple[TaxLine, ...]:
    """The taxes in `amount` of what is left of an invoice: of the `whole`, and of its `taxes`.

    In proportion, in steps of the currency; each part is rounded half up, and the last of several gets what
    is left of it. `added`: the bases of the taxes are without them.
    """
    step = _step(currency, [amount, whole, *(each for tax in taxes for each in (tax.base, tax.amount))])
    nets = [tax.base if added else tax.base - tax.amount for tax in taxes]
    sums = [net + tax.amount for net, tax in zip(nets, taxes, strict=True)]
    if sum(sums) > whole:  # several taxes on one thing, as Stripe knows them
        return _take_overlapping(amount, whole, taxes, step)
    shares = share(amount, {0: whole - sum(sums), **dict(enumerate(sums, 1))}, step)
    found = []
    for number, (tax, net) in enumerate(zip(taxes, nets, strict=True), 1):
        parts = share(shares[number], {0: net, 1: tax.amount}, step)
        base = parts[0] if added else shares[number]
        found.append(TaxLine(tax.name, tax.rate, base, parts[1]))
    return tuple(found)


def _take_overlapping(amount: int, whole: int, taxes: Sequence[TaxLine], step: int) -> tuple[TaxLine, ...]:
    parts = dict(enumerate((tax.amount for tax in taxes), 1))
    shares = share(amount, {0: whole - sum(parts.values()), **parts}, step)
    return tuple(
        TaxLine(tax.name, tax.rate, _part(tax.base, amount, whole), shares[number])
        for number, tax in enumerate(taxes, 1)
    )


def _part(base: int, amount: int, whole: int) -> int:
    """Rounded half up."""
    return (2 * base * amount + whole) // (2 * whole)


def _step(currency: str, amounts: Iterable[int]) -> int:
    """The currency's, unless somebody has made a smaller one."""
    step = money.step(currency)
    return step if all(each % step == 0 for each in amounts) else 1
