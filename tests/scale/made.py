"""Catalogues of any size, the same ones at each run, whose words come as often as in a real one."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

from webshop.catalog.model import Catalogue, Product, Variant
from webshop.db.engine import Database

SEED = 12
OF_EACH = 30  # products, more than a page has
THINGS = (
    "Mug Bowl Plate Jug Vase Teapot Planter Dish Jar Platter Tumbler Candle Lantern Towel Apron Spoon Board "
    "Basket Lamp Cushion Blanket Notebook Tray Coaster Bottle Carafe Saucer Kettle Whisk Ladle"
).split()
NAMES = (
    "Harbour Moor Fern Tide Brook Hill Ridge Estuary Heath Copper Winter Meadow Quarry Juniper Salt Amber"
).split()
TRADES = "stoneware linen ash oak glass brass wool cotton terracotta porcelain felt leather".split()
PARTS = (
    "ba be bi bo da de di do fa fe ka ke ki ko la le li lo ma me mi mo na ne no ra re ri ro sa se so ta te"
).split()
COLOURS = "Blue Oatmeal Celadon Iron Charcoal Chalk".split()
SIZES = "Small Medium Large".split()
ROOTS = "Tableware Kitchen Home Garden Gifts".split()
BRANDS = [
    f"{name} {trade}" for name, trade in zip(NAMES, "& Sons|Pottery|Mill|Works".split("|") * 4, strict=True)
]
FIRST_SKU = "SKU-0"  # can always be bought
COMMON, RARE, BEGUN, MISTYPED = "mug", "zephyrine", "harb", "mugg"  # what is searched for


def make(number: int) -> Catalogue:
    """So many products: three variants each on average, half of them with options, in 31 categories. A small
    shop has fewer things, names and brands: from 30 products on there is a page of each."""
    chance = random.Random(SEED)
    words = list(islice(_words(chance), 4000))
    return Catalogue(tuple(_product(chance, place, number, words) for place in range(number)))


def _some(number: int, values: Sequence[str]) -> Sequence[str]:
    return values[: max(1, number // OF_EACH)]


def one_changed(catalogue: Catalogue) -> Catalogue:
    """The same with another price of one variant in the middle."""
    middle = len(catalogue.products) // 2
    found = catalogue.products[middle]
    first = replace(found.variants[0], price=found.variants[0].price + 100)
    changed = replace(found, variants=(first, *found.variants[1:]))
    return replace(
        catalogue, products=(*catalogue.products[:middle], changed, *catalogue.products[middle + 1 :])
    )


def analyze(db: Database) -> None:
    """What autovacuum does within a minute; SQLite plans without."""
    if not db.is_embedded:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("ANALYZE")


def _words(chance: random.Random) -> Iterator[str]:
    """No language's, and each of them once."""
    seen: set[str] = set()
    while True:
        word = "".join(chance.choices(PARTS, k=chance.choice((2, 3, 3, 4))))
        if word not in seen:
            seen.add(word)
            yield word


def _product(chance: random.Random, place: int, number: int, words: Sequence[str]) -> Product:
    things = _some(number, THINGS)
    thing, name = things[place % len(things)], chance.choice(_some(number, NAMES))
    slug = f"{name}-{thing}-{place}".lower()
    text = " ".join(words[int(len(words) * chance.random() ** 3)] for _ in range(40))
    rare = f" {RARE}" if place == number // 2 else ""
    options = (
        ("Glaze", "Size") if chance.random() < 0.5 and place else ()
    )  # the first one can always be bought
    return Product(
        slug=slug,
        title=f"{name} {thing.lower()} {words[place % len(words)]}",
        summary=f"A {chance.choice(TRADES)} {thing.lower()} for every day.",
        description=f"{text.capitalize()}{rare}.\n\nMade of {chance.choice(TRADES)}.",
        variants=tuple(_variants(chance, slug, place, bool(options))),
        categories=_categories(chance, thing),
        options=options,
        brand=chance.choice(_some(number, BRANDS)),
        tags=tuple(chance.sample(TRADES, chance.randint(0, 3))),
        facts=(("Height", f"{chance.randint(3, 40)} cm"), ("Weight", f"{chance.randint(100, 3000)} g")),
    )


def _categories(chance: random.Random, thing: str) -> tuple[str, ...]:
    own = f"{ROOTS[THINGS.index(thing) % 4]} > {thing}s"
    return (own, "Gifts") if chance.random() < 0.2 else (own,)


def _variants(chance: random.Random, slug: str, place: int, several: bool) -> Iterator[Variant]:
    price = chance.randint(5, 200) * 100
    if not several:
        yield Variant(
            f"SKU-{place}", slug, "", price, chance.choice((None, 0, 3, 50)) if place else None, 400
        )
        return
    both = list(product(COLOURS, SIZES))
    for number, (colour, size) in enumerate(chance.sample(both, chance.randint(2, 8))):
        was = price + 500 if chance.random() < 0.1 else None
        yield Variant(
            sku=f"SKU-{place}-{number}",
            product=slug,
            title=f"{colour} / {size}",
            price=price + 100 * SIZES.index(size),
            stock=chance.choice((0, 5, 40)),
            weight=400,
            options=(colour, size),
            was=was,
        )
