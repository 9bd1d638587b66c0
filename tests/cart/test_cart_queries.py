"""Carts in the database: nothing gets lost between tabs, threads and processes."""

import multiprocessing
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Table, event, select, update

from tests.conftest import both_databases
from tests.due import MINUTE, NOW
from tests.till import SHOP, Till, at_once
from webshop.cart import queries as carts
from webshop.cart.cookie import new_cart_id
from webshop.cart.reading import look
from webshop.catalog import load as catalogue
from webshop.catalog import queries as products
from webshop.catalog.model import Catalogue, Picture
from webshop.db.engine import Database
from webshop.db.tables import cart_lines, variants
from webshop.db.tables import carts as cart_rows
from webshop.db.tables import products as products_table
from webshop.errors import Conflict, NotFound, Unavailable
from webshop.orders import stock

pytestmark = both_databases


def test_lines_stand_in_the_order_in_which_they_were_added(till: Till) -> None:
    cart = till.cart(TILES=1, BOWL_S=2)
    till.add(cart, MUG_BLUE=1)
    till.add(cart, TILES=4)

    assert list(till.contents(cart).items()) == [("TILES", 5), ("BOWL-S", 2), ("MUG-BLUE", 1)]


def test_a_line_shows_what_it_costs_today(till: Till) -> None:
    cart = till.cart(BOWL_S=2)
    with till.db.read() as connection:
        (line,) = carts.list_lines(connection, cart)

    assert (line.name, line.unit_price, line.total, line.stock) == ("Bowl, Small", 1850, 3700, 5)


@pytest.mark.parametrize(
    ("sku", "quantity", "sentence"),
    [
        ("BOWL-XL", 1, "Sorry, this is sold out."),
        ("BOWL-S", 6, "Sorry, only 5 left."),
        ("TILES", 100, "You can order at most 99 of one kind."),
        ("MUG-BLUE", 99, "You can order at most 99 of one kind."),  # of 99, with the one in the cart
        ("BOWL-L", 99, "Sorry, only 98 left."),
    ],
)
def test_too_many_are_refused_with_what_is_left_and_the_cart_stays(
    till: Till, sku: str, quantity: int, sentence: str
) -> None:
    cart = till.cart(MUG_BLUE=1)
    with till.db.write() as connection:
        stock.count(connection, "MUG-BLUE", 99)
        stock.count(connection, "BOWL-L", 98)
    with pytest.raises(Conflict) as problem:
        till.add(cart, **{sku: quantity})

    assert problem.value.message == sentence
    assert till.contents(cart) == {"MUG-BLUE": 1}


@pytest.mark.parametrize(
    ("table", "changes", "field", "value"),
    [
        (products_table, {"title": "Red mug"}, "title", "Red mug"),
        (products_table, {"tax_class": "reduced"}, "tax_class", "reduced"),
        (products_table, {"shipped": False}, "shipped", False),
        (products_table, {"active": False}, "stock", 0),
        (products_table, {"pictures": [{"file": "a.svg", "alt": "a"}]}, "picture", Picture("a.svg", "a")),
        (variants, {"price": 1250}, "unit_price", 1250),
        (variants, {"weight": 5}, "weight", 5),
        (variants, {"stock": 3}, "stock", 3),
        (variants, {"title": "small"}, "variant", "small"),
    ],
)
def test_a_cart_that_is_read_again_is_the_same_until_anything_of_it_changes(
    till: Till, table: Table, changes: dict[str, object], field: str, value: object
) -> None:
    cart = till.cart(TILES=1, MUG_BLUE=2)
    before, again = (look(till.db, SHOP, cart)[0] for _each in range(2))
    assert before is again
    assert getattr(before.lines[1], field) != value
    with till.db.write() as connection:
        mug = table.c.slug == "blue-mug" if table is products_table else table.c.sku == "MUG-BLUE"
        connection.execute(update(table).where(mug).values(**changes))
    after, _is_unseen = look(till.db, SHOP, cart)
    changed: Any = {field: value}
    assert after.lines == (before.lines[0], replace(before.lines[1], **changed))
    with till.db.read() as connection:
        assert tuple(carts.list_lines(connection, cart)) == after.lines


def test_a_refused_first_line_leaves_no_cart_behind(till: Till) -> None:
    cart, other = new_cart_id(), till.cart(TILES=1)
    with pytest.raises(Conflict):
        till.add(cart, BOWL_XL=1)
    looks = [look(till.db, SHOP, each) for each in (cart, other)]
    assert [(found.known, is_unseen) for found, is_unseen in looks] == [(False, False), (True, True)]


def test_adding_up_to_the_stock_is_possible_and_one_more_is_not(till: Till) -> None:
    cart = till.cart(BOWL_S=2)
    till.add(cart, BOWL_S=3)
    with pytest.raises(Conflict, match="only 5 left, and 5 in your cart already"):
        till.add(cart, BOWL_S=1)
    assert till.contents(cart) == {"BOWL-S": 5}


