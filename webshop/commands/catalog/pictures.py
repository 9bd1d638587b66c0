"""python -m webshop catalog pictures, which catalog load does, too: all versions of pictures are made."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webshop import shop
from webshop.catalog.file.pictures import picture_files, pictured
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.model import Catalogue
from webshop.commands.catalog.bar import Bar
from webshop.pictures.studio import Studio, open_studio
from webshop.settings.model import Settings
from webshop.shop import Shop


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Make the command known to the command line."""
    made = actions.add_parser("pictures", help="make what is shown of static/img/products/")
    made.set_defaults(run=make)


def make(_options: argparse.Namespace, config: Settings) -> None:
    """Of what catalog.toml names, without a database."""
    store = shop.load(config.shop_file)
    found = read_catalog(config.catalog_file, store.currency, tax_by_stripe=store.tax_by_stripe)
    studio = open_studio(config, store)
    _catalogue, problems = look_at(found, studio)
    for words in problems:
        print(words)
    made = make_all(found, studio, store)
    print(said(made) if made else "All pictures were made before.")


def said(made: int) -> str:
    return "One picture was made." if made == 1 else f"{made:,} pictures were made."


def look_at(found: Catalogue, studio: Studio) -> tuple[Catalogue, list[str]]:
    """The catalogue with its pictures, each looked at to its end, and what is wrong with them, by line."""
    with _counted(found, "Looking at pictures") as tell:
        return pictured(found, studio, wholly=True, tell=tell)


def remember_home(studio: Studio, store: Shop) -> None:
    """Its pictures are measured now, and not by whoever serves."""
    for file in _at_home(store):
        studio.look_up(file)


def _at_home(store: Shop) -> list[str]:
    return [section.picture for section in store.home if section.picture]


def make_all(found: Catalogue, studio: Studio, store: Shop) -> int:
    """What no place has yet, the home page's too; of how many pictures."""
    described = list(studio.describe([*picture_files(found.products), *_at_home(store)]).values())
    with _counted(found, "Making pictures") as tell:
        made = studio.make_all(described, tell)
    studio.tidy(described)
    return made


@contextmanager
def _counted(found: Catalogue, words: str) -> Iterator[Callable[[], None]]:
    """A bar for whoever sits before it, when it takes more than a moment."""
    total = len(set(picture_files(found.products)))
    with Bar(total=total, desc=words, delay=1, leave=False, disable=not sys.stderr.isatty()) as bar:

        def tell() -> None:
            bar.update()

        yield tell
