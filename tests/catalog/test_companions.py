"""What goes well with a product."""

import pytest

from tests.catalog.examples import product, shelve
from tests.conftest import both_databases
from webshop.catalog.listing.companions import list_companions
from webshop.catalog.listing.menu import list_way
from webshop.catalog.queries import get_product
from webshop.db.engine import Database

pytestmark = both_databases

MUGS = [product(f"mug-{n}", f"Mug {n}", "Tableware > Mugs") for n in range(1, 8)]


def companions(db: Database, slug: str) -> list[str]:
    with db.read() as connection:
        found = get_product(connection, slug)
        way = list_way(connection, found.category and found.categories[0])
        return [card.product.slug for card in list_companions(connection, found, way)]


def test_what_the_owner_names_comes_in_that_order_as_far_as_it_can_be_bought(db: Database) -> None:
    draft = product("draft", "Draft", draft=True)
    gone = product("gone", "Gone", variants=[((), 100, 0)])
    names = ("mug-5", "gone", "draft", "mug-2")
    shelve(db, product("pot", "Pot", "Kitchen", goes_with=names), *MUGS, draft, gone)
    assert companions(db, "pot") == ["mug-5", "mug-2"]


def test_else_the_next_ones_of_its_category_and_from_its_end_the_first_ones(db: Database) -> None:
    sold_out = product("mug-0", "Mug 0", "Tableware > Mugs", variants=[((), 100, 0)])
    shelve(db, sold_out, *MUGS, product("pot", "Pot", "Kitchen"))
    assert companions(db, "mug-2") == ["mug-3", "mug-4", "mug-5", "mug-6"]
    assert companions(db, "mug-6") == ["mug-7", "mug-1", "mug-2", "mug-3"]


@pytest.mark.parametrize("path, shown", [("Kitchen", []), ("", ["mug-1", "mug-2", "mug-3", "mug-4"])])
def test_alone_in_its_category_it_has_none_and_without_one_it_has_any(
    db: Database, path: str, shown: list[str]
) -> None:
    shelve(db, product("pot", "Pot", *filter(None, [path])), *MUGS)
    assert companions(db, "pot") == shown


def test_a_small_category_is_filled_up_from_the_one_around_it(db: Database) -> None:
    plates = [product(f"plate-{n}", f"Plate {n}", "Tableware > Plates") for n in (1, 2)]
    shelve(db, *MUGS, *plates)
    assert companions(db, "plate-1") == ["plate-2", "mug-1", "mug-2", "mug-3"]
