"""WooCommerce's files, in the languages that their headers come in."""

import csv
import io
from typing import Any

import pytest

from tests.conftest import DATA
from webshop.catalog.importers.formats.headers import ORDER, find_columns

ENGLISH = [
    "ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Is featured?",
    "Visibility in catalog", "Short description", "Description", "Date sale price starts",
    "Date sale price ends", "Tax status", "Tax class", "In stock?", "Stock", "Low stock amount",
    "Backorders allowed?", "Sold individually?", "Weight (kg)", "Length (cm)", "Width (cm)", "Height (cm)",
    "Allow customer reviews?", "Purchase note", "Sale price", "Regular price", "Categories", "Tags",
    "Shipping class", "Images", "Download limit", "Download expiry days", "Parent", "Grouped products",
    "Upsells", "Cross-sells", "External URL", "Button text", "Position", "Brands",
]  # fmt: skip
ATTRIBUTES = [
    f"Attribute {number} {part}" for number in (1, 2) for part in ("name", "value(s)", "visible", "global")
]

ROWS: list[dict[str, str]] = [
    {
        "id": "1", "type": "variable", "sku": "tee", "name": "T-Shirt", "published": "1",
        "visibility": "visible",
        "summary": "<p>Soft.</p>", "description": "One\\nline<br>two", "tax_status": "taxable",
        "tax_class": "reduced-rate", "in_stock": "1", "stock": "7", "weight": "0,2", "height": "70",
        "categories": "Clothing > Shirts, Gifts", "tags": "soft, red\\, white",
        "images": "{0}/a.jpg, {0}/b.jpg",
        "brands": "Fernhill", "a1": "Colour", "v1": "Blue, Red", "a2": "Fabric", "v2": "Cotton, Linen",
        "upsells": "id:4, id:5, no-such", "cross_sells": "tee, ID:4",
    },
    {
        "id": "2", "type": "variation", "sku": "tee-blue", "name": "T-Shirt - Blue", "published": "1",
        "in_stock": "1", "stock": "5", "parent": "id:1", "price": "25", "sale_price": "20", "position": "2",
        "gtin": "4006381333931", "a1": "Colour", "v1": "Blue", "images": "{0}/b.jpg",
    },
    {
        "id": "3", "type": "variation", "sku": "tee-red", "name": "T-Shirt - Red", "published": "1",
        "in_stock": "1", "stock": "5", "parent": "tee", "price": "25", "sale_price": "20", "position": "1",
        "sale_starts": "2020-01-01", "sale_ends": "2020-02-01", "backorders": "notify", "a1": "Colour",
        "v1": "Red",
    },
    {
        "id": "4", "type": "simple, downloadable, virtual", "name": "Album", "published": "'-1",
        "visibility": "visible", "in_stock": "1", "tax_status": "none", "price": "15",
        "categories": "Uncategorized",
    },
    {"id": "5", "type": "grouped", "name": "Set", "published": "1", "visibility": "visible"},
    {"id": "6", "type": "external", "name": "Elsewhere", "published": "1", "visibility": "visible"},
    {
        "id": "7", "type": "variation", "sku": "lost", "name": "Lost - Blue", "published": "1",
        "in_stock": "0",
        "parent": "id:99", "price": "9", "weight": "1", "a1": "Colour", "v1": "Blue",
    },
]  # fmt: skip

CATALOG = '''
[[products]]
slug = "t-shirt"
title = "T-Shirt"
categories = ["Clothing > Shirts", "Gifts"]
summary = "Soft."
description = """
One
line␠␠
two
"""
brand = "Fernhill"
tags = ["soft", "red, white"]
options = ["Colour"]
facts = { Fabric = "Cotton, Linen", HEIGHT = "70 cm" }
tax = "reduced"
moved_from = ["/product/t-shirt/"]
goes_with = ["album"]

  [[products.variants]]
  sku = "tee-red"
  options = ["Red"]
  price = 25.00
  weight = 200

  [[products.variants]]
  sku = "tee-blue"
  options = ["Blue"]
  price = 20.00
  was = 25.00
  stock = 5
  weight = 200
  gtin = "4006381333931"

[[products]]
slug = "album"
title = "Album"
active = false
shipped = false
tax = "none"
moved_from = ["/product/album/"]

  [[products.variants]]
  sku = "album"
  price = 15.00

[[products]]
slug = "lost-blue"
title = "Lost - Blue"
facts = { Colour = "Blue" }
moved_from = ["/product/lost-blue/"]

  [[products.variants]]
  sku = "lost"
  price = 9.00
  stock = 0
  weight = 1000
'''
TOLD = [
    "Took",
    "  WooCommerce's export, 7 rows, UTF-8",
    "  3 products in 4 variants; 1 drafts",
    "  2 categories, 2 tags, 1 variants with an earlier price",
    "  0 pictures; 2 are not here yet",
    "Mended",
    "  1 × a draft in WooCommerce; a draft: Album",
    "  1 × a variation whose product is not in the file; a product of its own: Lost - Blue",
    "  1 × without a sku; made from the address and the options: Album",
    "Left out",
    "  1 × a sale price for other days than today: T-Shirt - Red: 2020-01-01 to 2020-02-01",
    "  1 × a product of the kind grouped, which this shop does not sell: Set",
    "  1 × a product of the kind external, which this shop does not sell: Elsewhere",
]

