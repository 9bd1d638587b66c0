"""Skus of what moves in: kept as they are, made where there are none, and each of them once."""

from collections import Counter
from collections.abc import Iterable, Sequence

from webshop import text
from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourceProduct, SourceVariant
from webshop.catalog.model import LONGEST_SKU, key_of, without_case
from webshop.links import slug


class Skus:
    """Those of a whole file. What is given is never taken by one that is made."""

    def __init__(self, products: Iterable[SourceProduct], report: Report) -> None:
        self.given = {_key(_clean(each.sku)) for product in products for each in product.variants if each.sku}
        self.taken: set[str] = set()
        self.report = report

    def of(self, handle: str, variants: Sequence[SourceVariant], names: Sequence[str]) -> list[str]:
        """A sku for each of a product's variants; `names` are what the report calls them."""
        cleaned = [_clean(variant.sku) for variant in variants]
        for sku, variant, name in zip(cleaned, variants, names, strict=True):
            if sku != variant.sku.strip():
                self.report.mend("a sku with signs that cannot be seen, or too long; mended", name)
        written = Counter(cleaned)
        uncased = Counter(sku.casefold() for sku in cleaned)
        options = [each.options for each in variants]
        differing = {
            sku: _differing([each for each, one in zip(options, cleaned, strict=True) if one == sku])
            for sku in written
        }
        ends = [
            [each[place] for place in differing[sku]] if sku else each
            for each, sku in zip(options, cleaned, strict=True)
        ]
        return [
            self._one(sku, handle, end, name, written[sku] > 1, uncased[sku.casefold()] > written[sku])
            for sku, end, name in zip(cleaned, ends, names, strict=True)
        ]

    def _one(
        self, sku: str, handle: str, end: Sequence[str], name: str, is_shared: bool, has_twin: bool
    ) -> str:
        if not sku:
            self.report.mend("without a sku; made from the address and the options", name)
            return self._unused(_with_options(handle, end))
        if is_shared:
            self.report.mend("one sku for several variants; the option was put behind it", name)
            return self._unused(_with_options(sku, end))
        if _key(sku) in self.taken:
            kind = "a sku that differs only in capitals" if has_twin else "a sku that another product has"
            self.report.mend(f"{kind}; a number was put behind it", name)
            return self._unused(sku)
        self.taken.add(_key(sku))
        return sku

    def _unused(self, wanted: str) -> str:
        found, number = wanted, 1
        while _key(found) in self.taken or _key(found) in self.given:
            number += 1
            found = _joined(wanted, str(number))
        self.taken.add(_key(found))
        return found


def _key(sku: str) -> str:
    return without_case(key_of(sku))


def _clean(written: str) -> str:
    return text.printable(written)[:LONGEST_SKU].strip()


def _differing(options: Sequence[tuple[str, ...]]) -> list[int]:
    """The places of the options that are not the same in all."""
    width = min(map(len, options))
    return [place for place in range(width) if len({each[place] for each in options}) > 1]


def _with_options(beginning: str, end: Sequence[str]) -> str:
    options = "-".join(filter(None, (slug(each, otherwise="") for each in end)))
    return _joined(beginning, options) if options else beginning[:LONGEST_SKU].strip("- ")


def _joined(beginning: str, end: str) -> str:
    """The beginning is shortened, then the end."""
    end = end[: LONGEST_SKU // 2].strip("-")
    return f"{beginning[: LONGEST_SKU - 1 - len(end)].rstrip('- ')}-{end}"
