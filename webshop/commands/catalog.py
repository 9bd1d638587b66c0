"""python -m webshop catalog check | load | stock, and release: what is sold, and how many of it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from webshop import shop
from webshop.catalog import queries as products
from webshop.catalog.file import broken_pictures, missing_pictures, read_catalog
from webshop.catalog.model import Product
from webshop.db.engine import Database, again_if_contended
from webshop.db.migrate import migrate, opened, patiently, released
from webshop.errors import Mistyped
from webshop.orders import stock
from webshop.settings.model import ROOT, Settings

PICTURES = ROOT / "static" / "img" / "products"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    release = commands.add_parser("release", help="bring the database to this version and load catalog.toml")
    release.set_defaults(run=_release)

    parser = commands.add_parser("catalog", help="what is sold")
    actions = parser.add_subparsers(required=True, metavar="action")
    actions.add_parser("check", help="find mistakes in catalog.toml").set_defaults(run=_check)
    actions.add_parser("load", help="make the shop sell what catalog.toml says").set_defaults(run=_load)
    count = actions.add_parser("stock", help="set how many pieces of a sku can be bought")
    count.add_argument("sku")
    count.add_argument("pieces", help='a number, or "unlimited"')
    count.set_defaults(run=_set_stock)


def _check(_options: argparse.Namespace, config: Settings) -> None:
    found = _read(config, pictures=PICTURES)
    print(f"{config.catalog_file.name} is fine: {_count(found)}.")


def _release(_options: argparse.Namespace, config: Settings) -> None:
    """Also on a database of a newer release: then it changes nothing but what is sold."""
    found = _read(config)
    with opened(config) as db:
        patiently(db.ask, config)
        migrate(db, config.mode)
        _tell(found, _store(db, found))


def _load(_options: argparse.Namespace, config: Settings) -> None:
    found = _read(config)
    with released(config) as db:
        _tell(found, _store(db, found))


@again_if_contended
def _store(db: Database, found: Sequence[Product]) -> list[str]:
    with db.write() as connection:
        return products.load(connection, found)


def _tell(found: Sequence[Product], otherwise: Sequence[str]) -> None:
    print(f"The shop sells {_count(found)}.")
    for words in missing_pictures(found, PICTURES):
        print(f"{words}; a placeholder is shown")
    for words in broken_pictures(found, PICTURES):
        print(words)
    for words in otherwise:
        print(words)
    if otherwise:
        print("Loading touches no stock: python -m webshop catalog stock SKU NUMBER sets it.")


def _read(config: Settings, pictures: Path | None = None) -> list[Product]:
    store = shop.load(config.shop_file)
    return read_catalog(
        config.catalog_file, store.currency, tax_by_stripe=store.tax_by_stripe, pictures=pictures
    )


def _count(found: Sequence[Product]) -> str:
    return f"{len(found)} products in {sum(len(product.variants) for product in found)} variants"


def _set_stock(options: argparse.Namespace, config: Settings) -> None:
    pieces = None if options.pieces == "unlimited" else _pieces(options.pieces)
    with released(config) as db, db.write() as connection:
        stock.count(connection, options.sku, pieces)
    print(f"{options.sku}: {options.pieces}")


def _pieces(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise Mistyped(f"{text!r} is neither a number of pieces nor unlimited")
    return int(text)
