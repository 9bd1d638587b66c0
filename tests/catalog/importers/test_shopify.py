"""Shopify's files: what comes of them, and that the report tells it all."""

from pathlib import Path
from typing import Any

OLD = """\
handle,TITLE,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option1 Linked To,Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,\
Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,\
Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,\
Color (product.metafields.shopify.color-pattern),Care (product.metafields.custom.care),Variant Image,\
Variant Weight Unit,Status
"""
MUG = """\
blue-mug,Blue mug &amp; saucer,"<p>Holds <b>tea</b>.</p><ul><li>Big</li></ul><script>x()</script>",Fernhill,\
Home > Kitchen > Mugs,Mugs,"tea, Blue,blue",true,Color,Blue,product.metafields.shopify.color-pattern,Size,\
Large,mug blue/l,420.0,shopify,-2,deny,24.00,30.00,true,true,'4006381333931,{pictures}/2.jpg,2,,false,\
blue; white,Dishwasher,{pictures}/1.jpg,g,active
blue-mug,,,,,,,,,Blue,,,Small,MUG BLUE/L,300.0,shopify,5,continue,22.00,22.00,true,true,123,{pictures}/1.jpg,\
1,In blue,,,,,kg,
blue-mug,,,,,,,,,Red,,,Small,,300.0,,,deny,0,,true,true,,,,,,,,,kg,
blue-mug,,,,,,,,,,,,,,,,,,,,,,,{pictures}/3.jpg,3,,,,,,,
"""
OTHERS = """\
Old_Chart--1,Chart,Botte,,Uncategorized,,,false,Title,Default Title,,,,CHART,0.0,,,deny,3.00,,false,\
false,,,,,,,,,kg,active
card,Voucher,,,,,,true,Title,Default Title,,,,CARD,0.0,,,deny,25.00,,false,true,,,,,true,,,,kg,active
bowl,Bowl,"<table><tr><th>Size</th><th>cm</th></tr><tr><td>S</td><td>12</td></tr></table>",,,Bowls,,true,Size,36,,,,\
BOWL,1000.0,shopify,1,deny,18.50,,true,true,,,,,false,,,,kg,draft
bowl,,,,,,,,,38,,,,BOWL,1000.0,shopify,2,deny,18.50,,true,true,,,,,,,,,kg,
jug,Jug,,,,,,true,Title,Default Title,,,,bowl-36,500.0,shopify,3,deny,"1.234,50",,true,true,,,,,false,,,,\
kg,archived
"""
PICTURES = "https://shop.example"
FILE = OLD + MUG.replace("{pictures}", PICTURES) + OTHERS

CATALOG = '''\
# What the shop sells. Edit it in any text editor, then load it: python -m webshop catalog load
# Written by python -m webshop import from shopify.csv; docs/owner.md says what may stand here.

[[products]]
slug = "blue-mug"
title = "Blue mug & saucer"
categories = ["Mugs", "Home > Kitchen > Mugs"]
description = """
Holds **tea**.

- Big
"""
brand = "Fernhill"
tags = ["tea", "Blue"]
options = ["Color", "Size"]
facts = { Care = "Dishwasher" }

  [[products.variants]]
  sku = "mug blue/l"
  options = ["Blue", "Large"]
  price = 24.00
  was = 30.00
  stock = 0
  weight = 420
  gtin = "4006381333931"

  [[products.variants]]
  sku = "MUG BLUE/L-2"
  options = ["Blue", "Small"]
  price = 22.00
  weight = 300

  [[products.variants]]
  sku = "blue-mug-red-small"
  options = ["Red", "Small"]
  weight = 300
  active = false

[[products]]
slug = "old-chart-1"
title = "Chart"
description = """
Botte
"""
active = false
shipped = false
tax = "none"
moved_from = ["/products/Old_Chart--1"]

  [[products.variants]]
  sku = "CHART"
  price = 3.00

[[products]]
slug = "bowl"
title = "Bowl"
categories = ["Bowls"]
description = """
| Size | cm |
| --- | --- |
| S | 12 |
"""
options = ["Size"]
active = false

  [[products.variants]]
  sku = "BOWL-36-2"
  options = ["36"]
  price = 18.50
  stock = 1
  weight = 1000

  [[products.variants]]
  sku = "BOWL-38"
  options = ["38"]
  price = 18.50
  stock = 2
  weight = 1000

[[products]]
slug = "jug"
title = "Jug"
active = false

  [[products.variants]]
  sku = "bowl-36"
  price = 1234.50
  stock = 3
  weight = 500
'''

