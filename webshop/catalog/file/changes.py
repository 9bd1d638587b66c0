"""The file beside what the shop sells: what a load has to write, and what it tells."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from webshop.catalog.file.rows import Row, product_row, variant_rows
from webshop.catalog.file.traps import Rename, list_renames, list_stocks
from webshop.catalog.model import Catalogue, Variant, key_of, short_key, without_case
from webshop.errors import Mistyped

Rows: TypeAlias = Mapping[str, Row]  # by key
MOST_TOLD = 20
OF_STOCK = {"stock", "stock_in_file"}
OF_OTHERS = {"added_at", "changed_at", "lowest"}  # columns that the file says nothing of


@dataclass(frozen=True)
class Loaded:
    """What a load did, by titles of products; `stock` has a sentence for each sku that the file counts
    otherwise, and `renames` are what may be the same under another sku."""

    added: Sequence[str] = ()
    changed: Sequence[str] = ()
    withdrawn: Sequence[str] = ()
    stock: Sequence[str] = ()
    renames: Sequence[Rename] = ()


@dataclass(frozen=True)
class Plan:
    """What is to be written: whole rows of what is new or differs, keys of what is `gone` and `unsold`, and
    the carts' skus that have another one now."""

    told: Loaded
    products: Sequence[Row] = ()
    variants: Sequence[Row] = ()
    gone: Sequence[str] = ()
    unsold: Sequence[str] = ()
    carts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_news(self) -> bool:
        return bool(self.products or self.variants or self.gone or self.unsold)


def compare(
    catalogue: Catalogue, products: Rows, variants: Rows, renamed: Mapping[str, str], now: datetime
) -> Plan:
    """`products` and `variants` are what the shop has, `renamed` new skus by old ones. Raises Mistyped for a
    sku that there is not."""
    keys, swapped = _keys(catalogue, variants, renamed)
    new_products = {
        product.slug: product_row(product, place) for place, product in enumerate(catalogue.products)
    }
    new = {row["sku"]: row for product in catalogue.products for row in variant_rows(product, keys)}
    added = [slug for slug in new_products if slug not in products]
    changed = _changed(products, new_products)
    known = _changed(variants, new)
    fresh = [sku for sku in new if sku not in variants]
    in_file = [slug for slug, row in products.items() if row["active"] or row["draft"]]
    gone = sorted({*in_file} - {*new_products}, key=lambda slug: int(products[slug]["position"]))
    unsold = [sku for sku, row in variants.items() if row["active"] and sku not in new]
    touched = {*changed, *(variants[sku]["product"] for sku in unsold)}
    touched |= {
        new[sku]["product"] for sku in (*fresh, *known) if not _is_of_stock(variants.get(sku), new[sku])
    }
    again = [slug for slug in products if slug in touched and slug in new_products]
    dates = dict.fromkeys(added, now) | {slug: products[slug].get("added_at") for slug in again}
    titles = {slug: row["title"] for slug, row in {**new_products, **products, **new_products}.items()}
    apart = {*added, *gone}
    return Plan(
        Loaded(
            added=[titles[slug] for slug in added],
            changed=[title for slug, title in titles.items() if slug in touched and slug not in apart],
            withdrawn=[titles[slug] for slug in gone],
            stock=[*list_stocks(catalogue.products, variants, keys)],
            renames=[*_renames(catalogue, variants, unsold, {*fresh}, keys)],
        ),
        products=[
            {**new_products[slug], "added_at": date, "changed_at": now} for slug, date in dates.items()
        ],
        variants=[*(new[sku] for sku in (*fresh, *known)), *_swapped_rows(variants, swapped)],
        gone=gone,
        unsold=[sku for sku in unsold if sku not in swapped],
        carts={other: sku for other, (sku, _written) in swapped.items()},
    )


def _keys(
    catalogue: Catalogue, variants: Rows, renamed: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """The key in the tables of each sku of the file; and rows that were made for a new name already, which
    give it to the row of the old one, with its key and name.

    A sku keeps the key that it had when it came: carts and orders have it so, however it is written now.
    """
    known = {row["sku_key"] or without_case(sku): sku for sku, row in variants.items()}
    listed = {
        without_case(variant.sku): variant for product in catalogue.products for variant in product.variants
    }
    swapped: dict[str, tuple[str, str]] = {}
    for old, new in renamed.items():
        old_name, new_name = without_case(key_of(old)), without_case(key_of(new))
        if old_name not in known or old_name in listed:
            raise Mistyped(f"{old} is no sku that the shop has and the file has not.")
        if new_name not in listed:
            raise Mistyped(f"{new} is no sku of the file.")
        other, known[new_name] = known.get(new_name), known.pop(old_name)
        if other:
            swapped[other] = known[new_name], old
    taken = {*variants}
    return {
        variant.sku: known.get(name) or _free_key(variant, taken) for name, variant in listed.items()
    }, swapped


def _free_key(variant: Variant, taken: set[str]) -> str:
    """Its own, unless that was another sku's, which was renamed."""
    if variant.sku not in taken:
        return variant.sku
    return short_key(variant.sku, "again ")


def _changed(old: Rows, new: Rows) -> list[str]:
    """The keys of what is there and differs, whatever its stock."""
    return [
        key
        for key, row in new.items()
        if key in old and any(old[key][name] != value for name, value in row.items() if name != "stock")
    ]


def _is_of_stock(old: Row | None, new: Row) -> bool:
    """Whether only the stock differs, which loading leaves alone."""
    return old is not None and all(old[name] == value for name, value in new.items() if name not in OF_STOCK)


def _swapped_rows(variants: Rows, swapped: Mapping[str, tuple[str, str]]) -> Iterator[Row]:
    for other, (_key, old) in swapped.items():
        row = {name: value for name, value in variants[other].items() if name not in OF_OTHERS}
        yield {**row, "active": False, "code": old, "sku_key": without_case(key_of(old))}


def _renames(
    catalogue: Catalogue, variants: Rows, unsold: Sequence[str], fresh: set[str], keys: Mapping[str, str]
) -> Iterator[Rename]:
    gone: dict[str, list[Row]] = defaultdict(list)
    for sku in unsold:
        gone[variants[sku]["product"]].append(variants[sku])
    for product in catalogue.products:
        if product.slug in gone:
            new = [variant for variant in product.variants if keys[variant.sku] in fresh]
            yield from list_renames(product.title, gone[product.slug], new)


def told(loaded: Loaded) -> Iterator[str]:
    """A load in lines, of which none is endless."""
    for what, titles in (("New", loaded.added), ("Changed", loaded.changed), ("Withdrawn", loaded.withdrawn)):
        if titles:
            more = f", and {len(titles) - MOST_TOLD} more" if len(titles) > MOST_TOLD else ""
            yield f"{what}: {', '.join(titles[:MOST_TOLD])}{more}."
    yield from _first(f"Stock of {words}" for words in loaded.stock)
    yield from _first(rename.sentence for rename in loaded.renames)


def _first(sentences: Iterable[str]) -> Iterator[str]:
    found = list(sentences)
    yield from found[:MOST_TOLD]
    if len(found) > MOST_TOLD:
        yield f"… and {len(found) - MOST_TOLD} more like these."
