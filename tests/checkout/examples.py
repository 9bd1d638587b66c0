"""What shopping costs, worked out by hand: the tables in tests/data/examples, a file for each shop.

A file holds the shop's own shop.toml, what it sells, and examples of purchases. Amounts are written twice:
as a shopper reads them, and in the minor units that are charged.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from webshop.pricing.tax import MILLION, TaxLine

FOLDER = Path(__file__).parents[1] / "data" / "examples"

CATALOG_ENTRY = """
[[products]]
slug = "{slug}"
title = "{title}"
category = "Examples"
summary = "For an example."
description = "For an example."
picture = "harbour-mug.svg"
picture_alt = "A mug."
tax = "{tax}"
variants = [{{ sku = "{sku}", price = {price}, weight = {weight} }}]
"""


class Amount(NamedTuple):
    """Such as "€28.90" and 2890."""

    text: str
    minor: int


class Tax(NamedTuple):
    """`label` is name and rate, such as "VAT 19%"."""

    label: str
    base: Amount
    amount: Amount

    @property
    def named(self) -> tuple[str, str]:
        """Such as "VAT" and "19%"."""
        name, _space, rate = self.label.rpartition(" ")
        return name, rate

    @property
    def line(self) -> TaxLine:
        name, _space, percent = self.label.rpartition(" ")
        rate = int(Decimal(percent.removesuffix("%")) / 100 * MILLION)
        return TaxLine(name, rate, self.base.minor, self.amount.minor)


@dataclass(frozen=True)
class Example:
    """`home` is the shop's first country, whose tax the cart shows. `cart` has pairs of a sku and a quantity.
    `method` is "" where the first one is taken as it is."""

    what: str
    shop: str
    home: str
    currency: str
    tax_is_added: bool
    cart: tuple[tuple[str, int], ...]
    country: str
    postal_code: str
    region: str
    method: str
    cart_tax: tuple[Tax, ...]
    subtotal: Amount
    shipping_title: str
    shipping: Amount
    tax: tuple[Tax, ...]
    total: Amount

    def amounts(self) -> Iterator[Amount]:
        yield from (self.subtotal, self.shipping, self.total)
        for tax in (*self.cart_tax, *self.tax):
            yield from (tax.base, tax.amount)


def shops() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def examples(shop: str) -> list[Example]:
    table = _read(shop)
    rules = tomllib.loads(table["shop"])
    return [_example({"home": table["home"], **entry}, shop, rules) for entry in table["examples"]]


def _example(entry: dict[str, Any], shop: str, rules: dict[str, Any]) -> Example:
    country, _space, postal_code = entry["to"].partition(" ")
    title, *shipping = entry["shipping"]
    wanted = (line.split() for line in entry["cart"].split(", "))
    return Example(
        what=entry["what"],
        shop=shop,
        home=entry["home"],
        currency=rules["currency"],
        tax_is_added=not rules.get("prices_include_tax", True),
        cart=tuple((sku, int(quantity)) for quantity, sku in wanted),
        country=country,
        postal_code=postal_code,
        region=entry.get("region", ""),
        method=entry.get("method", ""),
        cart_tax=_taxes(entry["cart_tax"]),
        subtotal=Amount(*entry["subtotal"]),
        shipping_title=title,
        shipping=Amount(*shipping),
        tax=_taxes(entry["tax"]),
        total=Amount(*entry["total"]),
    )


def _taxes(rows: list[tuple[str, str, int, str, int]]) -> tuple[Tax, ...]:
    return tuple(Tax(row[0], Amount(row[1], row[2]), Amount(row[3], row[4])) for row in rows)


def _read(shop: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{shop}.toml").read_text(encoding="utf-8"))


def write_shop(shop: str, folder: Path) -> dict[str, object]:
    """Write this shop's files into `folder`; the settings that name them."""
    table = _read(shop)
    files = {"shop_file": folder / "shop.toml", "catalog_file": folder / "catalog.toml"}
    files["shop_file"].write_text(table["shop"], encoding="utf-8")
    entries = (_catalog_entry(sku, words) for sku, words in table["goods"].items())
    files["catalog_file"].write_text("".join(entries), encoding="utf-8")
    return dict(files)


def _catalog_entry(sku: str, words: str) -> str:
    """`words` as in "12.00, 300 g, standard"."""
    price, weight, tax = words.split(", ")
    return CATALOG_ENTRY.format(
        slug=sku.lower(), title=title_of(sku), sku=sku, price=price, weight=weight.removesuffix(" g"), tax=tax
    )


def title_of(sku: str) -> str:
    return sku.replace("-", " ").capitalize()
