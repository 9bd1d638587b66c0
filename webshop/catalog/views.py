"""The catalogue: the home page, and one product with its variants."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from webshop.catalog import queries as products
from webshop.catalog.choice import choose
from webshop.catalog.feeds.about import about_home, about_product, trail_of
from webshop.catalog.listing.companions import list_companions
from webshop.catalog.listing.home import list_sections
from webshop.catalog.listing.menu import list_way
from webshop.catalog.model import Picture
from webshop.pictures.gallery import Gallery
from webshop.web.pages import fragment, page
from webshop.web.rendering import wants_fragment
from webshop.web.site import site_of


def index(request: Request) -> Response:
    site = site_of(request)
    with site.db.read() as connection:
        sections = list_sections(connection, site.shop.home, partial(_photo, request.app.state.gallery))
    about = about_home(site.settings.url, site.shop)
    return page(request, "catalog/index.html", sections=sections, about=about)


def _photo(gallery: Gallery, file: str) -> Picture:
    found = gallery.look_up(file)
    return Picture(file, "", found.name, found.width, found.height)


def show(request: Request) -> Response:
    site = site_of(request)
    with site.db.read() as connection:
        product = products.get_product(connection, request.path_params["slug"])
        way = list_way(connection, product.categories[0] if product.categories else "")
        companions = [] if wants_fragment(request) else list_companions(connection, product, way)
    choice = choose(product, request.query_params.get("variant", ""))
    if wants_fragment(request):
        return fragment(request, "catalog/_product.html", product=product, choice=choice)
    about = about_product(site.settings.url, site.shop, product, trail_of(way))
    return page(
        request,
        "catalog/show.html",
        product=product,
        choice=choice,
        way=way,
        companions=companions,
        about=about,
    )
