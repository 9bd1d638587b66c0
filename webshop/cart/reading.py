"""What is in a cart, and what was just taken out of it, at today's prices."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, case, func, select

from webshop.cart.model import Cart, Contents, Line
from webshop.cart.quote import goods_taxes, to_free_shipping
from webshop.catalog.queries import picture_of
from webshop.db.hot import Hot
from webshop.db.tables import cart_lines, carts, order_lines, orders, products, variants
from webshop.orders.queries import IS_PENDING
from webshop.shop import Shop

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
ARTICLE = (  # what a Line says of it
    variants.c.sku,
    products.c.slug.label("product"),
    products.c.title,
    variants.c.title.label("variant"),
    products.c.pictures,
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
CONTENTS = Hot(
    select(carts.c.seen_at, cart_lines.c.sku, cart_lines.c.quantity, variants.c.price, LIMIT)
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
    return [_line(row) for row in LINES.all(connection, {"cart_id": cart})]


def read_contents(connection: Connection, cart: str) -> tuple[bool | None, Contents]:
    """The contents of a cart, and whether it is known that somebody has come back to it; None if there is no
    such cart."""
    rows = CONTENTS.all(connection, {"cart_id": cart})
    lines = tuple((sku, *rest) for _seen_at, sku, *rest in rows if sku is not None)
    return (rows[0].seen_at is not None if rows else None), (bool(rows), lines)


def read_cart(connection: Connection, shop: Shop, cart: str, removed: str = "") -> Cart:
    """A cart that there is; with what was taken out of it last, if that is of the mark `removed`."""
    found = cart_of(shop, list_lines(connection, cart), known=True)
    return with_removed(connection, found, cart, removed) if removed else found


def with_removed(connection: Connection, found: Cart, cart: str, mark: str) -> Cart:
    row = connection.execute(REMOVED, {"cart_id": cart}).first()
    line = _line(row, is_removed=True) if row else None
    if row is None or line is None or line.id != mark or any(each.id == mark for each in found.lines):
        return found
    return replace(found, removed=line, place=row.place)


def cart_of(shop: Shop, lines: Sequence[Line], *, known: bool) -> Cart:
    """With the tax of the shop's first country, until the shopper says where it goes."""
    home = shop.countries[0]
    taxes = goods_taxes(shop, lines, home)
    missing = to_free_shipping(shop, lines)
    return Cart(tuple(lines), shop.currency, known, shop.tax_mode, home, taxes, missing)


def _line(row: Row[*tuple[Any, ...]], *, is_removed: bool = False) -> Line:
    return Line(
        sku=row.sku,
        product=row.product,
        title=row.title,
        variant=row.variant,
        picture=picture_of(row.pictures, row.picture),
        unit_price=row.price,
        quantity=row.quantity,
        stock=row.stock,
        weight=row.weight,
        tax_class=row.tax_class,
        tax_code=row.tax_code,
        code=row.code,
        shipped=row.shipped,
        is_removed=is_removed,
    )
