"""What is in a cart, and what was just taken out of it, at today's prices."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Text, bindparam, case, cast, func, select

from webshop.cart.model import Cart, Line
from webshop.cart.quote import goods_taxes, to_free_shipping
from webshop.catalog.queries import picture_of
from webshop.db.engine import Database
from webshop.db.hot import Hot
from webshop.db.tables import cart_lines, carts, order_lines, orders, products, variants
from webshop.orders.queries import IS_PENDING
from webshop.pricing.tax import TaxClass
from webshop.shop import Shop

MOST_KEPT = 1000  # lines and carts, as they were read: a kilobyte each

# Statements that are written once: to write one takes longer than to answer it.
CART: BindParameter[str] = bindparam("cart_id")
HELD = (
    select(func.coalesce(func.sum(order_lines.c.held), 0))
    .select_from(order_lines.join(orders))
    .where(orders.c.cart == CART, IS_PENDING, order_lines.c.sku == variants.c.sku)
    .scalar_subquery()
)
# How many pieces of a variant the cart can hold: NULL no limit, 0 sold out or not sold any more. What its
# own unpaid order holds is still there for it.
LIMIT = case((variants.c.active & products.c.active, variants.c.stock + HELD), else_=0)
ARTICLE = (  # what _line reads
    variants.c.sku,
    products.c.slug.label("product"),
    products.c.title,
    variants.c.title.label("variant"),
    cast(products.c.pictures, Text),
    variants.c.picture,
    variants.c.price,
    LIMIT.label("stock"),
    variants.c.weight,
    products.c.tax_class,
    products.c.tax_code,
    variants.c.code,
    products.c.shipped,
)
LINES = Hot(
    select(*ARTICLE, cart_lines.c.quantity)
    .select_from(cart_lines.join(variants).join(products))
    .where(cart_lines.c.cart == CART)
    .order_by(cart_lines.c.added_at, cart_lines.c.sku)
)
LOOK = Hot(
    select(carts.c.seen_at.is_not(None), *ARTICLE, cart_lines.c.quantity)
    .select_from(carts.outerjoin(cart_lines).outerjoin(variants).outerjoin(products))
    .where(carts.c.id == CART)
    .order_by(cart_lines.c.added_at, cart_lines.c.sku)
)
BEFORE = (
    select(func.count())
    .where(cart_lines.c.cart == carts.c.id, cart_lines.c.added_at < carts.c.removed_added_at)
    .scalar_subquery()
)
REMOVED = (
    select(*ARTICLE, carts.c.removed_quantity.label("quantity"), BEFORE.label("place"))
    .select_from(carts.join(variants, variants.c.sku == carts.c.removed_sku).join(products))
    .where(carts.c.id == CART)
)


def list_lines(connection: Connection, cart: str) -> list[Line]:
    """The cart's lines at today's prices, in the order they were added."""
    return [_line(*row) for row in LINES.all(connection, {"cart_id": cart})]


def look(db: Database, shop: Shop, cart: str) -> tuple[Cart, bool]:
    """The cart as it is now, and whether it has yet to be written that somebody has come back to it: by one
    statement. What is read again as it was is the same Cart."""
    return _looked(shop, db.look(LOOK, {"cart_id": cart}))


async def glance(db: Database, shop: Shop, cart: str) -> tuple[Cart, bool] | None:
    """The same in the event loop; None where it is for a thread to look."""
    rows = await db.glance(LOOK, {"cart_id": cart})
    return None if rows is None else _looked(shop, rows)


def _looked(shop: Shop, rows: Sequence[Any]) -> tuple[Cart, bool]:
    lines = [_line(*row) for _is_seen, *row in rows if row[0] is not None]
    return cart_of(shop, lines, known=bool(rows)), bool(rows) and not rows[0][0]


def read_cart(connection: Connection, shop: Shop, cart: str, removed: str = "") -> Cart:
    """A cart that there is; with what was taken out of it last, if that is of the mark `removed`."""
    found = cart_of(shop, list_lines(connection, cart), known=True)
    return with_removed(connection, found, cart, removed) if removed else found


def with_removed(connection: Connection, found: Cart, cart: str, mark: str) -> Cart:
    row = connection.execute(REMOVED, {"cart_id": cart}).first()
    line = replace(_line(*row[:-1]), is_removed=True) if row else None
    if row is None or line is None or line.id != mark or any(each.id == mark for each in found.lines):
        return found
    return replace(found, removed=line, place=row.place)


def cart_of(shop: Shop, lines: Sequence[Line], *, known: bool) -> Cart:
    """With the tax of the shop's first country, until the shopper says where it goes."""
    return _cart(shop, tuple(lines), known)


@lru_cache(maxsize=MOST_KEPT)
def _cart(shop: Shop, lines: tuple[Line, ...], known: bool) -> Cart:  # noqa: FBT001  # nobody else calls it
    home = shop.countries[0]
    taxes = goods_taxes(shop, lines, home)
    missing = to_free_shipping(shop, lines)
    return Cart(lines, shop.currency, known, shop.tax_mode, home, taxes, missing)


@lru_cache(maxsize=MOST_KEPT)
def _line(
    sku: str,
    product: str,
    title: str,
    variant: str,
    pictures: str | None,
    picture: str,
    price: int,
    stock: int | None,
    weight: int,
    tax_class: TaxClass,
    tax_code: str,
    code: str,
    shipped: int,
    quantity: int,
) -> Line:
    return Line(
        sku=sku,
        product=product,
        title=title,
        variant=variant,
        picture=picture_of(json.loads(pictures) if pictures else None, picture),
        unit_price=price,
        quantity=quantity,
        stock=stock,
        weight=weight,
        tax_class=tax_class,
        tax_code=tax_code,
        code=code,
        shipped=bool(shipped),
    )
