"""A page of the shop's own, and the sitemap of all pages that are not products."""

from starlette.requests import Request
from starlette.responses import Response

from webshop.catalog.feeds import reading
from webshop.catalog.feeds import sitemap as maps
from webshop.catalog.feeds.about import about_page
from webshop.errors import NotFound
from webshop.language.messages import gettext as _
from webshop.pages.shelf import Shelf
from webshop.web.pages import page
from webshop.web.site import site_of

AN_HOUR = {"Cache-Control": "public, max-age=3600"}


def show(request: Request) -> Response:
    """The page. One with mistakes, of a shop that somebody works on, says what they are."""
    site = site_of(request)
    found = shelf_of(request).find(request.path_params["slug"])
    if found is None:
        raise NotFound(_("This page does not exist."))
    about = about_page(site.settings.url, site.shop, found.title, found.words, found.path)
    return page(request, "pages/show.html", own_page=found, about=about)


def sitemap(request: Request) -> Response:
    site = site_of(request)
    with site.db.read() as connection:
        slugs = reading.list_category_slugs(connection)
    own = [each.path for each in shelf_of(request).own_pages() if not each.mistakes]
    return Response(maps.pages(site.settings.url, slugs, own), media_type="application/xml", headers=AN_HOUR)


def shelf_of(request: Request) -> Shelf:
    found: Shelf = request.app.state.shelf
    return found
