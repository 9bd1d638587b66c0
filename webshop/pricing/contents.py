"""How much is in a package, and what a unit of it costs: Article 3 of Directive 98/6/EC.

Per kilogram, litre, metre, square metre or piece; per 100 g or 100 ml where a package has up to 250 of them.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from webshop.pricing import money

# What is written, by the smallest unit of its kind and how many of that it is.
WORDS = {
    ("g", "0.001"): "mg",
    ("g", "1"): "g gr gram grams",
    ("g", "1000"): "kg",
    ("ml", "1"): "ml",
    ("ml", "10"): "cl",
    ("ml", "100"): "dl",
    ("ml", "1000"): "l ltr liter liters litre litres",
    ("mm", "1"): "mm",
    ("mm", "10"): "cm",
    ("mm", "1000"): "m",
    ("cm²", "1"): "cm² cm2",
    ("cm²", "10000"): "m² m2 qm sqm",
    ("piece", "1"): "piece pieces pc pcs stück ct",
    ("oz", "1"): "oz",
    ("fl oz", "1"): "floz",
    ("lb", "1"): "lb lbs",
}
UNITS = {word: (unit, Decimal(size)) for (unit, size), words in WORDS.items() for word in words.split()}
# What the price is told for, and how many of the smallest unit that is.
BASES = {"g": ("kg", 1000), "ml": ("l", 1000), "mm": ("m", 1000), "cm²": ("m²", 10_000)}
SMALL_BASES = {"g": ("100 g", 100), "ml": ("100 ml", 100)}
SMALL = 250  # grams or millilitres

WRITTEN = re.compile(
    r"(?:(?P<packs>[1-9][0-9]{0,3})[x×])?(?P<number>[0-9]{1,7}(?:[.,][0-9]{1,3})?)(?P<unit>[^0-9]+2?)"
)
DOUBT = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")  # a thousand, or one


@dataclass(frozen=True)
class Contents:
    """So many grams, millilitres, millimetres, square centimetres, pieces …: `unit` is a key of BASES, or is
    its own base."""

    amount: Decimal
    unit: str

    @property
    def base(self) -> tuple[str, int]:
        if self.unit in SMALL_BASES and self.amount <= SMALL:
            return SMALL_BASES[self.unit]
        return BASES.get(self.unit, (self.unit, 1))


def read_contents(text: str) -> Contents:
    """ "350 ml", "0,5 l", "6 × 0.33 l", "20 pieces". Raises ValueError with a sentence for the owner."""
    found = WRITTEN.fullmatch("".join(text.casefold().split()))
    unit = UNITS.get(found["unit"].replace(".", "")) if found else None
    if not found or not unit:
        raise ValueError(
            f"must be a number and ml, cl, l, g, kg, mm, cm, m, m² or pieces, such as 350 ml, not {text!r}"
        )
    if DOUBT.fullmatch(found["number"]):
        whole, rest = re.split("[.,]", found["number"])
        raise ValueError(
            f"{text!r} may be {whole}{rest} or {whole}.{rest.rstrip('0') or '0'}: write one of them"
        )
    name, factor = unit
    amount = Decimal(found["number"].replace(",", ".")) * int(found["packs"] or 1) * factor
    if not amount:
        raise ValueError("must be more than 0")
    return Contents(amount, name)


def unit_price(price: int, contents: Contents, currency: str) -> tuple[int, str] | None:
    """What a base unit costs, in minor units of the currency, and its name: (714, "100 ml"). None where that
    is the price itself, or nothing that can be paid."""
    name, size = contents.base
    if contents.amount == size:
        return None
    exact = price * size / contents.amount
    step = money.step(currency)
    rounded = int((exact / step).quantize(Decimal(1), ROUND_HALF_UP)) * step
    return (rounded, name) if rounded else None
