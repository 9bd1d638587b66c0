"""Choosing a variant by its options: what each value leads to, and how it looks."""

from dataclasses import replace

from tests.catalog.examples import PLATE, product
from webshop.catalog.choice import choose
from webshop.catalog.model import Picture, Product, Variant

SMALL, LARGE, GREEN = PLATE.variants


def seen(of: Product, mark: str = "") -> list[list[tuple[str, str]]]:
    return [[(chip.value, chip.state.value) for chip in row.chips] for row in choose(of, mark).rows]


def test_what_is_chosen_sold_out_and_missing_is_told_apart() -> None:
    assert seen(PLATE) == [
        [("Blue", "chosen"), ("Green", "there")],
        [("Small", "chosen"), ("Large", "sold-out")],
    ]
    assert seen(PLATE, LARGE.mark) == [
        [("Blue", "chosen"), ("Green", "missing")],
        [("Small", "there"), ("Large", "chosen")],
    ]
    assert seen(PLATE, GREEN.mark) == [
        [("Blue", "there"), ("Green", "chosen")],
        [("Small", "chosen"), ("Large", "missing")],
    ]


def test_each_value_leads_to_the_nearest_variant_that_has_it() -> None:
    rows = choose(PLATE, LARGE.mark).rows
    assert [chip.mark for row in rows for chip in row.chips] == [
        LARGE.mark,
        GREEN.mark,
        SMALL.mark,
        LARGE.mark,
    ]


def test_an_address_of_no_variant_shows_the_first_that_can_be_bought() -> None:
    first_gone = product("p", "P", options=("Size",), variants=[(("S",), 1, 0), (("M",), 1, 2)])
    for mark in ("", "nonsense", "\0", "x" * 5000):
        choice = choose(first_gone, mark)
        assert (choice.variant.sku, choice.asked) == ("P-2", False)
    all_gone = product("p", "P", options=("Size",), variants=[(("S",), 1, 0), (("M",), 1, 0)])
    assert choose(all_gone, "").variant.sku == "P-1"


def test_variants_with_titles_alone_have_nothing_to_choose_by() -> None:
    assert choose(product("p", "P"), "").rows == ()


def test_the_variants_own_picture_comes_first() -> None:
    pictures = (Picture("a.jpg"), Picture("b.jpg"), Picture("c.jpg"))
    shown = product("p", "P", pictures=pictures, options=("Size",), variants=[(("S",), 1, 1), (("M",), 1, 1)])
    blue = replace(shown.variants[1], picture="b.jpg")
    shown = replace(shown, variants=(shown.variants[0], blue))
    assert [each.file for each in choose(shown, "").pictures] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [each.file for each in choose(shown, blue.mark).pictures] == ["b.jpg", "a.jpg", "c.jpg"]


def test_hundreds_of_combinations_are_a_row_for_each_option() -> None:
    sizes, colours = [f"S{n}" for n in range(40)], [f"C{n}" for n in range(50)]
    combinations = [((size, colour), 100, 1) for size in sizes for colour in colours]
    choice = choose(product("p", "P", options=("Size", "Colour"), variants=combinations), "")
    assert [(len(row.chips), row.are_many) for row in choice.rows] == [(40, True), (50, True)]


def test_values_show_their_pictures_where_these_tell_them_apart() -> None:
    pictures = (Picture("blue.jpg"), Picture("green.jpg"))
    options = [(("Blue", "S"), 1, 1), (("Blue", "L"), 1, 1), (("Green", "S"), 1, 1)]
    shown = product("p", "P", pictures=pictures, options=("Glaze", "Size"), variants=options)
    files = ("blue.jpg", "blue.jpg", "green.jpg")
    own = [replace(each, picture=file) for each, file in zip(shown.variants, files, strict=True)]

    def seen_of(*variants: Variant) -> list[list[str]]:
        rows = choose(replace(shown, variants=variants), "").rows
        return [[chip.picture.file if chip.picture else "" for chip in row.chips] for row in rows]

    assert seen_of(*own) == [["blue.jpg", "green.jpg"], ["", ""]]
    assert seen_of(own[0], own[1], shown.variants[2]) == [["", ""], ["", ""]]
    assert seen_of(own[0]) == [[""], [""]]
    assert [row.chosen for row in choose(shown, own[1].mark).rows] == ["Blue", "L"]
