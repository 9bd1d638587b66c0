"""Orders: every move that one can make, and its number."""

import re

import pytest

from webshop.orders import model as orders
from webshop.orders.model import MOVES, State

# Rows: from. Columns: to. Written by hand, because a table made from the table would always agree with it.
STATES = "pending processing paid shipped cancelled expired failed refund_due refunded".split()
TABLE = """
pending     -  x  x  -  x  x  -  x  -
processing  -  -  x  -  -  -  x  x  -
paid        -  -  -  x  -  -  -  -  x
shipped     -  -  -  -  -  -  -  -  x
cancelled   -  x  x  -  -  -  -  x  -
expired     -  x  x  -  -  -  -  x  -
failed      -  -  -  -  -  -  -  -  -
refund_due  -  -  -  -  -  -  -  -  x
refunded    -  -  -  -  -  -  -  -  -
"""
PAIRS = [
    (row.split()[0], to, mark == "x")
    for row in TABLE.strip().splitlines()
    for to, mark in zip(STATES, row.split()[1:], strict=True)
]


def test_the_table_has_every_pair_of_states() -> None:
    assert len({(source, to) for source, to, _allowed in PAIRS}) == 81
    assert [state.value for state in State] == STATES


@pytest.mark.parametrize(("source", "to", "allowed"), PAIRS)
def test_an_order_moves_only_as_the_table_says(source: str, to: str, allowed: bool) -> None:
    assert (State(to) in MOVES[State(source)]) is allowed


def test_stock_is_held_while_the_end_is_open() -> None:
    assert {str(state) for state in orders.HOLDING} == {"pending", "processing"}


def test_an_order_number_can_be_read_out_and_not_be_guessed() -> None:
    numbers = {orders.new_number() for _each in range(200)}
    assert len(numbers) == 200
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", number) for number in numbers)
