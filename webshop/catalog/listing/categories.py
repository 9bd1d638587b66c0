"""The tree of categories, from the paths that products and catalog.toml name: "Tableware > Mugs"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webshop.catalog.model import Catalogue, Product
from webshop.links import slug, unused

EVERYTHING = ""  # the slug of what holds all categories


@dataclass(frozen=True)
class Category:
    """A category with products on sale in it or below it, as pages show it. `parent` is a slug, or ""."""

    slug: str
    title: str
    parent: str
    path: str
    description: str
    products: int


@dataclass(frozen=True)
class Branch:
    """A category as it is loaded: `path` from the root."""

    slug: str
    path: str
    title: str
    parent: str
    description: str


def ways(path: str) -> list[str]:
    """A path and those of what is around it, from the root: "A > B" is in "A"."""
    titles = [title.strip() for title in path.split(" > ") if title.strip()]
    return [" > ".join(titles[: depth + 1]) for depth in range(len(titles))]


def grow(catalogue: Catalogue, known: Mapping[str, str]) -> dict[str, Branch]:
    """The tree by paths, in the order of pages: written ones first, then as products come. An address stays:
    `known` has the slugs by path that were given before."""
    written = {path: entry for entry in catalogue.categories for path in ways(entry.path)[-1:]}
    paths = dict.fromkeys(path for each in (*written, *_named(catalogue.products)) for path in ways(each))
    slugs = {path: entry.slug for path, entry in written.items() if entry.slug}
    used = set(slugs.values())
    for path in paths:
        if path not in slugs and path in known and known[path] not in used:
            slugs[path] = known[path]
            used.add(known[path])
    for path in paths:
        if path not in slugs:
            slugs[path] = unused(slug(ways(path)[-1].split(" > ")[-1], otherwise="category"), used)
    return {
        path: _branch(path, slugs, written[path].description if path in written else "") for path in paths
    }


def _named(products: Iterable[Product]) -> Iterable[str]:
    return (path for product in products if not product.draft for path in product.categories)


def _branch(path: str, slugs: Mapping[str, str], description: str) -> Branch:
    above, _arrow, title = path.rpartition(" > ")
    return Branch(slugs[path], path, title, slugs[above] if above else EVERYTHING, description)
