"""A catalogue to be found things in, written by hand."""

from webshop.catalog import load
from webshop.catalog.model import Catalogue, Product, Variant, WrittenCategory
from webshop.db.engine import Database


def product(slug: str, title: str, *categories: str, price: int = 1000, **more: object) -> Product:
    """With one variant, unless `variants` are given as (options, price, stock)."""
    rows: list[tuple[tuple[str, ...], int, int | None]] = more.pop("variants", [((), price, 5)])  # type: ignore[assignment]
    variants = tuple(
        Variant(f"{slug.upper()}-{n}", slug, " / ".join(options), cost, stock, 100, options=options)
        for n, (options, cost, stock) in enumerate(rows, 1)
    )
    fields = {"summary": "", "description": "", **more}
    return Product(slug=slug, title=title, variants=variants, categories=categories, **fields)  # type: ignore[arg-type]


PLATE = product(
    "plate",
    "Supper plate",
    "Tableware > Plates",
    "Gifts",
    options=("Glaze", "Size"),
    brand="Fernhill",
    tags=("stoneware",),
    variants=[(("Blue", "Small"), 2000, 3), (("Blue", "Large"), 3000, 0), (("Green", "Small"), 2200, None)],
)
SHELF = (
    PLATE,
    product("mug", "Harbour mug", "Tableware > Mugs", price=2400, brand="Fernhill", tags=("blue",)),
    product("cup", "Tide cup", "Tableware > Mugs", price=900, brand="Moor", tags=("blue", "stoneware")),
    product("vase", "Moor vase", "Home", price=9000, brand="Moor", variants=[((), 9000, 0)]),
    product("card", "Birthday card", price=300),
)


def shelve(db: Database, *products: Product, categories: tuple[WrittenCategory, ...] = ()) -> None:
    """The shop sells these and nothing else."""
    with db.write() as connection:
        load.load(connection, Catalogue(products, categories))