def test_an_unknown_sku_is_not_found(till: Till) -> None:
    with pytest.raises(NotFound):
        till.add(new_cart_id(), NO_SUCH=1)


def test_setting_a_line_replaces_its_quantity_and_0_removes_it(till: Till) -> None:
    cart = till.cart(MUG_BLUE=3, TILES=1)
    with till.db.write() as connection:
        carts.set_quantity(connection, cart, "MUG-BLUE", 7)
        carts.set_quantity(connection, cart, "TILES", 0)
    assert till.contents(cart) == {"MUG-BLUE": 7}


def test_a_line_that_is_not_there_cannot_be_set(till: Till) -> None:
    cart = till.cart(MUG_BLUE=3)
    with pytest.raises(NotFound), till.db.write() as connection:
        carts.set_quantity(connection, cart, "TILES", 2)
    assert till.contents(cart) == {"MUG-BLUE": 3}


def test_setting_more_than_there_is_is_refused(till: Till) -> None:
    cart = till.cart(BOWL_S=3)
    with pytest.raises(Conflict, match="only 5 left"), till.db.write() as connection:
        carts.set_quantity(connection, cart, "BOWL-S", 6)
    assert till.contents(cart) == {"BOWL-S": 3}


def test_what_the_carts_own_pending_order_holds_is_still_there_for_it(till: Till) -> None:
    cart, other = till.cart(BOWL_S=5), till.cart(BOWL_S=1)
    till.check_out(cart)

    assert till.stock("BOWL-S") == 0
    with till.db.read() as connection:
        (own,), (others,) = carts.list_lines(connection, cart), carts.list_lines(connection, other)
    assert (own.stock, own.problem) == (5, "")
    assert (others.stock, others.problem) == (0, "Sold out. Please remove it.")
    with pytest.raises(Conflict, match="only 5 left, and 5 in your cart"):
        till.add(cart, BOWL_S=1)


def test_what_is_no_longer_listed_cannot_be_bought_though_it_is_unlimited(till: Till) -> None:
    cart = till.cart(TILES=1)
    with till.db.write() as connection:
        catalogue.load(connection, Catalogue(()))
    with till.db.read() as connection:
        (line,) = carts.list_lines(connection, cart)
    assert (line.stock, line.problem) == (0, "Sold out. Please remove it.")


def test_taking_out_what_was_bought_leaves_what_was_added_since(till: Till) -> None:
    cart = till.cart(MUG_BLUE=5, TILES=2, BOWL_S=1)
    with till.db.write() as connection:
        carts.take_out(connection, cart, {"MUG-BLUE": 2, "TILES": 2, "BOWL-L": 1})
    assert till.contents(cart) == {"MUG-BLUE": 3, "BOWL-S": 1}


def test_the_last_pieces_can_be_taken_and_99_of_what_is_unlimited(till: Till) -> None:
    cart = till.cart(BOWL_S=1, TILES=98)
    till.add(cart, BOWL_S=4, TILES=1)
    assert till.contents(cart) == {"BOWL-S": 5, "TILES": 99}
    for sku, most in (("BOWL-S", 5), ("TILES", 99)):
        for quantity in (1, most):
            with till.db.write() as connection:
                carts.set_quantity(connection, cart, sku, quantity)
    assert till.contents(cart) == {"BOWL-S": 5, "TILES": 99}
    with pytest.raises(Conflict, match="at most 99"):
        till.add(cart, TILES=1)


def test_fifty_different_things_fit_into_a_cart_and_one_more_does_not(till: Till) -> None:
    with till.db.write() as connection:
        tiles = products.get_product(connection, "tiles")
        many = [replace(tiles.variants[0], sku=f"T{number}", title=f"Tile {number}") for number in range(51)]
        catalogue.load(connection, Catalogue((replace(tiles, variants=tuple(many)),)))
    cart = till.cart(**{f"T{number}": 1 for number in range(50)})
    with pytest.raises(Conflict, match="Your cart is full: it takes 50 different things"):
        till.add(cart, T50=1)
    till.add(cart, T49=1)
    assert (len(till.contents(cart)), till.contents(cart)["T49"]) == (50, 2)


def test_a_cart_is_as_old_as_its_last_change(till: Till) -> None:
    """What is added, set or removed changes it, and no other cart; what is refused does not."""
    till.db.clock = lambda: NOW
    cart, other = till.cart(BOWL_S=1), till.cart(TILES=1)
    assert [_changed_at(till, each) for each in (cart, other)] == [NOW, NOW]

    def change(minutes: int, act: Callable[[Connection], object]) -> None:
        with suppress(Conflict), till.db.write(NOW + minutes * MINUTE) as connection:
            act(connection)

    change(1, lambda connection: carts.add(connection, cart, "BOWL-S", 1))
    assert _changed_at(till, cart) == NOW + MINUTE
    change(2, lambda connection: carts.set_quantity(connection, cart, "BOWL-S", 3))
    assert _changed_at(till, cart) == NOW + 2 * MINUTE
    change(3, lambda connection: carts.add(connection, cart, "BOWL-S", 9))
    assert _changed_at(till, cart) == NOW + 2 * MINUTE
    change(4, lambda connection: carts.set_quantity(connection, cart, "BOWL-S", 0))
    assert _changed_at(till, cart) == NOW + 4 * MINUTE
    assert _changed_at(till, other) == NOW


