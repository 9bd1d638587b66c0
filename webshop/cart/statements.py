"""What changes a cart, in SQL. Statements are written once: to write one takes longer than to answer it.

Whoever puts something into a cart, changes it or buys it locks its row first, by `begin`, TOUCH or LOCK: so
nobody waits crosswise, and lines can be counted. What was bought is taken out without.
"""

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, and_, bindparam, delete, func, select, update

from webshop.cart.reading import CART, LIMIT
from webshop.catalog.queries import TYPED
from webshop.db.columns import Moment
from webshop.db.hot import Hot
from webshop.db.tables import cart_lines, carts, products, variants
from webshop.db.upsert import insert_of

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

NOW = bindparam("now", type_=Moment)
UNSEEN = select(carts.c.id).where(carts.c.id == CART, carts.c.seen_at.is_(None))
FREE = UNSEEN.with_for_update(skip_locked=True)
MARK_SEEN = update(carts).where(carts.c.id.in_(FREE)).values(seen_at=NOW)

OWN = update(carts).where(carts.c.id == CART)
LOCK = select(carts.c.id).where(carts.c.id == CART).with_for_update()
TOUCH = Hot(OWN.values(changed_at=NOW, seen_at=func.coalesce(carts.c.seen_at, NOW)))
REMEMBER = OWN.values(
    removed_sku=bindparam("line"),
    removed_quantity=bindparam("quantity"),
    removed_added_at=bindparam("added_at"),
)
REMEMBERED = select(carts.c.removed_sku, carts.c.removed_quantity, carts.c.removed_added_at)
REMOVED = REMEMBERED.where(carts.c.id == CART)
FORGET = OWN.values(removed_sku=None)

OTHERS = (
    select(func.count())
    .where(cart_lines.c.cart == CART, cart_lines.c.sku != variants.c.sku)
    .scalar_subquery()
)
ARTICLE = Hot(  # in whatever case it was typed, with how many other lines the cart has
    select(variants.c.sku, LIMIT.label("stock"), OTHERS.label("others"))
    .select_from(variants.join(products))
    .where(TYPED)
    .order_by(variants.c.sku_key.is_(None))
)
LIMITS = (
    select(variants.c.sku, LIMIT)
    .select_from(variants.join(products))
    .where(variants.c.sku.in_(bindparam("skus", expanding=True)))
)

COUNT = select(func.count()).where(cart_lines.c.cart == CART)
LINE = and_(cart_lines.c.cart == CART, cart_lines.c.sku == bindparam("line"))
QUANTITY = select(cart_lines.c.quantity).where(LINE).with_for_update()
SET = Hot(update(cart_lines).where(LINE).values(quantity=bindparam("wanted")))
REMOVE = delete(cart_lines).where(LINE).returning(cart_lines.c.quantity, cart_lines.c.added_at)
TAKEN: BindParameter[int] = bindparam("taken")
TAKE_ALL = delete(cart_lines).where(LINE, cart_lines.c.quantity <= TAKEN)
TAKE_SOME = (
    update(cart_lines)
    .where(LINE, cart_lines.c.quantity > TAKEN)
    .values(quantity=cart_lines.c.quantity - TAKEN)
)


@cache
def begin(dialect: str) -> Hot:
    """Make the cart if it is not there yet, and lock it."""
    row = insert_of(dialect, carts)
    seen = func.coalesce(carts.c.seen_at, row.excluded.seen_at)
    begun = row.on_conflict_do_update(
        index_elements=["id"], set_={"changed_at": row.excluded.changed_at, "seen_at": seen}
    )
    return Hot(begun, ["id", "created_at", "changed_at", "seen_at"])


@cache
def put_in(dialect: str) -> Hot:
    """So many more of it: how many that makes; no row where it would be more than `most`."""
    row = insert_of(dialect, cart_lines)
    together = cart_lines.c.quantity + row.excluded.quantity
    more = row.on_conflict_do_update(
        index_elements=["cart", "sku"],
        set_={"quantity": together},
        where=together <= bindparam("most"),
    )
    return Hot(more.returning(cart_lines.c.quantity), ["cart", "sku", "quantity", "added_at"])


@cache
def put_new(dialect: str) -> "Insert":
    """A line, unless it is there."""
    return insert_of(dialect, cart_lines).on_conflict_do_nothing()
