"""Carts: every change is one atomic statement, so parallel clicks, tabs and processes lose nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, case, delete, func, literal, select, update

from webshop.cart.model import MOST_LINES, MOST_OF_ONE, Line
from webshop.catalog.model import is_sku
from webshop.db.columns import Moment
from webshop.db.engine import Database, moment_of
from webshop.db.tables import cart_lines, carts, order_lines, orders, products, variants
from webshop.db.upsert import insert
from webshop.errors import Conflict, NotFound
from webshop.language.messages import gettext as _
from webshop.limits import queries as limits
from webshop.limits.model import NEW_CARTS
from webshop.orders.model import State


def _limit(cart: str) -> ColumnElement[int | None]:
    """How many pieces of a variant this cart can hold: NULL no limit, 0 sold out or not sold any more.

    What the cart's own unpaid order holds is still there for it.
    """
    held = (
        select(func.coalesce(func.sum(order_lines.c.held), 0))
        .select_from(order_lines.join(orders))
        .where(orders.c.cart == cart, orders.c.state == State.PENDING, order_lines.c.sku == variants.c.sku)
        .scalar_subquery()
    )
    return case((variants.c.active & products.c.active, variants.c.stock + held), else_=0)


def is_seen(connection: Connection, cart: str) -> bool | None:
    """Whether it is known that somebody has come back to the cart; None if there is no such cart."""
    row = connection.execute(select(carts.c.seen_at).where(carts.c.id == cart)).first()
    return None if row is None else row.seen_at is not None


def mark_seen(connection: Connection, cart: str) -> None:
    """Remember, once, that somebody has come back. Nobody is waited for: whoever has locked the cart will be
    followed by other requests."""
    unseen = select(carts.c.id).where(carts.c.id == cart, carts.c.seen_at.is_(None))
    free = unseen.with_for_update(skip_locked=True)
    connection.execute(update(carts).where(carts.c.id.in_(free)).values(seen_at=moment_of(connection)))


@contextmanager
def beginning(db: Database, visitor: str) -> Iterator[Connection]:
    """A transaction in which this visitor may begin a cart; "" begins none. Raises TooMany."""
    with db.read() as connection:
        limits.refuse(connection, NEW_CARTS, visitor)
    with db.write() as connection:
        limits.count(connection, NEW_CARTS, visitor)
        yield connection


def create(connection: Connection, cart: str) -> None:
    """Make the cart if it is not there yet."""
    now = moment_of(connection)
    row = insert(connection, carts).values(id=cart, created_at=now, changed_at=now)
    connection.execute(row.on_conflict_do_nothing())


def lock(connection: Connection, cart: str) -> None:
    """Make whoever else changes or buys this cart wait until this transaction ends.

    (SQLite has one writer at a time anyway.)
    """
    connection.execute(select(carts.c.id).where(carts.c.id == cart).with_for_update())


def list_lines(connection: Connection, cart: str) -> list[Line]:
    """The cart's lines at today's prices, in the order they were added."""
    query = (
        select(cart_lines, variants, products, _limit(cart).label("limit"))
        .select_from(cart_lines.join(variants).join(products))
        .where(cart_lines.c.cart == cart)
        .order_by(cart_lines.c.added_at, cart_lines.c.sku)
    )
    return [
        Line(
            sku=row[cart_lines.c.sku],
            product=row[products.c.slug],
            title=row[products.c.title],
            variant=row[variants.c.title],
            picture=row[products.c.picture],
            unit_price=row[variants.c.price],
            quantity=row[cart_lines.c.quantity],
            stock=row["limit"],
            weight=row[variants.c.weight],
            tax_class=row[products.c.tax_class],
            tax_code=row[products.c.tax_code],
        )
        for row in connection.execute(query).mappings()
    ]


def add(connection: Connection, cart: str, sku: str, quantity: int, *, came_back: bool = False) -> None:
    """Put `quantity` more of `sku` into the cart, for somebody who `came_back` to it or is new. Raises
    NotFound, or Conflict saying what is left."""
    stock = _stock(connection, cart, sku)
    most = _most(stock)
    create(connection, cart)
    now = moment_of(connection)
    row = insert(connection, cart_lines).values(cart=cart, sku=sku, quantity=quantity, added_at=now)
    together = cart_lines.c.quantity + row.excluded.quantity
    upsert = row.on_conflict_do_update(
        index_elements=["cart", "sku"], set_={"quantity": together}, where=together <= most
    ).returning(cart_lines.c.quantity)
    if quantity > most or connection.execute(upsert).first() is None:
        raise Conflict(_too_many(stock, in_cart=_quantity(connection, cart, sku)))
    _refuse_too_long(connection, cart)
    _touch(connection, cart, came_back=came_back)


def restore(connection: Connection, cart: str, claimed: Iterable[tuple[str, int]]) -> int:
    """Fill a new cart with these skus, each as often as there are pieces; how many of them are not there, or
    not so often. Two statements and the cart's own, however many skus."""
    wanted: Counter[str] = Counter()
    for sku, quantity in claimed:
        wanted[sku] += quantity
    on_sale = select(variants.c.sku, _limit(cart)).select_from(variants.join(products))
    rows = connection.execute(on_sale.where(variants.c.sku.in_(filter(is_sku, wanted))))
    most = {sku: _most(stock) for sku, stock in rows}
    kept = {sku: min(quantity, most.get(sku, 0)) for sku, quantity in wanted.items()}
    now = moment_of(connection)
    lines = [
        {"cart": cart, "sku": sku, "quantity": quantity, "added_at": now + timedelta(microseconds=place)}
        for place, (sku, quantity) in enumerate(kept.items())
        if quantity
    ]
    if lines:
        create(connection, cart)
        connection.execute(insert(connection, cart_lines), lines)
    return sum(kept[sku] < quantity for sku, quantity in wanted.items())


