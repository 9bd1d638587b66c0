"""The floor on Flask: an index of twenty products with a cart of three, drawn from memory."""

from itertools import groupby
from typing import Any

from flask import Flask, render_template

from bench.rows import SKUS
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.model import Product
from webshop.settings.model import ROOT

CARDS = 20  # as many as the shop's index has


def _cart(products: tuple[Product, ...]) -> dict[str, Any]:
    sold = [(product, variant) for product in products for variant in product.variants]
    lines: list[dict[str, Any]] = [
        {"product": product, "variant": variant, "quantity": 1}
        for product, variant in sold
        if variant.sku in SKUS
    ]
    return {"lines": lines, "total": sum(line["variant"].price for line in lines)}


def _shelf(product: Product) -> str:
    return product.categories[0] if product.categories else ""


products = read_catalog(ROOT / "catalog.toml", "EUR").products
shelves = groupby(sorted(products[:CARDS], key=_shelf), _shelf)
categories = [(name, list(group)) for name, group in shelves]
cart = _cart(products)
app = Flask(__name__)


@app.template_filter()
def money(amount: int) -> str:
    return f"€{amount / 100:.2f}"


@app.get("/")
def index() -> str:
    return render_template("index.html", categories=categories, cart=cart)