PAGE = [
    "Took",
    "  Shopify's export, 9 rows, UTF-8",
    "  4 products in 7 variants; 3 drafts",
    "  3 categories, 2 tags, 1 variants with an earlier price",
    "  0 pictures; 3 are not here yet",
    "Mended",
    "  1 × not published in Shopify; a draft: Chart",
    "  1 × draft in Shopify; a draft: Bowl",
    "  1 × archived in Shopify; a draft: Jug",
    "  1 × a sku that differs only in capitals; a number was put behind it: Blue mug & saucer (Blue / Small)",
    "  1 × without a sku; made from the address and the options: Blue mug & saucer (Red / Small)",
    "  1 × a stock below 0; it is 0: Blue mug & saucer (Blue / Large)",
    "  1 × an earlier price that is not above today's; left out: Blue mug & saucer (Blue / Small)",
    "  1 × a bar code that is no GTIN; left out: Blue mug & saucer (Blue / Small): 123",
    "  1 × without a price; not sold until it has one: Blue mug & saucer (Red / Small)",
    "  1 × a new address; the old one leads to it: Chart: old-chart-1",
    "  2 × one sku for several variants; the option was put behind it: Bowl (36), Bowl (38)",
    "Left out",
    "  1 × a gift card, which this shop does not sell: Voucher",
]


def test_everything_of_a_file_comes_and_is_told(imported: Any, said: Any, shop_folder: Path) -> None:
    out, catalog = imported(FILE)
    assert catalog == CATALOG
    assert out == [
        f"shopify.csv is now {shop_folder}/catalog.toml.",
        *PAGE,
        f"The addresses of 3 pictures are in {shop_folder}/catalog.pictures.txt; --pictures fetches them.",
        "Look it over, then: python -m webshop catalog check, and python -m webshop catalog load",
    ]
    pictures = (shop_folder / "catalog.pictures.txt").read_text().splitlines()
    assert pictures == [f"{PICTURES}/{number}.jpg" for number in (1, 2, 3)]
    assert said("catalog", "check")[0] == 0


def test_the_columns_of_2025_say_the_same(imported: Any) -> None:
    of_2025 = {
        "handle": "URL handle",
        "TITLE": "Title",
        "Body (HTML)": "Description",
        "Product Category": "Product category",
        "Published": "Published on online store",
        "Option1 Name": "Option1 name",
        "Option1 Value": "Option1 value",
        "Option2 Name": "Option2 name",
        "Option2 Value": "Option2 value",
        "Variant SKU": "SKU",
        "Variant Grams": "Weight value (grams)",
        "Variant Inventory Tracker": "Inventory tracker",
        "Variant Inventory Qty": "Inventory quantity",
        "Variant Inventory Policy": "Continue selling when out of stock",
        "Variant Price": "Price",
        "Variant Compare At Price": "Compare-at price",
        "Variant Requires Shipping": "Requires shipping",
        "Variant Taxable": "Charge tax",
        "Variant Barcode": "Barcode",
        "Image Src": "Product image URL",
        "Image Position": "Image position",
        "Image Alt Text": "Image alt text",
        "Gift Card": "Gift card",
        "Variant Image": "Variant image URL",
        "Variant Weight Unit": "Weight unit for display",
    }
    head = [of_2025.get(name, name) for name in OLD.strip().split(",")]
    assert imported(",".join(head) + "\n" + FILE.removeprefix(OLD))[1] == CATALOG


def test_importing_twice_changes_nothing(imported: Any, said: Any, shop_folder: Path) -> None:
    imported(FILE)
    assert said("import", str(shop_folder / "shopify.csv"))[0] == 0
    assert (shop_folder / "catalog.toml").read_text() == CATALOG