def set_quantity(connection: Connection, cart: str, sku: str, quantity: int) -> None:
    """Make the line hold `quantity`; 0 removes it. Raises NotFound without that line, or Conflict."""
    line = (cart_lines.c.cart == cart) & (cart_lines.c.sku == sku)
    if quantity == 0:
        changed = connection.execute(delete(cart_lines).where(line))
    else:
        stock = _stock(connection, cart, sku)
        if quantity > _most(stock):
            raise Conflict(_too_many(stock, in_cart=0))
        changed = connection.execute(update(cart_lines).where(line).values(quantity=quantity))
    if changed.rowcount == 0 and quantity:
        raise NotFound(_("This is not in your cart any more."))
    _touch(connection, cart, came_back=True)


def _stock(connection: Connection, cart: str, sku: str) -> int | None:
    query = select(_limit(cart)).select_from(variants.join(products)).where(variants.c.sku == sku)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(_("We do not have this product."))
    stock: int | None = row[0]
    return stock


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


def _quantity(connection: Connection, cart: str, sku: str) -> int:
    line = (cart_lines.c.cart == cart) & (cart_lines.c.sku == sku)
    return connection.execute(select(cart_lines.c.quantity).where(line)).scalar() or 0


def _refuse_too_long(connection: Connection, cart: str) -> None:
    count = select(func.count()).select_from(cart_lines).where(cart_lines.c.cart == cart)
    if connection.execute(count).scalar_one() > MOST_LINES:
        raise Conflict(_("Your cart is full: it takes %(most)s different things.", most=MOST_LINES))


def _touch(connection: Connection, cart: str, *, came_back: bool) -> None:
    now = moment_of(connection)
    seen = {"seen_at": func.coalesce(carts.c.seen_at, literal(now, Moment))} if came_back else {}
    connection.execute(update(carts).where(carts.c.id == cart).values(changed_at=now, **seen))


def take_out(connection: Connection, cart: str, bought: Mapping[str, int]) -> None:
    """Lower the lines by what was bought; what was put in since stays."""
    for sku, quantity in bought.items():
        line = (cart_lines.c.cart == cart) & (cart_lines.c.sku == sku)
        connection.execute(delete(cart_lines).where(line, cart_lines.c.quantity <= quantity))
        left = update(cart_lines).where(line, cart_lines.c.quantity > quantity)
        connection.execute(left.values(quantity=cart_lines.c.quantity - quantity))
