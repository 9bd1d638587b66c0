"""Stock: what is sold, held and free adds up, whatever happens."""

from dataclasses import replace

import pytest

from tests.till import Till, at_once
from webshop.catalog import load
from webshop.db import orders, products, stock
from webshop.errors import Conflict, NotFound
from webshop.orders import OrderLine, State

MUG = OrderLine("MUG-BLUE", "Blue mug", "", 1200, 3, held=0)
BOWL = OrderLine("BOWL-S", "Bowl", "Small", 1850, 2, held=0)
TILES = OrderLine("TILES", "Glaze tiles", "", 99, 50, held=0)


def test_holding_takes_counted_pieces_and_leaves_unlimited_ones_alone(till: Till) -> None:
    with till.db.write() as connection:
        held = stock.hold(connection, [TILES, MUG, BOWL])

    assert [(line.sku, line.held) for line in held] == [("TILES", 0), ("MUG-BLUE", 3), ("BOWL-S", 2)]
    assert (till.stock("TILES"), till.stock("MUG-BLUE"), till.stock("BOWL-S")) == (None, 7, 3)


@pytest.mark.parametrize(
    "missing", [replace(BOWL, quantity=6), replace(MUG, sku="BOWL-XL"), replace(MUG, sku="X")]
)
def test_holding_takes_all_or_nothing(till: Till, missing: OrderLine) -> None:
    with pytest.raises(Conflict, match="has just sold out"), till.db.write() as connection:
        stock.hold(connection, [MUG, missing])
    assert (till.stock("MUG-BLUE"), till.stock("BOWL-S")) == (10, 5)


def test_what_is_not_on_sale_any_more_cannot_be_held(till: Till) -> None:
    with till.db.write() as connection:
        products.load(connection, [])
    for line in (MUG, TILES):
        with pytest.raises(Conflict), till.db.write() as connection:
            stock.hold(connection, [line])


def test_releasing_gives_back_exactly_what_is_held_and_only_once(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=3, TILES=2))
    for _again in range(3):
        with till.db.write() as connection:
            stock.release(connection, orders.get_order(connection, order.number, lock=True))

    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (10, 0)
    assert till.stock("TILES") is None


def test_holding_again_takes_all_or_says_no(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=3, BOWL_S=2))
    with till.db.write() as connection:
        stock.release(connection, orders.get_order(connection, order.number, lock=True))
        stock.count(connection, "MUG-BLUE", 2)
        assert not stock.hold_again(connection, orders.get_order(connection, order.number))
    assert (till.stock("MUG-BLUE"), till.stock("BOWL-S"), till.held("BOWL-S")) == (2, 5, 0)

    with till.db.write() as connection:
        stock.count(connection, "MUG-BLUE", 3)
        assert stock.hold_again(connection, orders.get_order(connection, order.number))
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE"), till.stock("BOWL-S")) == (0, 3, 3)


def test_a_variant_that_became_unlimited_gets_nothing_back(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=3))
    with till.db.write() as connection:
        stock.count(connection, "MUG-BLUE", None)
        stock.release(connection, orders.get_order(connection, order.number, lock=True))
    assert (till.stock("MUG-BLUE"), till.held("MUG-BLUE")) == (None, 0)


def test_counting_sets_what_can_be_bought_and_knows_its_skus(till: Till) -> None:
    with till.db.write() as connection:
        stock.count(connection, "MUG-BLUE", 0)
        stock.count(connection, "BOWL-S", None)
    assert (till.stock("MUG-BLUE"), till.stock("BOWL-S")) == (0, None)
    with pytest.raises(NotFound, match="NO-SUCH"), till.db.write() as connection:
        stock.count(connection, "NO-SUCH", 1)


def test_sold_held_and_free_pieces_add_up_while_buyers_come_and_go(till: Till) -> None:
    """Twelve buyers of ten mugs in turn pay, go away, come too late or find nothing left."""
    buyers = [till.cart(MUG_BLUE=1) for _each in range(12)]

    def buy(number: int) -> str:
        order, session = till.check_out(buyers[number])
        if number % 3 == 0:
            till.pay(session)
        elif number % 3 == 1:
            till.stripe.expire(session.id)
        return str(till.settle(session).state)

    results = at_once(12, buy)

    assert {str(result) for result in results if not isinstance(result, Exception)} >= {"paid", "expired"}
    held = till.held("MUG-BLUE")  # by orders that are paid or waiting
    assert (till.stock("MUG-BLUE") or 0) + held == 10
    assert held == till.states().count("paid") + till.states().count("pending")


# The catalogue's rule


def test_loading_the_catalogue_again_changes_nothing(till: Till) -> None:
    from tests.conftest import DATA

    catalog = load(DATA / "catalog.toml", "EUR")
    with till.db.read() as connection:
        before = products.list_products(connection)
    with till.db.write() as connection:
        products.load(connection, catalog)
        products.load(connection, catalog)
    with till.db.read() as connection:
        assert products.list_products(connection) == before == catalog


def test_a_counted_stock_is_the_databases_and_anything_else_is_the_files(till: Till) -> None:
    from tests.conftest import DATA

    till.check_out(till.cart(MUG_BLUE=3))
    catalog = load(DATA / "catalog.toml", "EUR")
    mug, bowl, vase, tiles = catalog
    changed = [
        replace(mug, variants=(replace(mug.variants[0], stock=50, price=1300),)),
        replace(bowl, variants=(bowl.variants[0], replace(bowl.variants[0], sku="BOWL-NEW", stock=7))),
        replace(vase, variants=(replace(vase.variants[0], stock=None),)),
        replace(tiles, variants=(replace(tiles.variants[0], stock=4),)),
    ]
    with till.db.write() as connection:
        products.load(connection, changed)

    assert till.stock("MUG-BLUE") == 7  # counted: the file's 50 is not taken
    assert till.stock("BOWL-NEW") == 7  # new: the file's
    assert till.stock("VASE") is None  # the file says unlimited
    assert till.stock("TILES") == 4  # was unlimited: the file's


def test_what_the_file_no_longer_lists_is_kept_but_not_shown(till: Till) -> None:
    with till.db.read() as connection:
        mug, *rest = products.list_products(connection)
    with till.db.write() as connection:
        products.load(connection, rest)
    with till.db.read() as connection:
        assert [each.slug for each in products.list_products(connection)] == ["bowl", "last-vase", "tiles"]
        with pytest.raises(NotFound):
            products.get_product(connection, "blue-mug")
    assert till.stock("MUG-BLUE") == 10
    with till.db.write() as connection:
        products.load(connection, [*rest, mug])
    with till.db.read() as connection:
        assert products.list_products(connection)[-1].slug == "blue-mug"


def test_the_states_that_hold_stock_are_the_open_ones(till: Till) -> None:
    order, _session = till.check_out(till.cart(MUG_BLUE=1))
    assert {state for state in State if replace(order, state=state).is_open} == {
        State.PENDING,
        State.PROCESSING,
    }
