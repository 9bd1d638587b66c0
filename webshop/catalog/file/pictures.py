"""The pictures that the catalogue names, as the studio finds them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from webshop.catalog.model import Catalogue, Picture, Product
from webshop.pictures.model import Description
from webshop.pictures.studio import Studio

Descriptions = Mapping[str, Description]


def pictured(
    catalogue: Catalogue, studio: Studio, *, wholly: bool = False, tell: Callable[[], None] = lambda: None
) -> tuple[Catalogue, list[str]]:
    """The catalogue with what is made of each picture, and a line for each that nothing can be made of. What
    the other arguments are says the studio."""
    found = studio.describe(picture_files(catalogue.products), wholly=wholly, tell=tell)
    products = tuple(_pictured(product, found) for product in catalogue.products)
    titled = ((product.title, product.pictures) for product in catalogue.products)
    return replace(catalogue, products=products), [*_problems(titled, found)]


def check_pictures(titled: Iterable[tuple[str, Sequence[Picture]]], studio: Studio) -> list[str]:
    """A line for each picture that is missing, broken, or none at all; by the titles of their products."""
    shown = [*titled]
    files = [picture.file for _title, pictures in shown for picture in pictures]
    return [*_problems(shown, studio.describe(files, wholly=True))]


def picture_files(products: Iterable[Product]) -> list[str]:
    return [picture.file for product in products for picture in product.pictures]


def _problems(titled: Iterable[tuple[str, Sequence[Picture]]], found: Descriptions) -> Iterator[str]:
    for title, pictures in titled:
        problems = (found[picture.file].problem for picture in pictures)
        yield from (f"{title}: {problem}" for problem in problems if problem)


def _pictured(product: Product, found: Descriptions) -> Product:
    return replace(product, pictures=tuple(_shown(each, found[each.file]) for each in product.pictures))


def _shown(picture: Picture, found: Description) -> Picture:
    return replace(picture, name=found.name, width=found.width, height=found.height)
