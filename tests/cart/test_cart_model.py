"""The cart: what may be typed, what a browser may claim to have had, and what it keeps."""

import json

import pytest

from webshop.cart.model import Cart, Line, parse_mirror, parse_quantity, restored_sentence
from webshop.errors import Invalid


def line(sku: str = "MUG-BLUE", variant: str = "", quantity: int = 2, stock: int | None = None) -> Line:
    return Line(sku, "mug", "Mug", variant, None, 1200, quantity, stock, 300)


@pytest.mark.parametrize(("text", "quantity"), [("1", 1), ("9", 9), ("10", 10), ("99", 99)])
def test_a_quantity_is_1_to_99(text: str, quantity: int) -> None:
    assert parse_quantity(text) == quantity
    assert parse_quantity(text, zero=True) == quantity


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "-0", "+1", "00", "01", "100", "1e9", "1_0", "1_000", "1.0", "1,0", "0x1", "1 ", " 1"]
    + ["1\n", "٣", "１", "²", "NaN", "Infinity", "true", "9223372036854775808", "9" * 5000, "1\0", "\ud800"],
)  # fmt: skip
def test_anything_else_is_no_quantity(text: str) -> None:
    for zero in (False, True):
        with pytest.raises(Invalid) as refusal:
            parse_quantity(text, zero=zero)
        assert refusal.value.message == "Please choose a quantity from 1 to 99."


def test_zero_is_a_quantity_only_where_it_removes() -> None:
    assert parse_quantity("0", zero=True) == 0
    with pytest.raises(Invalid):
        parse_quantity("0")


def test_a_mirror_gives_skus_and_quantities_and_nothing_else() -> None:
    text = '[{"sku": "MUG", "product": "Mug", "amount": 1, "quantity": 2}, {"sku": "BOWL", "quantity": 99}]'
    assert parse_mirror(text) == [("MUG", 2), ("BOWL", 99)]


@pytest.mark.parametrize(
    "entry",
    [
        '{"sku": "MUG", "quantity": true}',
        '{"sku": "MUG", "quantity": "2"}',
        '{"sku": "MUG", "quantity": 2.0}',
        '{"sku": "MUG", "quantity": 0}',
        '{"sku": "MUG", "quantity": -1}',
        '{"sku": "MUG", "quantity": 100}',
        '{"sku": "MUG", "quantity": 1e400}',
        '{"sku": "MUG", "quantity": NaN}',
        '{"sku": "MUG", "quantity": 9223372036854775808}',
        '{"sku": "MUG", "quantity": null}',
        '{"sku": ["MUG"], "quantity": 1}',
        '{"sku": 1, "quantity": 1}',
        '{"sku": "MUG"}',
        '{"quantity": 1}',
        '{"__proto__": {"sku": "MUG", "quantity": 1}}',
        '["MUG", 1]',
        '"MUG"',
        "null",
    ],
)
def test_what_is_no_sku_with_a_quantity_is_left_out(entry: str) -> None:
    assert parse_mirror(f'[{entry}, {{"sku": "BOWL", "quantity": 1}}]') == [("BOWL", 1)]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "null", "1", '"[]"', "[", "[1,]", "[]]", '{"0": {"sku": "MUG", "quantity": 1}}']
    + ["[" * 100_000, "[" * 100_000 + "]" * 100_000, f"[{'9' * 5000}]", "\ufeff[]", "\0"],
)
def test_what_is_no_list_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_mirror(text)
    assert refusal.value.message == "The saved cart could not be read."


def test_a_mirror_of_a_thousand_entries_is_read_as_far_as_a_cart_goes() -> None:
    claimed = [{"sku": f"MUG-{n}", "quantity": 1} for n in range(1000)]
    found = parse_mirror(json.dumps(claimed))
    assert (len(found), found[-1]) == (50, ("MUG-49", 1))


def test_a_lone_surrogate_is_a_text_like_any_other() -> None:
    assert parse_mirror('[{"sku": "\\ud800", "quantity": 1}]') == [("\ud800", 1)]


@pytest.mark.parametrize(
    ("quantity", "stock", "problem"),
    [
        (99, None, ""),
        (2, 2, ""),
        (3, 2, "Only 2 left. Please lower the quantity."),
        (1, 0, "Sold out. Please remove it."),
    ],
)
def test_a_line_says_why_it_cannot_be_bought(quantity: int, stock: int | None, problem: str) -> None:
    one = line(quantity=quantity, stock=stock)
    assert one.problem == problem
    assert Cart((line("BOWL"), one), "EUR", known=True).can_be_bought is (problem == "")


def test_a_cart_adds_up() -> None:
    cart = Cart((line(quantity=2), line("BOWL", quantity=3)), "EUR", known=True)
    assert (cart.quantity, cart.subtotal, cart.lines[1].total) == (5, 6000, 3600)
    assert (Cart().quantity, Cart().subtotal, Cart().can_be_bought) == (0, 0, False)


def test_the_mirror_has_the_shape_that_browsers_already_keep() -> None:
    cart = Cart((line(), line("BOWL-L", "Large", quantity=1)), "EUR", known=True)
    assert cart.mirror == [
        {"sku": "MUG-BLUE", "product": "Mug", "amount": 1200, "quantity": 2},
        {"sku": "BOWL-L", "product": "Mug, Large", "amount": 1200, "quantity": 1},
    ]
    assert [list(entry) for entry in cart.mirror] == [["sku", "product", "amount", "quantity"]] * 2
    assert parse_mirror(json.dumps(cart.mirror)) == [("MUG-BLUE", 2), ("BOWL-L", 1)]


def test_what_was_restored_is_said() -> None:
    assert restored_sentence([], 2) == "Nothing from your last visit can be bought any more."
    assert restored_sentence(["Mug", "Bowl"], 0) == "We put back your cart: Mug, Bowl."
    assert restored_sentence(["Mug"], 1) == ("We put back your cart: Mug. Some of it is no longer available.")
