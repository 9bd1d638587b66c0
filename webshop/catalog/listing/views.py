"""Lists of products: of a category, of all, of what is searched for."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webshop.catalog.feeds import moved
from webshop.catalog.feeds.about import About, Trail, about_list, trail_of
from webshop.catalog.listing.asked import Asked, address, read
from webshop.catalog.listing.categories import EVERYTHING, Category
from webshop.catalog.listing.menu import find_category, list_below, list_way
from webshop.catalog.listing.reading import Listing, read_listing
from webshop.catalog.search.queries import find, suggest
from webshop.errors import NotFound
from webshop.language.messages import gettext as _
from webshop.web.pages import fragment, page
from webshop.web.rendering import moved_to, wants_fragment
from webshop.web.site import site_of


def category(request: Request) -> Response:
    """One that is gone, or empty, leads on to others."""
    asked, slug = _asked(request), request.path_params["slug"]
    with site_of(request).db.read() as connection:
        shown = find_category(connection, slug)
        listing = read_listing(connection, f"/c/{slug}", slug, asked)
        way = list_way(connection, shown.path if shown else "")
        below = list_below(connection, slug if shown else EVERYTHING)
        place = None if shown else moved.find(connection, request.scope["path"])
    if place:
        return moved_to(place)
    if shown is None:
        return _gone(request, below)
    about = _about(request, shown.title, shown.description, trail_of(way))
    context = {"category": shown, "way": way, "below": below, "about": about}
    return _answer(request, "catalog/category.html", listing, **context)


def _gone(request: Request, roots: Sequence[Category]) -> Response:
    if wants_fragment(request):
        raise NotFound(_("We do not have this category, or nothing is in it at the moment."))
    return page(request, "catalog/gone.html", status=404, below=roots)


def everything(request: Request) -> Response:
    asked = _asked(request)
    with site_of(request).db.read() as connection:
        listing = read_listing(connection, "/products", EVERYTHING, asked)
        below = list_below(connection)
    title = _("All products")
    about = _about(request, title, "", [(title, "/products")])
    return _answer(request, "catalog/everything.html", listing, below=below, about=about)


def search(request: Request) -> Response:
    asked = _asked(request)
    with site_of(request).db.read() as connection:
        found = find(connection, asked.words)
        listing = read_listing(connection, "/search", EVERYTHING, asked, found.slugs)
        below = [] if listing.page.cards else list_below(connection)
    title = _("Search")
    about = _about(request, title, "", [(title, "/search")])
    return _answer(request, "catalog/search.html", listing, found=found, below=below, about=about)


def suggestions(request: Request) -> Response:
    """While somebody types: a few products. Without htmx it is the search itself."""
    if not wants_fragment(request):
        return search(request)
    words = _asked(request).words
    with site_of(request).db.read() as connection:
        cards = suggest(connection, words)
    all_of_them = address("/search", Asked(words))
    return fragment(request, "catalog/_suggestions.html", words=words, cards=cards, all=all_of_them)


def _about(request: Request, title: str, words: str, trail: Trail) -> About:
    site = site_of(request)
    return about_list(site.settings.url, site.shop, title, words, trail)


def _asked(request: Request) -> Asked:
    return read(request.query_params.multi_items(), site_of(request).shop.currency)


def _answer(request: Request, template: str, listing: Listing, **context: Any) -> Response:
    """Prices that cannot be read are told where they were typed. The address has nothing in it that says
    nothing, such as the empty fields of a form."""
    status = 422 if listing.asked.problems else 200
    if not wants_fragment(request):
        return page(request, template, status=status, listing=listing, **context)
    response = fragment(request, "catalog/_listing_answer.html", status=status, listing=listing)
    if status == 200:
        response.headers["HX-Push-Url"] = listing.address
    return response
