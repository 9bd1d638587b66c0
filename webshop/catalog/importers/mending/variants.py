"""A variant of another shop as one of catalog.toml: what cannot be charged, counted or weighed is mended."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from webshop.catalog.importers.mending.terms import Terms
from webshop.catalog.importers.numbers import read_amount, read_count, read_weight
from webshop.catalog.importers.source import SourceVariant
from webshop.pricing import money
from webshop.pricing.contents import read_contents

Entry = dict[str, Any]  # as in catalog.toml

MOST_PIECES = 1_000_000
MOST_GRAMS = 1_000_000
LONGEST_CONTENTS = 40
NO_PRICE = "without a price; not sold until it has one"


def variant_entry(
    source: SourceVariant, sku: str, options: Sequence[str], name: str, terms: Terms, *, shipped: bool
) -> Entry:
    price = _price(source.price, name, terms) if source.price or source.active else None
    return {
        "sku": sku,
        "title": source.title,
        "options": list(options),
        "price": price,
        "was": _was(source.was, price, name, terms),
        "stock": _stock(source, name, terms),
        "weight": _weight(source, name, terms, shipped=shipped),
        "gtin": _gtin(source.gtin, name, terms),
        "picture": terms.picture_of(source.picture) or None if source.picture else None,
        "contents": _contents(source.contents, name, terms),
        "active": source.active and price is not None,
    }


def _price(written: str, name: str, terms: Terms) -> Decimal | None:
    amount = read_amount(written, terms.mark)
    if amount is None and written:
        terms.report.mend(f"a price that cannot be read; {NO_PRICE[17:]}", f"{name}: {written[:30]}")
        return None
    if not amount:
        terms.report.mend(NO_PRICE, name)
        return None
    if money.too_much(amount, terms.currency):
        what = (
            f"costs more than can be charged in {terms.currency}; not sold. If the prices are in another "
            "currency, set it in shop.toml and import again"
        )
        terms.report.mend(what, name)
        return None
    charged = _rounded(amount, terms.currency)
    if charged != amount:
        terms.report.mend(f"a price that is finer than {terms.currency} is charged; rounded", name)
    if not charged:
        terms.report.mend(NO_PRICE, name)
        return None
    if money.too_little(charged, terms.currency):
        terms.report.mend("costs less than can be charged alone; raise it, or sell several as one", name)
    return charged


def _rounded(amount: Decimal, currency: str) -> Decimal:
    """To the smallest amount that is charged, and written with the currency's decimals."""
    steps = (amount.scaleb(money.decimals(currency)) / money.step(currency)).quantize(1, ROUND_HALF_UP)
    return money.to_major(int(steps) * money.step(currency), currency)


def _was(written: str, price: Decimal | None, name: str, terms: Terms) -> Decimal | None:
    amount = read_amount(written, terms.mark) if written else None
    if price is None or not amount:
        return None
    if amount <= price or money.too_much(amount, terms.currency):
        terms.report.mend("an earlier price that is not above today's; left out", name)
        return None
    return _rounded(amount, terms.currency)


def _stock(source: SourceVariant, name: str, terms: Terms) -> int | None:
    if not source.counted:
        return None
    pieces = read_count(source.stock)
    if pieces is None:
        terms.report.mend("counted, but the file has no number; sold without limit until it has", name)
        return None
    if pieces < 0:
        terms.report.mend("a stock below 0; it is 0", name)
    if pieces > MOST_PIECES:
        terms.report.mend(f"a stock above {MOST_PIECES:,}; it is that", name)
    return min(max(pieces, 0), MOST_PIECES)


def _weight(source: SourceVariant, name: str, terms: Terms, *, shipped: bool) -> int | None:
    grams = read_weight(source.weight, source.unit) if source.weight else 0
    if grams is None or grams > MOST_GRAMS:
        terms.report.mend("a weight that cannot be read; it is 0", f"{name}: {source.weight[:30]}")
        grams = 0
    if not grams and shipped and not (terms.is_ours and source.weight):
        terms.report.mend("without a weight; it is 0 g", name)
    return grams if grams or shipped else None


def _gtin(written: str, name: str, terms: Terms) -> str:
    digits = "".join(each for each in written if each not in "'’ -\u00a0\t")
    if not digits:
        return ""
    if not (digits.isascii() and digits.isdigit() and len(digits) in (8, 12, 13, 14) and is_gtin(digits)):
        terms.report.mend("a bar code that is no GTIN; left out", f"{name}: {written[:30]}")
        return ""
    return digits


def _contents(written: str, name: str, terms: Terms) -> str:
    try:
        if written:
            read_contents(written)
        return written if len(written) <= LONGEST_CONTENTS else ""
    except ValueError:
        terms.report.mend("contents in a unit that is not known; left out", f"{name}: {written[:30]}")
        return ""


def is_gtin(digits: str) -> bool:
    """Whether the last digit is what the others make it: https://www.gs1.org/services/how-calculate-check-digit"""
    weighed = (int(each) * (3 if place % 2 else 1) for place, each in enumerate(reversed(digits)))
    return sum(weighed) % 10 == 0
