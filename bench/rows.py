"""The rows of the table: what is asked of which server, and what each is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

SKUS = ("GLAZE-TILES-6", "HILL-PLANTER-14", "SUPPER-PLATE-26")  # of catalog.toml
HTMX = "HX-Request: true\r\nHX-Request-Type: partial\r\n"
DATABASES = ("sqlite", "postgresql")
SUFFIX = "_postgresql"  # of rows and servers


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


INDEX = _get("/")
PACKED = _get("/", "Accept-Encoding: gzip\r\n")
CATALOGUE = (*INDEX, *_get("/c/kitchen"), *_get("/products/harbour-mug"))
ADDS = tuple(_add(sku) for sku in SKUS)
CHANGED = tuple(each for add in ADDS for each in (add, *INDEX))  # the index after each add
CHECKOUT = _get("/checkout")
QUOTE = _get("/checkout/quote?country=DE&postal_code=10115", HTMX)
VISIT = (*CATALOGUE, ADDS[0], *INDEX, *_get("/cart"), *CHECKOUT, *QUOTE)


@dataclass(frozen=True)
class Row:
    """`requests` are sent in turn by each connection, which has first filled a cart of three if `with_cart`.

    `has_it`: what the first answer was called is sent, and the answer is a 304. The server may use so many
    `cores`.

    Its CPU time is compared with that of the row `floor`; `beside` is a row whose requests are among these,
    every other one, and are taken off. Its answers a second are compared with those of the row `one`; where
    it has more `processes`, what the load took of their cores is made good. A row of so many requests
    `in_all` is measured once, before the others, instead of in each round. After so many on `a_connection`
    it makes a new one.
    """

    name: str
    requests: tuple[Request, ...]
    floor: str = ""
    server: str = "shop"
    with_cart: bool = False
    has_it: bool = False
    cores: int = 1
    beside: str = ""
    one: str = ""
    processes: int = 1
    a_connection: int = 0
    in_all: int = 0

    @property
    def ratio(self) -> str:
        """The name of what it is compared by; "" for a row that is not."""
        if self.one:
            return self.name.removesuffix(SUFFIX) + "_to_one" + SUFFIX * self.name.endswith(SUFFIX)
        return self.name if self.floor else ""

    @property
    def needs(self) -> set[str]:
        return {self.floor, self.beside, self.one} - {""}


def _floor(name: str, requests: tuple[Request, ...], with_cart: bool = False) -> Row:
    return Row(name, requests, server=name, with_cart=with_cart)


FLOORS = (
    _floor("raw", INDEX),
    _floor("constant", INDEX),
    _floor("packed", PACKED),
    _floor("upsert", ADDS, with_cart=True),
    _floor("flask", INDEX),
    _floor("jinja", INDEX),
)
ONE_PROCESS = Row("one_process", CATALOGUE, a_connection=100)
SHOP = (
    Row("visit", VISIT, with_cart=True, in_all=10_000),
    Row("anonymous_index", INDEX, "constant"),
    Row("anonymous_category", _get("/c/kitchen"), "constant"),
    Row("anonymous_product", _get("/products/harbour-mug"), "constant"),
    Row("anonymous_packed", PACKED, "packed"),
    Row("not_modified", INDEX, "constant", has_it=True),
    Row("cart_index", INDEX, "flask", with_cart=True),
    Row("cart_index_changed", CHANGED, "flask", with_cart=True, beside="add"),
    Row("checkout", CHECKOUT, "flask", with_cart=True),
    Row("quote", QUOTE, "flask", with_cart=True),
    Row("add", ADDS, "upsert", with_cart=True),
    Row("two_cores", INDEX, with_cart=True, cores=2, one="cart_index"),
    ONE_PROCESS,
    replace(
        ONE_PROCESS, name="two_processes", server="two_processes", cores=2, one="one_process", processes=2
    ),
)


def _on_postgresql(row: Row) -> Row:
    """Compared with the same floors, but for the upsert: that is one on PostgreSQL, too."""
    floor = row.floor + SUFFIX * (row.floor == "upsert")
    beside, one = (name and name + SUFFIX for name in (row.beside, row.one))
    return replace(
        row, name=row.name + SUFFIX, server=row.server + SUFFIX, floor=floor, beside=beside, one=one
    )


ROWS = (
    *FLOORS,
    *SHOP,
    _floor("upsert" + SUFFIX, ADDS, with_cart=True),
    *map(_on_postgresql, SHOP),
)


def find_row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def choose_rows(only: str, databases: Sequence[str]) -> Sequence[Row]:
    """The rows named in `only` on these databases, and what they need; all for "". Raises ValueError."""
    names = only.replace(",", " ").split()
    _refuse_unknown("ONLY: there is no row", names, [row.name for row in (*FLOORS, *SHOP)])
    _refuse_unknown("DATABASES: there is no", databases, DATABASES)
    meant = [row for row in (*FLOORS, *SHOP) if not names or row.name in names]
    chosen = {row.name for row in meant if row in FLOORS or "sqlite" in databases}
    chosen |= {row.name + SUFFIX for row in meant if row in SHOP and "postgresql" in databases}
    while more := {need for name in chosen for need in find_row(name).needs} - chosen:
        chosen |= more
    return [row for row in ROWS if row.name in chosen]


def _refuse_unknown(problem: str, names: Sequence[str], known: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{problem} {', '.join(unknown)}, but {', '.join(known)}")