def test_what_a_person_has_written_is_not_lost(imported: Any, said: Any, shop_folder: Path) -> None:
    imported(FILE)
    catalog = shop_folder / "catalog.toml"
    mended = CATALOG.replace("price = 24.00", "price = 26.00").replace('title = "Jug"', 'title = "The jug"')
    catalog.write_text(mended)
    assert said("import", str(shop_folder / "shopify.csv")) == (
        1,
        [],
        [
            f"{catalog} has what shopify.csv has not, or has otherwise: Blue mug & saucer, The jug. Nothing "
            "was written. --replace writes over it, and --out FILE to another file."
        ],
    )
    assert catalog.read_text() == mended
    other = shop_folder / "other.toml"
    assert said("import", str(shop_folder / "shopify.csv"), "--out", str(other))[0] == 0
    assert other.read_text() == CATALOG


STOCK = """\
Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Tracker{column},\
Variant Inventory Policy,Variant Price
a,A,Title,Default Title,A,1,shopify{empty},deny,5.00
"""


def test_stock_that_shopify_has_elsewhere_is_told(imported: Any) -> None:
    """A shop with several locations exports no column of quantities; an empty cell of one is 0."""
    out, catalog = imported(STOCK.format(column="", empty=""))
    assert "stock" not in catalog.partition("[[products]]")[2]
    assert "  1 × counted, but the file has no number; sold without limit until it has: A" in out
    out, catalog = imported(STOCK.format(column=",Variant Inventory Qty", empty=","))
    assert "stock = 0" in catalog


def test_a_price_that_the_currency_cannot_have_is_told(imported: Any) -> None:
    head = "Handle,Title,Option1 Value,Variant SKU,Variant Price\n"
    out, catalog = imported(head + "a,A,,A,1050000\nb,B,,B,free\nc,C,,C,4.999\nd,D,,D,0.20\n")
    assert [line for line in out if any(word in line for word in (" charged", " read;"))] == [
        "  1 × costs more than can be charged in EUR; not sold. If the prices are in another currency, set "
        "it in shop.toml and import again: A",
        "  1 × a price that cannot be read; not sold until it has one: B: free",
        "  1 × a price that is finer than EUR is charged; rounded: C",
        "  1 × costs less than can be charged alone; raise it, or sell several as one: D",
    ]
    assert [line for line in catalog.splitlines() if "price" in line or "title" in line] == [
        'title = "A"',
        'title = "B"',
        'title = "C"',
        "  price = 5.00",
        'title = "D"',
        "  price = 0.20",
    ]


def test_the_page_stays_one_and_the_whole_list_lies_beside_it(imported: Any, shop_folder: Path) -> None:
    rows = "".join(f"p{number},Product {number},,,0\n" for number in range(100))
    out, catalog = imported("Handle,Title,Option1 Value,Variant SKU,Variant Price\n" + rows)
    assert "  100 products in 100 variants; 100 drafts" in out
    assert len(out) < 50
    told = "  100 × without a price; not sold until it has one: Product 0, Product 1, Product 2, Product 3"
    assert f"{told}, and 96 more" in out
    assert f"All names are in {shop_folder / 'catalog.report.txt'}." in out
    whole = (shop_folder / "catalog.report.txt").read_text()
    assert all(f"Product {number}" in whole for number in range(100))


def test_more_than_three_options_and_odd_ones_are_mended(imported: Any) -> None:
    head = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Price\n"
    out, catalog = imported(
        head
        + "a,A,Size,S,,Red,A1,5\na,,,S,,Red,A2,5\na,,,M,,,A3,5\nпосуда_1,Посуда,,,,,,6\n"
        + "б,Б,,,,,,7\n"
    )
    assert 'options = ["Size", "Option 2"]' in catalog
    assert [line.strip() for line in catalog.splitlines() if line.startswith("  options")] == [
        'options = ["S", "Red"]',
        'options = ["S", "Red (2)"]',
        'options = ["M", "–"]',
    ]
    assert 'slug = "posuda-1"' in catalog
    assert 'moved_from = ["/products/посуда_1"]' in catalog
    assert 'sku = "posuda-1"' in catalog
    assert [line for line in out if "option" in line and " × " in line] == [
        "  1 × an option without a name; numbered: A",
        "  1 × an option without a value in some variants: A",
        "  1 × two variants with the same options; numbered: A",
        "  2 × without a sku; made from the address and the options: Посуда, Б",
    ]