# In the languages that shops export in.
HEADERS = dict(
    line.split(": ", 1)
    for line in (DATA / "woocommerce-headers.txt").read_text().splitlines()
    if not line.startswith("#")
)


def written(headers: list[str], rows: list[dict[str, str]] = ROWS) -> str:
    """A file with these headers, of which the first ones are WooCommerce's own, in its order."""
    order = [*ORDER, "a1", "v1", "1", "1", "a2", "v2", "1", "1"]
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows([row.get(name, "").format("https://shop.example") for name in order] for row in rows)
    return lines.getvalue()


@pytest.mark.parametrize("language", ["English", "German", "French", "Russian"])
def test_the_same_comes_in_every_language(language: str, imported: Any) -> None:
    headers = HEADERS[language].split("|") if language in HEADERS else [*ENGLISH, *ATTRIBUTES]
    out, catalog = imported(written(headers), "woo.csv")
    height = {"English": "Height", "German": "Höhe", "French": "Hauteur", "Russian": "Высота"}[language]
    quoted = height if height.isascii() else f'"{height}"'
    unit = "см" if language == "Russian" else "cm"
    expected = CATALOG.replace("HEIGHT", quoted).replace("70 cm", f"70 {unit}").replace("␠", " ")
    assert catalog.partition("\n\n")[2] == expected[1:]
    assert out[1 : 1 + len(TOLD)] == TOLD


# What a product cannot be without, as shops in these languages export it.
ESSENTIAL = (
    "type sku name published description in_stock stock sale_price price categories images parent".split()
)


def test_columns_are_found_in_other_languages() -> None:
    for language in ("Spanish", "Italian", "Dutch", "Polish", "Portuguese", "Swedish"):
        headers = HEADERS[language].split("|")
        found = find_columns(headers, [{headers[0].casefold(): "simple"}])
        assert [headers[[h.casefold() for h in headers].index(found[each])] for each in ESSENTIAL] == headers


def test_a_column_of_an_unknown_name_is_known_by_its_neighbours() -> None:
    headers = [
        "ID",
        "Laji",
        "Tunnus",
        "GTIN, UPC, EAN, or ISBN",
        "Tuote",
        "Published",
        "Nostettu?",
        "Näkyvyys",
    ]
    rows = [{"laji": "simple, virtual", "näkyvyys": "visible"}, {"laji": "variation"}]
    assert find_columns(headers, rows) == {
        "id": "id",
        "type": "laji",
        "sku": "tunnus",
        "gtin": "gtin, upc, ean, or isbn",
        "name": "tuote",
        "published": "published",
        "featured": "nostettu?",
        "visibility": "näkyvyys",
    }


def test_what_a_variation_leaves_open_is_each_value_and_stock_is_divided(imported: Any) -> None:
    tee = {
        "id": "1",
        "type": "variable",
        "sku": "tee",
        "name": "Tee",
        "published": "1",
        "stock": "5",
        "price": "",
    }
    colours = {"a1": "Colour", "v1": "Blue, Red", "a2": "Size", "v2": "S, M"}
    blue = {"type": "variation", "sku": "blue", "parent": "tee", "a1": "Colour", "v1": "Blue", "a2": "Size"}
    red = {
        "type": "variation",
        "sku": "red",
        "parent": "tee",
        "a1": "Colour",
        "v1": "Red",
        "a2": "Size",
        "v2": "S",
    }
    shared = {"published": "1", "price": "9", "stock": "parent"}
    rows = [{**tee, **colours}, {**blue, **shared}, {**red, **shared}]
    out, catalog = imported(written([*ENGLISH, *ATTRIBUTES], rows), "woo.csv")
    lines = [line.strip() for line in catalog.splitlines()]
    assert [line for line in lines if line.startswith(("sku", "options", "stock"))] == [
        'options = ["Colour", "Size"]',
        *('sku = "blue-s"', 'options = ["Blue", "S"]', "stock = 2"),
        *('sku = "blue-m"', 'options = ["Blue", "M"]', "stock = 2"),
        *('sku = "red"', 'options = ["Red", "S"]', "stock = 1"),
    ]
    assert [line for line in out if " × " in line][:2] == [
        "  1 × a variation for any value of an option; one variant for each: Tee",
        "  1 × one stock for several variants; divided among them: Tee",
    ]
