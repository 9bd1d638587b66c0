"""Cards: what is read again as it was is the same one, and what a card shows is never an old one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.catalog.examples import PLATE, SHELF, product, shelve
from tests.conftest import both_databases, make_config, site_of
from tests.keys import LIVE_KEYS
from tests.web.questions import soup
from webshop.app import create_app
from webshop.catalog.listing import cards
from webshop.catalog.listing.cards import Card, list_cards
from webshop.catalog.model import Picture
from webshop.db.engine import Database
from webshop.db.tables import products, variants

ADDRESS = LIVE_KEYS["PUBLIC_URL"]
MUG: dict[str, Any] = {"file": "mug.jpg", "alt": "A mug", "name": "mug-1", "width": 800, "height": 800}


def read(db: Database, *slugs: str) -> list[Card]:
    with db.read() as connection:
        return list_cards(connection, slugs)


def change(db: Database, table: Any, key: str, **values: object) -> None:
    with db.write() as connection:
        [first, *_others] = table.primary_key
        connection.execute(update(table).where(first == key).values(**values))


@both_databases
def test_a_card_speaks_of_the_cheapest_variant_that_can_be_bought(db: Database) -> None:
    dear = [(("Blue",), 900, 0), (("Grey",), 2500, 1), (("Blue",), 2000, None), (("Grey",), 2000, 4)]
    gone = [(("Blue",), 900, 0), (("Blue",), 800, 0)]
    shelve(db, product("a", "A", options=("Glaze",), variants=dear), product("b", "B", variants=gone), PLATE)
    a, b, plate = read(db, "a", "b", "plate")
    assert (a.variant.sku, a.count, a.price_from, a.price_to) == ("A-3", 4, 2000, 2500)
    assert a.values == ("Blue", "Grey")
    assert (b.variant.sku, b.count, b.price_from, b.price_to, b.values) == ("B-2", 2, 800, 900, ())
    assert (plate.variant.sku, plate.price_to, plate.values) == ("PLATE-1", 2200, ("Blue", "Green"))
    assert plate.product.variants == (plate.variant,)
    assert plate.product.tags == ("stoneware",)


@both_databases
def test_what_is_read_again_as_it_was_is_the_same_card(db: Database) -> None:
    shelve(db, *SHELF)
    before = read(db, "plate", "mug")
    again = read(db, "mug", "plate")
    assert [again[1] is before[0], again[0] is before[1]] == [True, True]


@both_databases
@pytest.mark.parametrize(
    ("table", "key", "values", "shown"),
    [
        (variants, "PLATE-1", {"price": 2100}, lambda card: card.price_from == 2100),
        (variants, "PLATE-1", {"stock": 0}, lambda card: card.variant.sku == "PLATE-3"),
        (variants, "PLATE-1", {"stock": 2}, lambda card: card.variant.stock == 2),
        (variants, "PLATE-2", {"stock": 1}, lambda card: card.price_to == 3000),
        (variants, "PLATE-3", {"active": False}, lambda card: card.count == 2),
        (variants, "PLATE-1", {"was": 2500, "lowest": 2400}, lambda card: card.variant.was == 2500),
        (variants, "PLATE-1", {"contents": "1 kg"}, lambda card: card.variant.contents == "1 kg"),
        (variants, "PLATE-3", {"options": ["Red", "Small"]}, lambda card: card.values == ("Blue", "Red")),
        (products, "plate", {"title": "Plate"}, lambda card: card.product.title == "Plate"),
        (products, "plate", {"summary": "Round."}, lambda card: card.product.summary == "Round."),
        (products, "plate", {"pictures": [MUG]}, lambda card: card.product.picture == Picture(**MUG)),
        (products, "plate", {"options": ["Colour"]}, lambda card: card.product.options == ("Colour",)),
    ],
)
def test_what_has_changed_is_on_the_next_card(
    db: Database, table: Any, key: str, values: dict[str, object], shown: Any
) -> None:
    shelve(db, *SHELF)
    [before, mug] = read(db, "plate", "mug")
    assert not shown(before)
    change(db, table, key, **values)
    [now, other] = read(db, "plate", "mug")
    assert shown(now)
    assert other is mug


@both_databases
def test_what_is_not_on_sale_any_more_has_no_card(db: Database) -> None:
    shelve(db, *SHELF)
    assert [card.product.slug for card in read(db, "mug", "cup", "no-such")] == ["mug", "cup"]
    change(db, products, "mug", active=False)
    change(db, variants, "CUP-1", active=False)
    assert read(db, "mug", "cup", "no-such") == []


def test_cards_are_kept_up_to_a_bound(db: Database) -> None:
    cards._kept.cache_clear()
    number = cards.MOST_KEPT + 20
    shelve(db, *(product(f"p{n}", f"Pin {n}") for n in range(number)))
    found = read(db, *(f"p{n}" for n in range(number)))
    assert [card.product.title for card in found] == [f"Pin {n}" for n in range(number)]
    assert cards._kept.cache_info().currsize == cards.MOST_KEPT
    assert read(db, f"p{number - 1}")[0] is found[-1]
    assert read(db, "p0")[0] is not found[0]
    assert read(db, "p0")[0] == found[0]


def test_a_card_of_many_variants_or_of_a_long_text_is_right_and_not_kept(db: Database) -> None:
    """It would take tens of kilobytes."""
    mug = product("mug", "Harbour mug")
    few, many = (
        tuple(replace(mug.variants[0], sku=f"{slug}-{n}", price=1000 + n) for n in range(number))
        for slug, number in (("FEW", cards.FEW), ("MANY", cards.FEW + 1))
    )
    shelve(
        db,
        replace(mug, variants=few, description="x" * cards.LONG),
        replace(mug, slug="many", variants=many),
        replace(
            mug, slug="long", variants=(replace(few[0], sku="LONG"),), description="x" * (cards.LONG + 1)
        ),
    )
    first, second = read(db, "mug", "many", "long"), read(db, "mug", "many", "long")
    assert [(card.count, card.price_from, card.price_to) for card in first] == [
        (20, 1000, 1019),
        (21, 1000, 1020),
        (1, 1000, 1000),
    ]
    assert first == second
    assert [a is b for a, b in zip(first, second, strict=True)] == [True, False, False]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[TestClient]:
    """A shop that takes real money, without the pages that it keeps."""
    keys = {name.lower(): value for name, value in LIVE_KEYS.items()}
    cache: Any = create_app(make_config(tmp_path, demo=False, **keys))
    client = TestClient(cache.app, base_url=ADDRESS)
    shelve(site_of(client).db, *SHELF, product("tile", "Tile", "Tableware > Tiles", price=500))
    yield client
    site_of(client).db.engine.dispose()


def shown(client: TestClient, slug: str, path: str = "/products") -> str:
    """The card's words."""
    [card] = soup(client.get(path)).select(f'.card:has(a[href="/products/{slug}"])')
    return " ".join(card.get_text(" ").split())


