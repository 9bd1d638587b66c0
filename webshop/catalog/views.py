"""The catalogue: all products, and one product with its variants."""

from starlette.requests import Request
from starlette.responses import Response

from webshop.catalog import queries as products
from webshop.catalog.model import by_category
from webshop.web.pages import page
from webshop.web.site import site_of


def index(request: Request) -> Response:
    with site_of(request).db.read() as connection:
        categories = by_category(products.list_products(connection))
    return page(request, "catalog/index.html", categories=categories)


def show(request: Request) -> Response:
    with site_of(request).db.read() as connection:
        product = products.get_product(connection, request.path_params["slug"])
    return page(request, "catalog/show.html", product=product)
