"""The rows of the table: what is asked of which server, and the floor that each is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

SKUS = ("GLAZE-TILES-6", "HILL-PLANTER-14", "SUPPER-PLATE-26")  # of catalog.toml
HTMX = "HX-Request: true\r\nHX-Request-Type: partial\r\n"


@dataclass(frozen=True)
class Request:
    """`head` has no empty line at its end: a cookie may follow."""

    head: bytes
    body: bytes = b""


def _get(path: str, headers: str = "") -> tuple[Request]:
    return (Request(f"GET {path} HTTP/1.1\r\nHost: shop.example\r\n{headers}".encode()),)


def _add(sku: str) -> Request:
    body = f"sku={sku}&quantity=1".encode()
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return Request(f"POST /cart/lines HTTP/1.1\r\nHost: shop.example\r\n{HTMX}{form}".encode(), body)


ADDS = tuple(_add(sku) for sku in SKUS)


@dataclass(frozen=True)
class Row:
    """`requests` are sent in turn by each connection, which has first filled a cart of three if `with_cart`.
    A row without a floor is one, and a server of its own."""

    name: str
    requests: tuple[Request, ...]
    floor: str = ""
    with_cart: bool = False

    @property
    def server(self) -> str:
        return "shop" if self.floor else self.name


ROWS = (
    Row("constant", _get("/")),
    Row("upsert", ADDS, with_cart=True),
    Row("flask", _get("/")),
    Row("anonymous_index", _get("/"), "constant"),
    Row("anonymous_product", _get("/products/harbour-mug"), "constant"),
    Row("cart_index", _get("/"), "flask", with_cart=True),
    Row("add", ADDS, "upsert", with_cart=True),
    Row("checkout", _get("/checkout"), "flask", with_cart=True),
    Row("quote", _get("/checkout/quote?country=DE&postal_code=10115", HTMX), "flask", with_cart=True),
)


def find_row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def choose_rows(only: str) -> Sequence[Row]:
    """The rows named in `only` with their floors; all for "". Raises ValueError."""
    chosen = only.replace(",", " ").split()
    names = [row.name for row in ROWS]
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise ValueError(f"ONLY: there is no row {', '.join(unknown)}, but {', '.join(names)}")
    floors = [find_row(name).floor for name in chosen]
    return [row for row in ROWS if not chosen or row.name in chosen or row.name in floors]
