"""The options of a product that moves in: at most three, each variant with a value of its own for each."""

from collections import Counter

from webshop import text
from webshop.catalog.file.entries import MOST_OPTIONS, MOST_VARIANTS
from webshop.catalog.importers.mending import markdown
from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourceProduct

LONGEST = 80
NOTHING = "–"  # the value of an option that a variant does not have


def mend_options(product: SourceProduct, report: Report) -> None:
    """In place; afterwards each variant has as many values as the product has options."""
    names = [_value(name) for name in product.options]
    values = [[_value(value) for value in variant.options] for variant in product.variants]
    width = max([len(names), *map(len, values)])
    names += [""] * (width - len(names))
    values = [row + [""] * (width - len(row)) for row in values]
    used = [place for place in range(width) if any(row[place] for row in values)]
    if len(product.variants) > 1 and not used and not all(each.title for each in product.variants):
        report.mend("several variants without options; numbered", product.title)
        names, used = ["No."], [0]
        values = [[str(number)] for number, _variant in enumerate(product.variants, 1)]
    names, values = [names[place] for place in used], [[row[place] for place in used] for row in values]
    if len(names) > MOST_OPTIONS:
        report.mend("more than three options; the last ones are one", product.title)
        names, values = _joined(names), [_joined(row) for row in values]
    product.options = _names(names, product.title, report)
    if not all(all(row) for row in values):
        report.mend("an option without a value in some variants", product.title)
    for variant, row in zip(product.variants, values, strict=True):
        variant.options = tuple(value or NOTHING for value in row)
    _each_once(product, report)
    if len(product.variants) > MOST_VARIANTS:
        report.leave_out(f"variants beyond the {MOST_VARIANTS:,}th", product.title)
        del product.variants[MOST_VARIANTS:]


def _value(written: str) -> str:
    cleaned = text.printable(markdown.to_plain(written))
    return cleaned if len(cleaned) <= LONGEST else f"{cleaned[: LONGEST - 1].rstrip()}…"


def _joined(row: list[str]) -> list[str]:
    last = " / ".join(filter(None, row[MOST_OPTIONS - 1 :]))
    return [*row[: MOST_OPTIONS - 1], _value(last)]


def _names(names: list[str], title: str, report: Report) -> tuple[str, ...]:
    found: list[str] = []
    if not all(names):
        report.mend("an option without a name; numbered", title)
    for place, name in enumerate(names, 1):
        name = name or f"Option {place}"
        taken = {each.casefold() for each in found}
        found.append(f"{name[: LONGEST - 3]} {place}" if name.casefold() in taken else name)
    return tuple(found)


def _each_once(product: SourceProduct, report: Report) -> None:
    """A shopper could not tell two variants of the same options apart."""
    seen: Counter[tuple[str, ...]] = Counter()
    keys = {tuple(value.casefold() for value in variant.options) for variant in product.variants}
    if product.options and len(keys) < len(product.variants):
        report.mend("two variants with the same options; numbered", product.title)
    for variant in product.variants:
        key = tuple(value.casefold() for value in variant.options)
        seen[key] += 1
        if product.options and seen[key] > 1:
            *others, last = variant.options
            variant.options = (*others, f"{last[: LONGEST - 6]} ({seen[key]})")
