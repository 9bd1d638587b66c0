"""What somebody has typed into the checkout: kept with the cart, and forgotten with it, or when what is in it
was bought."""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, exists, select

from webshop.db.engine import Database, moment_of
from webshop.db.hot import Hot
from webshop.db.tables import cart_lines, drafts
from webshop.db.upsert import insert_of

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

LONGEST = 300  # characters of a field; a form takes less

# Built once: to build a statement takes longer than to run it.
IS_FILLED = select(exists().where(cart_lines.c.cart == bindparam("of_cart")))
OF_CART = Hot(select(drafts.c.fields).where(drafts.c.cart == bindparam("of_cart")))
FORGET = delete(drafts).where(drafts.c.cart == bindparam("of_cart"))


@cache
def _put(dialect: str) -> "Insert":
    row = insert_of(dialect, drafts)
    new = {name: row.excluded[name] for name in ("email", "fields", "changed_at")}
    return row.on_conflict_do_update(index_elements=["cart"], set_=new)


def keep(connection: Connection, cart: str, typed: Mapping[str, str]) -> None:
    """Keep it in the place of what was kept before. A cart without anything in it takes none: it was bought
    just now, perhaps."""
    if not connection.execute(IS_FILLED, {"of_cart": cart}).scalar_one():
        return
    kept = {name: value[:LONGEST] for name, value in typed.items() if value}
    email = kept.get("email", "").strip().lower() if kept.get("email", "").isprintable() else ""
    values = {"email": email[:254], "fields": json.dumps(kept), "changed_at": moment_of(connection)}
    connection.execute(_put(connection.dialect.name), {"cart": cart, **values})


def find(db: Database, cart: str) -> dict[str, str]:
    """By the names of the form's fields; empty if nothing is kept."""
    rows = db.look(OF_CART, {"of_cart": cart})
    return {str(name): str(value) for name, value in json.loads(rows[0][0]).items()} if rows else {}


def forget(connection: Connection, cart: str) -> None:
    connection.execute(FORGET, {"of_cart": cart})


def forget_person(connection: Connection, email: str) -> int:
    """Forget what was typed under this address, however it was typed; how many drafts that were. None are
    those of somebody without an address."""
    if not email:
        return 0
    return connection.execute(delete(drafts).where(drafts.c.email == email.lower())).rowcount
