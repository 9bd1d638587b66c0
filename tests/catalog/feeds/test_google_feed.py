"""Google's feed, read as Google reads it."""

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from starlette.testclient import TestClient

from tests.catalog.feeds.goods import GOODS, sell, sell_all
from tests.conftest import DATA, site_of
from webshop import shop
from webshop.catalog.feeds import google
from webshop.catalog.feeds.reading import BATCH, Entry, read_everything
from webshop.catalog.model import Product, Variant

G = "{http://base.google.com/ns/1.0}"
SITE = "http://127.0.0.1:8000"
# What https://support.google.com/merchants/answer/7052112 says of each; the first ones must be there.
FIELDS = {
    "id": r".{1,50}", "title": r".{1,150}", "description": r"(?s).{1,5000}",
    "link": r"http://\S+", "availability": "in_stock|out_of_stock", "price": r"\d+\.\d\d EUR",
    "condition": "new|used|refurbished",
    "image_link": r"http://\S+", "additional_image_link": r"http://\S+", "sale_price": r"\d+\.\d\d EUR",
    "brand": r".{1,70}", "gtin": r"\d{8}|\d{12,14}", "identifier_exists": "yes|no",
    "item_group_id": r".{1,50}",
    "color": r".{1,100}", "size": r".{1,100}", "material": r".{1,200}", "pattern": r".{1,100}",
    "product_type": r".{1,750}", "shipping_weight": r"\d+ (g|kg|oz|lb)",
    "unit_pricing_measure": r"[\d.]+ (g|ml|cm|sqm|ct|oz|lb|floz)",
    "unit_pricing_base_measure": r"(1|100) (g|kg|ml|l|m|sqm|ct|oz|lb|floz)",
}  # fmt: skip
NEEDED = list(FIELDS)[:7]
OFTEN = {"additional_image_link", "product_type"}


def items(text: str) -> dict[str, Element]:
    """By id."""
    root = fromstring(text)
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("rss", "2.0", ["channel"])
    channel = root[0]
    assert [child.tag for child in channel][:3] == ["title", "link", "description"]
    found = list(channel)[3:]
    assert {item.tag for item in found} <= {"item"}
    return {str(item.findtext(f"{G}id")): item for item in found}


def mistakes(item: Element) -> Iterator[str]:
    names = [field.tag.removeprefix(G) for field in item]
    yield from (f"{name} is missing" for name in NEEDED if name not in names)
    yield from (f"{name} is there twice" for name in set(names) - OFTEN if names.count(name) > 1)
    for field in item:
        name, text = field.tag.removeprefix(G), field.text or ""
        if name not in FIELDS or not re.fullmatch(FIELDS[name], text):
            yield f"{name}: {text!r}"
    if "gtin" not in names and "identifier_exists" not in names:
        yield "nothing says that there is no number"


def told(item: Element) -> dict[str, str]:
    return {field.tag.removeprefix(G): field.text or "" for field in item}


