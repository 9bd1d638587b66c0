"""Old addresses, of this shop or of the one that it moved in from: where they lead to now.

They are compared without case, slashes at the end and percent signs. They lead to a page that is there and
has another address, so nobody is led in a circle.
"""

import re
from collections.abc import Iterator
from unicodedata import normalize
from urllib.parse import unquote

from sqlalchemy import ColumnElement, Connection, exists, select

from webshop.db.tables import categories, moved_addresses, products, variants

LONGEST = 400  # letters that the table takes
ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
# Where other shop systems have the pages of products and categories, whose slug comes last.
OF_PRODUCT = re.compile(
    r"(?:/[a-z]{2}(?:-[a-z]{2})?)?(?:/collections/[^/]+)?/(?:products?|p|produkte?|produit|producto)/([^/?]+)"
)
OF_CATEGORY = re.compile(
    r"(?:/[a-z]{2}(?:-[a-z]{2})?)?/(?:collections|c|product-category|category|kategorie)/(?:[^?]+/)?([^/?]+)"
)


def comparable(address: str, home: str = "/products/") -> str:
    """What an old address is known by: of "old-slug", which was in `home`, of "/product/Old-slug/" or
    "https://old.example/Mug?id=7" the path, and the query if it has one."""
    path, mark, query = ORIGIN.sub("", address, count=1).partition("#")[0].partition("?")
    if not path.startswith("/") and path == address:
        path = f"{home}{path}"
    path = "/" + _plain(path).strip("/")
    return f"{path}{mark}{_plain(query)}"[:LONGEST]


def _plain(text: str) -> str:
    return normalize("NFC", unquote(text)).casefold()


def find(connection: Connection, path: str, query: str = "") -> str | None:
    """The path of the page that this one of long ago leads to; None if there is none, or it is the same."""
    for wanted in _candidates(comparable(path or "/"), comparable(f"/?{query}")[1:] if query else ""):
        found = _moved(connection, wanted) or _of_another_shop(connection, wanted)
        if found and found != path:
            return found
    return None


def _candidates(path: str, query: str) -> Iterator[str]:
    """With its query first: some shops have nothing else to tell products by. No database knows a NUL."""
    for wanted in (f"{path}{query}"[:LONGEST], path) if query else (path,):
        if "\x00" not in wanted:
            yield wanted


def _moved(connection: Connection, wanted: str) -> str | None:
    row = connection.execute(select(moved_addresses).where(moved_addresses.c.path == wanted)).first()
    if row is None:
        return None
    if row.product:
        return _product_page(connection, row.product)
    return _category_page(connection, categories.c.path == row.category)


def _of_another_shop(connection: Connection, wanted: str) -> str | None:
    if found := OF_PRODUCT.fullmatch(wanted):
        return _product_page(connection, found[1]) or _moved(connection, f"/products/{found[1]}")
    if found := OF_CATEGORY.fullmatch(wanted):
        return _category_page(connection, categories.c.slug == found[1])
    return None


def _product_page(connection: Connection, slug: str) -> str | None:
    sold = exists().where(variants.c.product == products.c.slug, variants.c.active)
    query = select(products.c.slug).where(products.c.slug == slug, products.c.active, sold)
    return f"/products/{slug}" if connection.execute(query).first() else None


def _category_page(connection: Connection, which: ColumnElement[bool]) -> str | None:
    slug = connection.execute(select(categories.c.slug).where(which, categories.c.products > 0)).scalar()
    return f"/c/{slug}" if slug else None
