"""The floor on Flask: the index with a cart of three, drawn from memory as a small Flask shop would."""

import tomllib
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask, render_template

from bench.rows import SKUS

CATALOG = Path(__file__).parent.parent / "catalog.toml"


def _cart(products: list[dict[str, Any]]) -> dict[str, Any]:
    sold = [(product, variant) for product in products for variant in product["variants"]]
    lines = [
        {"product": product, "variant": variant, "quantity": 1}
        for product, variant in sold
        if variant["sku"] in SKUS
    ]
    return {"lines": lines, "total": sum(line["variant"]["price"] for line in lines)}


products = tomllib.loads(CATALOG.read_text())["products"]
categories = [(name, list(group)) for name, group in groupby(products, lambda each: each["category"])]
cart = _cart(products)
app = Flask(__name__)


@app.template_filter()
def money(amount: float) -> str:
    return f"€{amount:.2f}"


@app.get("/")
def index() -> str:
    return render_template("index.html", categories=categories, cart=cart)
