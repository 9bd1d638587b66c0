"""An index of twenty products with a cart of three, in memory: what Flask's and Jinja's floors draw."""

from itertools import groupby
from pathlib import Path
from typing import Any

from bench.rows import SKUS
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.model import Product
from webshop.settings.model import ROOT

CARDS = 20  # as many as the shop's index has
TEMPLATES = Path(__file__).parent / "templates"


def values() -> dict[str, Any]:
    """What the template of that name is drawn with."""
    products = read_catalog(ROOT / "catalog.toml", "EUR").products
    shelves = groupby(sorted(products[:CARDS], key=_shelf), _shelf)
    return {"categories": [(name, list(group)) for name, group in shelves], "cart": _cart(products)}


def _shelf(product: Product) -> str:
    return product.categories[0] if product.categories else ""


def _cart(products: tuple[Product, ...]) -> dict[str, Any]:
    sold = [(product, variant) for product in products for variant in product.variants]
    lines: list[dict[str, Any]] = [
        {"product": product, "variant": variant, "quantity": 1}
        for product, variant in sold
        if variant.sku in SKUS
    ]
    return {"lines": lines, "total": sum(line["variant"].price for line in lines)}


def money(amount: int) -> str:
    return f"€{amount / 100:.2f}"
