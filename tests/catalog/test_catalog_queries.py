"""Loading the catalogue: the shop sells what the file says, and a counted stock belongs to the database."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Table, event, select, update

from tests.conftest import both_databases
from webshop.catalog import load as catalogue
from webshop.catalog import queries as products
from webshop.catalog.model import Catalogue, Picture, Product, Variant
from webshop.catalog.opening import is_empty
from webshop.db.columns import metadata
from webshop.db.engine import Database
from webshop.db.tables import products as product_table
from webshop.db.tables import variants
from webshop.errors import NotFound

pytestmark = both_databases
MUG = Product(
    "mug", "Mug", "A mug.", "Holds tea.",
    (Variant("MUG-RED", "mug", "Red", 1200, 10, 300), Variant("MUG-BLUE", "mug", "Blue", 1300, None, 310)),
    (Picture("mug.svg", "A mug."),), ("Mugs",),
)  # fmt: skip
BOWL = Product(
    "bowl", "Bowl", "A bowl.", "Holds soup.",
    (Variant("BOWL", "bowl", "", 1800, 0, 400),), (Picture("bowl.svg", "A bowl."),), ("Bowls",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _two_products(db: Database) -> None:
    with db.write() as connection:
        connection.execute(variants.delete())
        connection.execute(product_table.delete())
        assert is_empty(connection)
    load(db, MUG, BOWL)


def load(db: Database, *catalog: Product) -> list[str]:
    with db.write() as connection:
        return list(catalogue.load(connection, Catalogue(catalog)).stock)


def on_sale(db: Database) -> list[Product]:
    with db.read() as connection:
        assert not is_empty(connection)
        return products.list_products(connection)


def rows(db: Database, table: Table) -> set[tuple[Any, ...]]:
    with db.read() as connection:
        return {tuple(map(repr, row)) for row in connection.execute(select(table))}


def stock(db: Database) -> dict[str, int | None]:
    with db.read() as connection:
        return {row.sku: row.stock for row in connection.execute(select(variants))}


def with_stock(product: Product, *stocks: int | None) -> Product:
    changed = [replace(each, stock=stock) for each, stock in zip(product.variants, stocks, strict=True)]
    return replace(product, variants=tuple(changed))


def test_what_is_loaded_is_on_sale_in_the_order_of_the_file(db: Database) -> None:
    assert on_sale(db) == [MUG, BOWL]
    with db.read() as connection:
        assert products.get_product(connection, "bowl") == BOWL


def test_loading_twice_changes_nothing(db: Database) -> None:
    before = {table.name: rows(db, table) for table in metadata.sorted_tables}
    load(db, MUG, BOWL)
    assert {table.name: rows(db, table) for table in metadata.sorted_tables} == before


def test_a_changed_file_changes_everything_but_the_stock(db: Database) -> None:
    red, blue = MUG.variants
    changed = replace(
        MUG,
        title="Cup",
        description="Holds coffee.",
        variants=(replace(blue, price=1), replace(red, title="Crimson", weight=1)),
    )
    load(db, BOWL, changed)
    assert on_sale(db) == [BOWL, changed]


def test_the_file_cannot_put_back_what_was_sold(db: Database) -> None:
    with db.write() as connection:
        connection.execute(update(variants).where(variants.c.sku == "MUG-RED").values(stock=3))
    load(db, with_stock(MUG, 500, None), with_stock(BOWL, 500))
    assert stock(db) == {"MUG-RED": 3, "MUG-BLUE": None, "BOWL": 0}


def test_the_file_changes_no_stock_that_the_shop_has(db: Database) -> None:
    """Neither a deleted line nor a new one: somebody may have said `catalog stock SKU unlimited`."""
    load(db, with_stock(MUG, None, 7), with_stock(BOWL, None))
    assert stock(db) == {"MUG-RED": 10, "MUG-BLUE": None, "BOWL": 0}
    load(db, with_stock(MUG, 4, 9), with_stock(BOWL, 3))
    assert stock(db) == {"MUG-RED": 10, "MUG-BLUE": None, "BOWL": 0}


def test_the_files_number_is_that_of_a_new_sku(db: Database) -> None:
    green = Variant("MUG-GREEN", "mug", "Green", 1400, 5, 300)
    load(db, replace(MUG, variants=(*MUG.variants, green)), BOWL)
    assert stock(db) == {"MUG-RED": 10, "MUG-BLUE": None, "MUG-GREEN": 5, "BOWL": 0}


def test_stock_that_the_file_would_count_otherwise_is_named(db: Database) -> None:
    assert load(db, MUG, BOWL) == []
    assert load(db, with_stock(MUG, 500, None), BOWL) == [
        "Mug, Red (MUG-RED): the file's stock went from 10 to 500, and the shop keeps its 10. To change that "
        "by as much: python -m webshop catalog stock MUG-RED +490"
    ]
    assert load(db, with_stock(MUG, 500, None), BOWL) == []  # told once; numbers differ after each sale
    assert load(db, with_stock(MUG, None, 7), BOWL) == [
        "Mug, Red (MUG-RED): the shop counts 10, although the file has no stock for it. To sell it without "
        "counting: python -m webshop catalog stock MUG-RED unlimited",
        "Mug, Blue (MUG-BLUE): is sold without counting, although the file has a stock of 7. To count: "
        "python -m webshop catalog stock MUG-BLUE 7",
    ]


def test_a_product_that_is_no_longer_listed_is_kept_with_its_stock_but_not_sold(db: Database) -> None:
    load(db, BOWL)
    assert on_sale(db) == [BOWL]
    with db.read() as connection, pytest.raises(NotFound):
        products.get_product(connection, "mug")
    assert stock(db) == {"MUG-RED": 10, "MUG-BLUE": None, "BOWL": 0}

    load(db, with_stock(MUG, 500, None), BOWL)
    assert on_sale(db) == [MUG, BOWL]  # red: the ten that there were


def test_a_variant_that_is_no_longer_listed_is_not_sold(db: Database) -> None:
    without_red = replace(MUG, variants=MUG.variants[1:])
    load(db, without_red, BOWL)
    assert on_sale(db) == [without_red, BOWL]


def test_a_variant_can_move_to_another_product(db: Database) -> None:
    moved = replace(MUG.variants[0], product="bowl")
    mug = replace(MUG, variants=MUG.variants[1:])
    bowl = replace(BOWL, variants=(*BOWL.variants, moved))
    load(db, mug, bowl)
    assert on_sale(db) == [mug, bowl]


def test_a_products_page_reads_its_own_variants_only(db: Database) -> None:
    """Of an unknown product none: anybody may ask for any number of those."""
    asked: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *sent: asked.append((sent[2], sent[3])))
    with db.read() as connection:
        products.get_product(connection, "mug")
        with pytest.raises(NotFound):
            products.get_product(connection, "nothing")
    of_variants = [values for statement, values in asked if "FROM variants" in statement]
    assert [tuple(values.values() if isinstance(values, dict) else values) for values in of_variants] == [
        ("mug",)
    ]


def test_an_unknown_product_is_not_found(db: Database) -> None:
    with db.read() as connection, pytest.raises(NotFound) as refusal:
        products.get_product(connection, "Mug")
    assert refusal.value.message == "We do not have this product."
