"""What an owner may expect of a changed file, and loading does not do: each with the command that does it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Any

from webshop.catalog.model import Product, Variant

UNCOUNTED = -1  # what the file says of a stock that it does not name


@dataclass(frozen=True)
class Rename:
    """A sku of a product that is gone, and one that has come in its place, as they are written."""

    product: str
    old: str
    new: str

    @property
    def sentence(self) -> str:
        return (
            f"{self.product}: {self.old} is gone, and {self.new} is new, with a stock of its own. If that is "
            "the same thing under another sku: python -m webshop catalog load --renamed "
            f"{quote(f'{self.old}={self.new}')}"
        )


def list_renames(title: str, gone: Sequence[Mapping[str, Any]], new: Sequence[Variant]) -> Iterator[Rename]:
    """Of one product: rows that are no longer in the file, and variants that are not in the shop yet. What is
    called the same is the same; so is what is alone on both sides."""
    alone = len(gone) == len(new) == 1
    left = list(new)
    for row in gone:
        same = (each for each in left if alone or _looks_like(row, each))
        if found := next(same, None):
            left.remove(found)
            yield Rename(title, row["code"] or row["sku"], found.written_sku)


def _looks_like(row: Mapping[str, Any], variant: Variant) -> bool:
    return (row["title"], row["options"] or []) == (variant.title, list(variant.options))


def list_stocks(
    products: Iterable[Product], row_of: Mapping[str, Mapping[str, Any]], keys: Mapping[str, str]
) -> Iterator[str]:
    """A sentence for each stock that the file counts otherwise than the shop since it was last loaded."""
    for product in products:
        for variant in product.variants:
            row = row_of.get(keys[variant.sku])
            if row and (words := _of_stock(variant, row["stock"], row["stock_in_file"])):
                name = f"{product.title}, {variant.title}" if variant.title else product.title
                yield f"{name} ({variant.written_sku}): {words}"


def _of_stock(variant: Variant, left: int | None, before: int | None) -> str:
    """`before` is what the file said when it was last loaded. Numbers differ after each sale: what is worth a
    word is one that was changed, or that only one of the two counts."""
    said = variant.stock
    if left is None and said is not None:
        return (
            f"is sold without counting, although the file has a stock of {said}. To count: "
            f"{_command(variant, str(said))}"
        )
    if left is not None and said is None:
        return (
            f"the shop counts {left}, although the file has no stock for it. To sell it without counting: "
            f"{_command(variant, 'unlimited')}"
        )
    if left is None or said is None or before in (None, UNCOUNTED, said):
        return ""
    change = f"{said - (before or 0):+d}"
    return (
        f"the file's stock went from {before} to {said}, and the shop keeps its {left}. To change that by as "
        f"much: {_command(variant, change)}"
    )


def _command(variant: Variant, pieces: str) -> str:
    sku = quote(variant.written_sku)
    return f"python -m webshop catalog stock {'-- ' if sku.startswith('-') else ''}{sku} {pieces}"
