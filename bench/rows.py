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
# The index after each add.
CHANGED = tuple(each for add in ADDS for each in (add, *_get("/")))


@dataclass(frozen=True)
class Row:
    """`requests` are sent in turn by each connection, which has first filled a cart of three if `with_cart`.
    A row without a floor is one, and a server of its own. `has_it`: what the first answer was called is sent,
    and the answer is a 304. The server may use so many `cores`. `beside` is a row whose requests are among
    these, every other one, and are taken off."""

    name: str
    requests: tuple[Request, ...]
    floor: str = ""
    with_cart: bool = False
    has_it: bool = False
    cores: int = 1
    beside: str = ""

    @property
    def server(self) -> str:
        return "shop" if self.floor else self.name


ROWS = (
    Row("constant", _get("/")),
    Row("upsert", ADDS, with_cart=True),
    Row("flask", _get("/")),
    Row("anonymous_index", _get("/"), "constant"),
    Row("anonymous_category", _get("/c/kitchen"), "constant"),
    Row("anonymous_product", _get("/products/harbour-mug"), "constant"),
    Row("cart_index", _get("/"), "flask", with_cart=True),
    Row("not_modified", _get("/"), "constant", has_it=True),
    Row("two_cores", _get("/"), "flask", with_cart=True, cores=2),
    Row("cart_index_changed", CHANGED, "flask", with_cart=True, beside="add"),
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
    floors = [each for name in chosen for each in (find_row(name).floor, find_row(name).beside)]
    floors += [find_row(name).floor for name in floors if name] + ["cart_index"] * ("two_cores" in chosen)
    return [row for row in ROWS if not chosen or row.name in chosen or row.name in floors]
