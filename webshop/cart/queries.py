"""Carts: every change is one atomic statement, so parallel clicks, tabs and processes lose nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from webshop.cart import statements as sql
from webshop.cart.model import MOST_LINES, MOST_OF_ONE
from webshop.cart.reading import list_lines as list_lines
from webshop.catalog.model import is_sku
from webshop.catalog.queries import asked_for, find_skus
from webshop.db.engine import Database, moment_of
from webshop.errors import Conflict, NotFound
from webshop.language.messages import gettext as _
from webshop.limits import queries as limits
from webshop.limits.model import NEW_CARTS


def mark_seen(connection: Connection, cart: str) -> None:
    """Remember, once, that somebody has come back. Nobody is waited for: whoever has locked the cart will be
    followed by other requests."""
    connection.execute(sql.MARK_SEEN, {"cart_id": cart, "now": moment_of(connection)})


@contextmanager
def beginning(db: Database, visitor: str) -> Iterator[Connection]:
    """A transaction in which this visitor may begin a cart; "" begins none. Raises TooMany."""
    if visitor:
        with db.read() as connection:
            limits.refuse(connection, NEW_CARTS, visitor)
    with db.write() as connection:
        limits.count(connection, NEW_CARTS, visitor)
        yield connection


def lock(connection: Connection, cart: str) -> None:
    """Make whoever else changes or buys this cart wait until this transaction ends.

    (SQLite has one writer at a time anyway.)
    """
    connection.execute(sql.LOCK, {"cart_id": cart})


def add(connection: Connection, cart: str, typed: str, quantity: int, *, came_back: bool = False) -> str:
    """Put `quantity` more of `typed` into the cart, for somebody who `came_back` to it or is new; the sku as
    the cart has it. Raises NotFound, or Conflict saying what is left."""
    _begin(connection, cart, came_back=came_back)
    article = _get(connection, cart, typed)
    line = {"cart": cart, "sku": article.sku, "quantity": quantity, "added_at": moment_of(connection)}
    put_in = sql.put_in(connection.dialect.name)
    if quantity > article.most or put_in.first(connection, {**line, "most": article.most}) is None:
        held = connection.execute(sql.QUANTITY, {"cart_id": cart, "line": article.sku}).scalar() or 0
        raise Conflict(_too_many(article.stock, in_cart=held))
    _refuse_too_long(article.others + 1)
    return article.sku


def restore(connection: Connection, cart: str, claimed: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """Fill a cart with these skus, each as often as there are pieces, unless it has them already; how many of
    them there are, and of how many not so many as were wanted. Few statements, however many skus. Raises
    Conflict if it is full."""
    claimed = list(claimed)
    found = find_skus(connection, [typed for typed, _quantity in claimed])
    wanted: Counter[str] = Counter()
    for typed, quantity in claimed:
        wanted[found.get(typed, typed)] += quantity
    rows = connection.execute(sql.LIMITS, {"cart_id": cart, "skus": [*found.values()]}) if found else ()
    most = {sku: _most(stock) for sku, stock in rows}
    kept = {sku: min(quantity, most.get(sku, 0)) for sku, quantity in wanted.items()}
    now = moment_of(connection)
    lines = [
        {"cart": cart, "sku": sku, "quantity": quantity, "added_at": now + timedelta(microseconds=place)}
        for place, (sku, quantity) in enumerate(kept.items())
        if quantity
    ]
    if lines:
        _begin(connection, cart, came_back=False)
        connection.execute(sql.put_new(connection.dialect.name), lines)
        _refuse_too_long(connection.execute(sql.COUNT, {"cart_id": cart}).scalar_one())
    return len(lines), sum(kept[sku] < quantity for sku, quantity in wanted.items())


def _begin(connection: Connection, cart: str, *, came_back: bool) -> None:
    now = moment_of(connection)
    row = {"id": cart, "created_at": now, "changed_at": now, "seen_at": now if came_back else None}
    sql.begin(connection.dialect.name).run(connection, row)


def set_quantity(connection: Connection, cart: str, typed: str, quantity: int) -> str:
    """Make the line hold `quantity`; 0 removes it, and remembers it for `put_back`. The sku as the cart has
    it. Raises NotFound without that line, or Conflict."""
    _touch(connection, cart)
    article = _find(connection, cart, typed) if quantity == 0 else _get(connection, cart, typed)
    if article is None:
        return typed  # what there never was is not in the cart
    _set(connection, cart, article, quantity)
    return article.sku


def step(connection: Connection, cart: str, typed: str, by: int) -> tuple[str, int]:
    """Put one more of it into the cart, or take one out, down to what there is; the sku as the cart has it,
    and how many it holds now. Steps at once all count. Raises what `set_quantity` does."""
    _touch(connection, cart)
    article = _find(connection, cart, typed)
    if article is None:
        raise _gone()
    held = connection.execute(sql.QUANTITY, {"cart_id": cart, "line": article.sku}).scalar()
    if held is None:
        raise _gone()
    quantity = held + by if by > 0 else min(held + by, article.most)
    _set(connection, cart, article, quantity)
    return article.sku, quantity


def put_back(connection: Connection, cart: str, typed: str) -> str:
    """The line that was taken out last, to where it was, as often as there are pieces; its sku. Raises
    NotFound if that is none or of another sku, or Conflict."""
    _touch(connection, cart)
    article = _find(connection, cart, typed)
    removed = connection.execute(sql.REMOVED, {"cart_id": cart}).first()
    if article is None or removed is None or removed.removed_sku != article.sku:
        raise _gone()
    quantity = min(removed.removed_quantity, article.most)
    if quantity == 0:
        raise Conflict(_too_many(article.stock, in_cart=0))
    line = {"cart": cart, "sku": article.sku, "quantity": quantity, "added_at": removed.removed_added_at}
    connection.execute(sql.put_new(connection.dialect.name), line)  # if it was not added again meanwhile
    _refuse_too_long(article.others + 1)
    connection.execute(sql.FORGET, {"cart_id": cart})
    return article.sku


@dataclass(frozen=True)
class _Article:
    """A sku as the tables have it. `stock` is what the cart can hold: None without limit. The cart has so
    many `others`."""

    sku: str
    stock: int | None
    others: int

    @property
    def most(self) -> int:
        return _most(self.stock)


def _get(connection: Connection, cart: str, typed: str) -> _Article:
    article = _find(connection, cart, typed)
    if article is None:
        raise NotFound(_("We do not have this product."))
    return article


def _find(connection: Connection, cart: str, typed: str) -> _Article | None:
    if not is_sku(typed):
        return None
    row = sql.ARTICLE.first(connection, {"cart_id": cart, **asked_for(typed)})
    return _Article(row.sku, row.stock, row.others) if row else None


def _touch(connection: Connection, cart: str) -> None:
    sql.TOUCH.run(connection, {"cart_id": cart, "now": moment_of(connection)})


def _set(connection: Connection, cart: str, article: _Article, quantity: int) -> None:
    if quantity > article.most:
        raise Conflict(_too_many(article.stock, in_cart=0))
    line = {"cart_id": cart, "line": article.sku}
    if quantity == 0:
        if row := connection.execute(sql.REMOVE, line).first():
            kept = {"quantity": row.quantity, "added_at": row.added_at}
            connection.execute(sql.REMEMBER, {**line, **kept})
    elif sql.SET.run(connection, {**line, "wanted": quantity}) == 0:
        raise _gone()


def _gone() -> NotFound:
    return NotFound(_("This is not in your cart any more."))


def _most(stock: int | None) -> int:
    return MOST_OF_ONE if stock is None else min(stock, MOST_OF_ONE)


def _too_many(stock: int | None, in_cart: int) -> str:
    if stock == 0:
        return _("Sorry, this is sold out.")
    if stock is None or stock >= MOST_OF_ONE:
        return _("You can order at most %(most)s of one kind.", most=MOST_OF_ONE)
    if in_cart:
        return _(
            "Sorry, only %(left)s left, and %(in_cart)s in your cart already.", left=stock, in_cart=in_cart
        )
    return _("Sorry, only %(left)s left.", left=stock)


def _refuse_too_long(lines: int) -> None:
    if lines > MOST_LINES:
        raise Conflict(_("Your cart is full: it takes %(most)s different things.", most=MOST_LINES))


def take_out(connection: Connection, cart: str, bought: Mapping[str, int]) -> None:
    """Lower the lines by what was bought; what was put in since stays."""
    for sku, quantity in bought.items():
        line = {"cart_id": cart, "line": sku, "taken": quantity}
        connection.execute(sql.TAKE_ALL, line)
        connection.execute(sql.TAKE_SOME, line)
