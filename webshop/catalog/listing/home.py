"""The sections of the home page, as shop.toml chooses them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, select

from webshop.catalog.listing.cards import Card, list_cards
from webshop.catalog.listing.categories import EVERYTHING, Category
from webshop.catalog.listing.menu import find, list_below
from webshop.catalog.model import Picture
from webshop.db.hot import Hot
from webshop.db.tables import facets, listings
from webshop.pictures.studio import Studio
from webshop.shop import HomeSection

A_ROW = 8  # products of a category on the home page
FEW = 4
MOST_SECTIONS = 12  # where nobody has chosen
ONLY_PRODUCTS = {"row", "new", "categories"}  # sections that are nothing without them

FIRST = Hot(  # written once, as in cards.py
    select(listings.c.product)
    .where(listings.c.category == bindparam("category"))
    .order_by(listings.c.position)
    .limit(bindparam("most"))
)

Photo: TypeAlias = Callable[[str], Picture]  # an original of static/img/products/, as pages show it


@dataclass(frozen=True)
class Tile:
    """A category with the picture of its first product."""

    title: str
    address: str
    picture: Picture | None


@dataclass(frozen=True)
class Section:
    """A part of the home page, drawn by templates/home/ with `name`. `address` leads to all of its products;
    "" where there are no more. `text` is Markdown. `tiles` are for categories."""

    title: str
    cards: Sequence[Card]
    address: str = ""
    name: str = "row"
    text: str = ""
    picture: Picture | None = None
    link: str = ""
    link_text: str = ""
    tiles: Sequence[Tile] = ()

    @property
    def shown(self) -> Picture | None:
        """Its own picture, or that of its first product."""
        return self.picture or (self.cards[0].product.picture if self.cards else None)


@dataclass(frozen=True)
class _Plan:
    section: HomeSection
    slugs: Sequence[str] = ()
    address: str = ""
    categories: Sequence[tuple[Category, str]] = ()  # each with the slug of its first product


def list_sections(
    connection: Connection, chosen: Sequence[HomeSection], photo: Photo = Picture
) -> list[Section]:
    """Those that have something to show. Where nobody has chosen, each root category begins with some."""
    plans = [_planned(connection, each) for each in chosen] if chosen else [*_of_roots(connection)]
    wanted = dict.fromkeys(slug for plan in plans for slug in plan.slugs)
    wanted |= dict.fromkeys(slug for plan in plans for _category, slug in plan.categories)
    cards = {card.product.slug: card for card in list_cards(connection, [*wanted])}
    sections = [_section(plan, cards, photo) for plan in plans]
    return [each for each in sections if each.cards or each.tiles or each.name not in ONLY_PRODUCTS]


def _of_roots(connection: Connection) -> Iterator[_Plan]:
    roots = list_below(connection, most=MOST_SECTIONS)
    for root in roots:
        row = HomeSection.model_construct(title=root.title)
        yield _Plan(row, _first(connection, root.slug, A_ROW), f"/c/{root.slug}")
    if not roots:
        yield _Plan(HomeSection.model_construct(), _first(connection, EVERYTHING, A_ROW), "/products")


def _planned(connection: Connection, section: HomeSection) -> _Plan:
    if section.section == "categories":
        return _Plan(section, categories=[*_categories(connection, section)])
    if section.products:
        return _Plan(section, section.products)
    if section.sale:
        return _Plan(section, _reduced(connection, section.sale), "/products?sale=yes")
    if section.category:
        category = find(connection, section.category)
        slugs = _first(connection, category.slug, section.most) if category else []
        return _Plan(section, slugs, f"/c/{category.slug}" if category else "")
    if newest := section.newest or (FEW if section.section == "new" else 0):
        return _Plan(section, _newest(connection, newest), "/products?sort=new")
    return _Plan(section)


def _categories(connection: Connection, section: HomeSection) -> Iterator[tuple[Category, str]]:
    """Those below the one that is named, or the roots; each product stands for one of them, if it can."""
    above = find(connection, section.category) if section.category else None
    taken: set[str] = set()
    for category in list_below(connection, above.slug if above else EVERYTHING, section.most):
        first = _first(connection, category.slug, FEW)
        for slug in [*(each for each in first if each not in taken), *first][:1]:
            taken.add(slug)
            yield category, slug


def _section(plan: _Plan, cards: Mapping[str, Card], photo: Photo) -> Section:
    section = plan.section
    picture = replace(photo(section.picture), alt=section.alt) if section.picture else None
    tiles = [
        Tile(category.title, f"/c/{category.slug}", cards[slug].product.picture)
        for category, slug in plan.categories
        if slug in cards
    ]
    return Section(
        section.title,
        [cards[slug] for slug in plan.slugs if slug in cards],
        plan.address,
        section.section,
        section.text,
        picture,
        section.link,
        section.link_text,
        tiles,
    )


def mistakes(chosen: Sequence[HomeSection], templates: Collection[str], studio: Studio) -> Iterator[str]:
    """What shop.toml says of the home page and there is not: a section's template, a picture."""
    known = [name[6:-5] for name in templates if name.startswith("home/_")]
    for section in chosen:
        if section.section not in known:
            file, there = f"templates/home/_{section.section}.html", ", ".join(sorted(known))
            yield f"[[home]] section = {section.section!r} has no {file}; there are {there}"
        if section.picture and (problem := studio.look_up(section.picture).problem):
            yield f"[[home]] {section.title or section.section}: {problem}"


def _first(connection: Connection, category: str, most: int) -> list[str]:
    return [row.product for row in FIRST.all(connection, {"category": category, "most": most})]


def _newest(connection: Connection, most: int) -> list[str]:
    query = select(listings.c.product).where(listings.c.category == EVERYTHING)
    newest = query.order_by(listings.c.added_at.desc(), listings.c.position.desc())
    return [*connection.execute(newest.limit(most)).scalars()]


def _reduced(connection: Connection, most: int) -> list[str]:
    query = select(facets.c.product).where(facets.c.kind == "sale", facets.c.value == "yes")
    return [*connection.execute(query.order_by(facets.c.product).limit(most)).scalars()]
