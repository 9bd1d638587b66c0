"""python -m webshop catalog check | load, and release: what is sold."""

import argparse
import sys
from collections.abc import Sequence

from webshop import shop
from webshop.catalog import load as catalogue
from webshop.catalog import prices
from webshop.catalog.file.changes import Loaded, told
from webshop.catalog.file.pictures import pictured
from webshop.catalog.file.source import CatalogFile
from webshop.catalog.file.traps import Rename
from webshop.catalog.listing import home
from webshop.catalog.model import Catalogue, without_case
from webshop.commands.catalog import pictures
from webshop.db.engine import Database
from webshop.db.migrate import migrate, opened, patiently, released
from webshop.errors import Mistyped
from webshop.looks.opening import inspect_looks, paper
from webshop.pages.reading import folder_of, mistakes_of
from webshop.pages.starters import refuse_starters
from webshop.pictures.studio import open_studio
from webshop.settings.model import Settings
from webshop.toml_files import FileError


def add_release_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the release known to the command line."""
    release = commands.add_parser("release", help="bring the database to this version and load catalog.toml")
    release.set_defaults(run=_release)


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the commands known to the command line."""
    actions.add_parser("check", help="find mistakes in catalog.toml").set_defaults(run=_check)
    load = actions.add_parser("load", help="make the shop sell what catalog.toml says")
    load.add_argument(
        "--renamed",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="this sku is called otherwise now: its stock stays, and it stays in the carts",
    )
    load.set_defaults(run=_load)


def _check(_options: argparse.Namespace, config: Settings) -> None:
    store = shop.load(config.shop_file)
    studio = open_studio(config, store)
    found = catalog_file(config).read(pictures=studio)
    templates = paper(config).environment.list_templates()
    at_home = [f"{config.shop_file.name}: {each}" for each in home.mistakes(store.home, templates, studio)]
    if mistakes := at_home + mistakes_of(folder_of(config.shop_file), store):
        raise FileError(mistakes)
    print(f"{config.catalog_file.name} is fine: {_count(found)}.")


def _release(_options: argparse.Namespace, config: Settings) -> None:
    """Also on a database of a newer release: then it changes nothing but what is sold."""
    file, store = catalog_file(config), shop.load(config.shop_file)
    studio = open_studio(config, store)
    found, problems = pictured(file.read(), studio)
    pictures.remember_home(studio, store)
    _look_at_templates(config)
    with opened(config) as db:
        patiently(db.ask, config)
        refuse_starters(db, config)
        migrate(db, config.mode)
        _tell(found, catalogue.store(db, found, file.digest, {}), problems)
        _tell_of_earlier_prices(db, config)


def _look_at_templates(config: Settings) -> None:
    """Mistakes are told. Raises FileError for those that nothing stands in for."""
    stopping = []
    for each in inspect_looks(config, draws=bool(config.theme)):
        if each.stops_the_shop:
            stopping.append(str(each))
        else:
            print(each)
    if stopping:
        raise FileError(stopping)


def _load(options: argparse.Namespace, config: Settings) -> None:
    file, store = catalog_file(config), shop.load(config.shop_file)
    studio = open_studio(config, store)
    found, problems = pictures.look_at(file.read(), studio)
    with released(config) as db:
        renamed = dict(_read_renamed(typed, found) for typed in options.renamed)
        renamed |= _ask(catalogue.look(db, found, renamed).renames)
        _tell(found, catalogue.store(db, found, file.digest, renamed), problems)
        _tell_of_earlier_prices(db, config)
    if made := pictures.make_all(found, studio, store):
        print(pictures.said(made))


def catalog_file(config: Settings) -> CatalogFile:
    store = shop.load(config.shop_file)
    return CatalogFile(config.catalog_file, store.currency, store.tax_by_stripe, store.prices)


def _read_renamed(typed: str, found: Catalogue) -> tuple[str, str]:
    """Skus may have = in them: the new one is the file's."""
    skus = {without_case(variant.written_sku) for product in found.products for variant in product.variants}
    for place, letter in enumerate(typed):
        old, new = typed[:place], typed[place + 1 :]
        if letter == "=" and old and without_case(new) in skus:
            return old, new
    raise Mistyped(f"{typed!r} is not OLD=NEW with a new sku that the file has")


def _ask(renames: Sequence[Rename]) -> dict[str, str]:
    """Where somebody sits at a terminal. Else they are told, and are two."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return {}
    return {each.old: each.new for each in renames if _is_the_same(each)}


def _is_the_same(rename: Rename) -> bool:
    answer = input(f"{rename.product}: is {rename.new} the {rename.old} of before? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _tell(found: Catalogue, loaded: Loaded, problems: Sequence[str]) -> None:
    print(f"The shop sells {_count(found)}.")
    for words in told(loaded):
        print(words)
    for words in problems:
        print(f"{words}; a placeholder is shown")


def _tell_of_earlier_prices(db: Database, config: Settings) -> None:
    if shop.load(config.shop_file).prices.earlier == "was":
        return
    with db.read() as connection:
        unknown = prices.count_unknown(connection)
    if unknown:
        print(
            f"Earlier prices (was) that are not shown, for want of 30 days of selling before: {unknown}. "
            "Why: docs/owner.md, Prices."
        )


def _count(found: Catalogue) -> str:
    products = found.products
    return f"{len(products)} products in {sum(len(product.variants) for product in products)} variants"
