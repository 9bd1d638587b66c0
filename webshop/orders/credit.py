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
    amount: int,
    whole: int,
    taxes: Sequence[TaxLine],
    currency: str,
    *,
    added: bool,
    notes: Sequence[CreditNote] = (),
) -> tuple[TaxLine, ...]:
    """The taxes in `amount` of an invoice: of the `whole` and its `taxes`, some of which `notes` have taken.

    Each part is what it comes to for the sum so far, less what the notes have of it, in steps of the
    currency: however many and small the notes are, they stay within a step of the proportion, and the last
    one gets what is left. Halves go to the taxes. `added`: the bases of the taxes are without them.
    """
    left_of_whole, left = left_of(whole, taxes, notes)
    after = whole - left_of_whole + amount
    step = _step(
        currency, [amount, whole, *(each for tax in (*taxes, *left) for each in (tax.base, tax.amount))]
    )
    nets, nets_left = ([each.base - each.amount * (not added) for each in lines] for lines in (taxes, left))
    overlap = (
        sum(nets) + sum(tax.amount for tax in taxes) > whole
    )  # several taxes on one thing, as Stripe knows
    if overlap:
        nets = nets_left = [0] * len(taxes)
    lacking = {
        number: max(0, cell * after - (cell - rest) * whole)
        for number, (cell, rest) in enumerate(
            zip(_cells(whole, nets, taxes), _cells(left_of_whole, nets_left, left), strict=True)
        )
    }
    parts = list(share(amount, lacking, step).values())
    found = []
    for number, (tax, rest) in enumerate(zip(taxes, left, strict=True), 1):
        net, part = parts[number], parts[number + len(taxes)]
        base = net if added else net + part
        if overlap:
            base = _part(tax.base, after, whole) - (tax.base - rest.base)
        found.append(TaxLine(tax.name, tax.rate, base, part))
    return tuple(found)


def _cells(whole: int, nets: Sequence[int], taxes: Sequence[TaxLine]) -> list[int]:
    """What no tax is on, the net amount at each rate and the tax at each: they add up to the whole."""
    cells = [*nets, *(tax.amount for tax in taxes)]
    return [whole - sum(cells), *cells]


def _part(base: int, amount: int, whole: int) -> int:
    """Rounded half up."""
    return (2 * base * amount + whole) // (2 * whole)


def _step(currency: str, amounts: Iterable[int]) -> int:
    """The currency's, unless somebody has made a smaller one."""
    step = money.step(currency)
    return step if all(each % step == 0 for each in amounts) else 1