def _changed_at(till: Till, cart: str) -> datetime:
    with till.db.read() as connection:
        found: datetime = connection.execute(
            select(cart_rows.c.changed_at).where(cart_rows.c.id == cart)
        ).scalar_one()
    return found


# At once


def _add_one(db: Database, cart: str, sku: str = "MUG-BLUE") -> None:
    with db.write() as connection:
        carts.add(connection, cart, sku, 1)


def _add_one_by_reading_first(db: Database, cart: str, sku: str) -> None:
    """How it must not be done."""
    line = (cart_lines.c.cart == cart) & (cart_lines.c.sku == sku)
    with db.read() as connection:
        quantity = connection.execute(select(cart_lines.c.quantity).where(line)).scalar_one()
        connection.execute(update(cart_lines).where(line).values(quantity=quantity + 1))


def _with_plenty(till: Till) -> str:
    """A cart with one of each, and enough of them in stock."""
    with till.db.write() as connection:
        stock.count(connection, "MUG-BLUE", 1000)
    return till.cart(MUG_BLUE=1, BOWL_L=1, TILES=1)


def _add_200_from_20_threads(till: Till, cart: str, add: Callable[[Database, str, str], None]) -> int:
    """67 mugs, 67 bowls and 66 tiles; how many of these adds said that they could not."""
    skus = ["MUG-BLUE", "BOWL-L", "TILES"]
    start = threading.Barrier(20)

    def ten(number: int) -> int:
        start.wait()
        failed = 0
        for each in range(number * 10, number * 10 + 10):
            try:
                add(till.db, cart, skus[each % 3])
            except Unavailable:
                failed += 1
        return failed

    return sum(result if isinstance(result, int) else 200 for result in at_once(20, ten))


def test_200_parallel_adds_lose_nothing(till: Till) -> None:
    cart = _with_plenty(till)
    failed = _add_200_from_20_threads(till, cart, _add_one)

    assert failed == 0
    assert till.contents(cart) == {"MUG-BLUE": 68, "BOWL-L": 68, "TILES": 67}


def test_200_parallel_adds_that_read_first_lose_some(till: Till) -> None:
    """The negative control: the test above would notice."""
    cart = _with_plenty(till)
    _add_200_from_20_threads(till, cart, _add_one_by_reading_first)

    assert sum(till.contents(cart).values()) < 203


def _add_in_a_process(url: str, cart: str, times: int) -> None:
    db = Database(url)
    for _each in range(times):
        _add_one(db, cart)
    db.engine.dispose()


@pytest.mark.slow
def test_adds_from_two_processes_are_all_there(till: Till, database_url: str) -> None:
    cart = _with_plenty(till)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_add_in_a_process, args=(database_url, cart, 40)) for _each in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0]
    assert till.contents(cart)["MUG-BLUE"] == 81


def test_a_hundred_carts_begun_at_once_are_all_there(till: Till) -> None:
    begun = [new_cart_id() for _each in range(100)]

    def begin_five(number: int) -> None:
        for cart in begun[number * 5 : number * 5 + 5]:
            till.add(cart, TILES=2)

    assert at_once(20, begin_five) == [None] * 20
    assert [till.contents(cart) for cart in begun] == [{"TILES": 2}] * 100


def test_a_cart_is_restored_with_as_much_as_there_is_in_a_few_statements(db: Database) -> None:
    """However many skus: in a write transaction, honest shoppers wait behind it."""
    cart = new_cart_id()
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
    claimed = [("TILES", 60), ("MUG-BLUE", 3), ("GONE", 1), ("VASE", 4), ("TILES", 60), ("BOWL-XL", 1)]
    claimed += [(f"NO-SUCH-{number}", 1) for number in range(40)] + [("\ud800", 1), ("\0", 1)]
    with db.write() as connection:
        _found, missing = carts.restore(connection, cart, claimed)
    statements = [statement for statement in asked if not statement.startswith("BEGIN")]
    assert len(statements) == 5
    with db.read() as connection:
        lines = [(line.sku, line.quantity) for line in carts.list_lines(connection, cart)]
    assert lines == [("TILES", 99), ("MUG-BLUE", 3), ("VASE", 1)]
    assert missing == 46  # of the tiles and the vase a part


def test_nothing_that_is_there_makes_no_cart(db: Database) -> None:
    cart = new_cart_id()
    with db.write() as connection:
        assert carts.restore(connection, cart, [("GONE", 1)]) == (0, 1)
    assert look(db, SHOP, cart)[0].known is False