def test_every_kind_of_product_is_told_as_google_takes_it(client: TestClient) -> None:
    sell_all(client)
    answer = client.get("/feeds/google.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    found = items(answer.text)
    assert {sku: problems for sku, item in found.items() if (problems := list(mistakes(item)))} == {}
    assert set(found) == {
        "mug blue/S",
        "mug blue/L",
        "OIL",
        "CHART",
        "<&>",
        *(f"CORD-{n}" for n in range(1, 41)),
    }

    small, large = GOODS[0].variants
    assert told(found["mug blue/S"]) == {
        "id": "mug blue/S",
        "title": "Harbour mug, Blue / Small",
        "description": "Thrown by hand.\nholds tea\nand coffee",
        "link": f"{SITE}/products/mug?variant={small.mark}",
        "image_link": f"{SITE}/pictures/mug.jpg/0123456789-640.jpg",
        "additional_image_link": f"{SITE}/pictures/inside.jpg/abcdef0123-640.jpg",
        "availability": "in_stock",
        "price": "24.00 EUR",
        "condition": "new",
        "brand": "Fernhill & Sons",
        "gtin": "4006381333931",
        "item_group_id": "mug",
        "color": "Blue",
        "size": "Small",
        "product_type": "Tableware > Mugs",
        "shipping_weight": "420 g",
    }
    of_large = told(found["mug blue/L"])
    assert (of_large["availability"], of_large["identifier_exists"]) == ("out_of_stock", "no")
    assert of_large["image_link"] == f"{SITE}/pictures/inside.jpg/abcdef0123-640.jpg"
    assert told(found["OIL"]) == {
        "id": "OIL",
        "title": "Olive oil",
        "description": "Green.",
        "link": f"{SITE}/products/oil",
        "availability": "in_stock",
        "price": "22.00 EUR",
        "sale_price": "17.85 EUR",
        "condition": "new",
        "identifier_exists": "no",
        "shipping_weight": "400 g",
        "unit_pricing_measure": "250 ml",
        "unit_pricing_base_measure": "100 ml",
    }
    assert "shipping_weight" not in told(found["CHART"])
    assert told(found["<&>"])["title"] == "</script><script>alert(1)</script> ]]> & \"quotes\" 'x' 🍵 שלום"
    assert told(found["CORD-2"])["availability"] == "out_of_stock"


def test_an_earlier_price_that_is_not_shown_is_no_sale(client: TestClient) -> None:
    sell(client, *GOODS)
    oil = told(items(client.get("/feeds/google.xml").text)["OIL"])
    assert (oil["price"], "sale_price" in oil) == ("17.85 EUR", False)


def test_of_long_names_what_google_takes_is_told() -> None:
    name = "long-" * 16
    pair = tuple(Variant(f"L-{n}", name, "x" * 80, 100, None, 1) for n in range(2))
    product = Product(name.strip("-"), "T" * 200, "", "d" * 9000, pair, categories=("C > " * 40 + "D",))
    text = "".join(google.feed(SITE, shop.load(DATA / "shop.toml"), [[Entry(product, None)]]))
    assert [list(mistakes(item)) for item in items(text).values()] == [[], []]


def test_contents_are_told_in_googles_units() -> None:
    wanted = {
        "2 m": ("200 cm", "1 m"), "1.5 m²": ("1.5 sqm", "1 sqm"), "6 pieces": ("6 ct", "1 ct"),
        "0.5 l": ("500 ml", "1 l"),
        "8 fl oz": ("8 floz", "1 floz"), "300 g": ("300 g", "1 kg"), "80 g": ("80 g", "100 g"),
    }  # fmt: skip
    variants = tuple(Variant(each, "p", each, 100, None, 1, contents=each) for each in wanted)
    feed = google.feed(
        SITE, shop.load(DATA / "shop.toml"), [[Entry(Product("p", "P", "s", "", variants), None)]]
    )
    found = {sku: told(item) for sku, item in items("".join(feed)).items()}
    assert {
        sku: (each["unit_pricing_measure"], each["unit_pricing_base_measure"]) for sku, each in found.items()
    } == wanted


def test_a_feed_reads_on_only_when_it_is_taken(client: TestClient) -> None:
    many = [
        Product(f"p-{n}", "P", "", "", (Variant(f"P-{n}", f"p-{n}", "", 100, None, 1),))
        for n in range(BATCH * 3)
    ]
    sell(client, *many)
    read: list[int] = []

    def counted() -> Iterator[Sequence[Entry]]:
        for batch in read_everything(site_of(client).db):
            read.append(len(batch))
            yield batch

    pieces = google.feed(SITE, site_of(client).shop, counted())
    next(pieces)
    next(pieces)
    assert read == [BATCH]
    assert sum(piece.count("<item>") for piece in pieces) + BATCH == BATCH * 3
    assert read == [BATCH] * 3