def test_a_live_shop_shows_at_once_what_has_changed_on_a_card(live: TestClient) -> None:
    db = site_of(live).db
    for _again in range(2):
        assert shown(live, "mug") == "Harbour mug €24.00 Add to cart: Harbour mug"
    change(db, variants, "MUG-1", price=2600)
    assert shown(live, "mug") == "Harbour mug €26.00 Add to cart: Harbour mug"
    change(db, variants, "MUG-1", stock=0)
    assert shown(live, "mug") == "Harbour mug €26.00 Sold out"
    change(db, products, "mug", title="Harbour <mug>", summary="Blue.")
    assert shown(live, "mug") == "Harbour <mug> Blue. €26.00 Sold out"
    change(db, products, "mug", pictures=[MUG])
    assert 'alt="A mug"' in live.get("/products").text
    change(db, variants, "MUG-1", price=2400, stock=5)
    change(db, products, "mug", title="Harbour mug", summary="", pictures=[])
    assert shown(live, "mug") == "Harbour mug €24.00 Add to cart: Harbour mug"


def test_the_first_pictures_of_a_list_are_fetched_at_once_and_the_same_ones_later_elsewhere(
    live: TestClient,
) -> None:
    change(site_of(live).db, products, "mug", pictures=[MUG])
    cheap, dear = (live.get(f"/c/mugs?sort={sort}") for sort in ("price", "-price"))
    assert [page.text.count('fetchpriority="high"') for page in (cheap, dear)] == [1, 1]
    companions = soup(live.get("/products/tile")).select(".companions .card__picture")
    assert {img.get("loading") for img in companions if img["alt"] == "A mug"} == {"lazy"}
