"""catalog.toml: what it may say, and how each mistake in it is named."""

from pathlib import Path

import pytest

from tests.pictures.originals import drawing, quarters, saved
from tests.pictures.studios import studio
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.model import Picture, Product, Variant, is_sku
from webshop.settings.model import ROOT
from webshop.toml_files import FileError

MUG = """
[[products]]
slug = "blue-mug"
title = " Blue mug "
category = "Mugs"
summary = "A mug."
description = "Holds tea."
picture = "blue-mug.svg"
picture_alt = "A blue mug."
  [[products.variants]]
  sku = "MUG-BLUE"
  price = 12.00
  stock = 10
  weight = 300
"""
BOWL = """
[[products]]
slug = "bowl"
title = "Bowl"
category = "Bowls"
summary = "A bowl."
description = ""
picture = "bowl.webp"
picture_alt = "A bowl."
  [[products.variants]]
  sku = "BOWL-S"
  title = "Small"
  price = 18.5
  stock = 0
  weight = 400
  [[products.variants]]
  sku = "BOWL-L"
  title = "Large"
  price = 29
  weight = 900
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.toml"


def problems(path: Path, text: str, currency: str = "EUR") -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as refusal:
        read_catalog(path, currency)
    return refusal.value.problems


def test_a_catalogue_is_read_in_the_order_of_its_file(path: Path) -> None:
    path.write_text(MUG + BOWL)
    assert list(read_catalog(path, "EUR").products) == [
        Product(
            slug="blue-mug",
            title="Blue mug",
            categories=("Mugs",),
            summary="A mug.",
            description="Holds tea.",
            pictures=(Picture("blue-mug.svg", "A blue mug."),),
            variants=(Variant("MUG-BLUE", "blue-mug", "", 1200, 10, 300),),
        ),
        Product(
            slug="bowl",
            title="Bowl",
            categories=("Bowls",),
            summary="A bowl.",
            description="",
            pictures=(Picture("bowl.webp", "A bowl."),),
            variants=(
                Variant("BOWL-S", "bowl", "Small", 1850, 0, 400),
                Variant("BOWL-L", "bowl", "Large", 2900, None, 900),
            ),
        ),
    ]


def test_a_byte_order_mark_which_some_editors_write_is_no_mistake(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + (MUG + BOWL).encode())
    assert [product.slug for product in read_catalog(path, "EUR").products] == ["blue-mug", "bowl"]


def test_what_is_sold_out_is_not_available(path: Path) -> None:
    path.write_text(BOWL)
    (bowl,) = read_catalog(path, "EUR").products
    assert [variant.sku for variant in bowl.available] == ["BOWL-L"]


VARIANT = "product 'Blue mug', variant 'MUG-BLUE'"
SLUG = "product 'Blue mug': slug must be small letters, digits and hyphens, such as blue-mug, not "
FILE = "a file in static/img/products/, such as blue-mug.jpg, or .svg, .webp, .avif, .png, .gif"


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ('slug = "', 'colour = 1\nslug = "', "product 'Blue mug': colour is no word that this file has"),
        ("stock =", "stok =", f"{VARIANT}: stok is no word that this file has; did you mean stock?"),
        (
            "weight = 300",
            "",
            "Blue mug: the weight is missing; give it in grams, or the product shipped = false",
        ),
        ("weight = 300", "weight = -1", f"{VARIANT}: weight must be 0 or more"),
        ("stock = 10", "stock = 1.5", f"{VARIANT}: stock must be a whole number, without quotes"),
        ("stock = 10", "stock = -1", f"{VARIANT}: stock must be 0 or more"),
        ("12.00", "0", f"{VARIANT}: price must be more than 0"),
        ("12.00", "nan", f"{VARIANT}: price must be a number such as 24.00, without quotes"),
        ("12.00", '"cheap"', f"{VARIANT}: price must be a number such as 24.00, without quotes"),
        ("12.00", "4.905", "Blue mug: price 4.905 has more than 2 decimals (EUR)"),
        ('"blue-mug"', '"Blue Mug"', f"{SLUG}'Blue Mug'"),
        ('"blue-mug"', '"blue-mug\\n"', SLUG + r"'blue-mug\n'"),
        (
            "MUG-BLUE",
            "mug ",
            "product 'Blue mug', variant 'mug': sku must be 1 to 64 printable characters without spaces at "
            "its ends, such as MUG-BLUE, not 'mug '",
        ),
        ("blue-mug.svg", "../mug.svg", f"product 'Blue mug': picture must be {FILE}, not '../mug.svg'"),
        ('" Blue mug "', '"  "', "product 'blue-mug': title must not be empty"),
    ],
)
def test_a_mistake_is_named_with_its_place(path: Path, right: str, wrong: str, problem: str) -> None:
    assert MUG.count(right) == 1
    assert problems(path, MUG.replace(right, wrong)) == [f"catalog.toml: {problem}"]


def test_contents_that_nobody_can_read_are_named(path: Path) -> None:
    for contents, problem in {
        "a lot": "must be a number and ml, cl, l, g, kg, mm, cm, m, m² or pieces, such as 350 ml, "
        "not 'a lot'",
        "1.500 g": "'1.500 g' may be 1500 or 1.5: write one of them",
    }.items():
        wrong = MUG.replace("price = 12.00", f'price = 12.00\n  contents = "{contents}"')
        assert problems(path, wrong) == [f"catalog.toml: Blue mug: contents {problem}"]


def test_places_are_counted_as_a_person_counts(path: Path) -> None:
    mistaken = MUG + BOWL.replace("weight = 900", 'weight = "much"')
    (problem,) = problems(path, mistaken)
    assert problem.startswith("catalog.toml: product 'Bowl', variant 'Large': weight ")


def test_two_mistakes_are_reported_together(path: Path) -> None:
    mistaken = MUG.replace("12.00", "-1").replace('"blue-mug"', '"Blue Mug"')
    assert problems(path, mistaken) == [
        f"catalog.toml: {SLUG}'Blue Mug'",
        f"catalog.toml: {VARIANT}: price must be more than 0",
    ]


def test_a_slug_and_a_sku_can_be_used_once(path: Path) -> None:
    assert problems(path, MUG + MUG.replace("12.00", "4.905")) == [
        "catalog.toml: slug 'blue-mug' is used 2 times",
        "catalog.toml: sku 'MUG-BLUE' is used 2 times",
        "catalog.toml: Blue mug: price 4.905 has more than 2 decimals (EUR)",
    ]


def test_a_sku_cannot_be_shared_by_two_products(path: Path) -> None:
    assert problems(path, MUG + BOWL.replace("BOWL-L", "MUG-BLUE")) == [
        "catalog.toml: sku 'MUG-BLUE' is used 2 times"
    ]


def test_each_of_several_variants_needs_a_title(path: Path) -> None:
    assert problems(path, BOWL.replace('  title = "Large"\n', "")) == [
        "catalog.toml: Bowl: each of several variants needs a title"
    ]


def test_a_product_needs_a_variant(path: Path) -> None:
    (problem,) = problems(path, MUG.partition("  [[products.variants]]")[0])
    assert problem == "catalog.toml: product 'Blue mug': variants is missing"


def test_prices_are_judged_by_the_shops_currency(path: Path) -> None:
    assert problems(path, MUG.replace("12.00", "12.5"), "JPY") == [
        "catalog.toml: Blue mug: price 12.5 has more than 0 decimals (JPY)"
    ]


def test_what_a_card_cannot_be_charged_with_is_named(path: Path) -> None:
    where = "catalog.toml: Blue mug: price"
    assert problems(path, MUG.replace("12.00", "1000000")) == [
        f"{where} 1000000 is more than Stripe charges at once: 999,999.99 EUR; lower it"
    ]
    assert problems(path, MUG.replace("12.00", "2400.50"), "ISK") == [
        f"{where} 2400.50 must be a whole number: there are no fractions of ISK"
    ]


def test_a_mug_may_cost_millions_where_a_mug_does(path: Path) -> None:
    path.write_text(MUG.replace("12.00", "2_150_000"))
    for currency in ("IDR", "VND", "LBP"):
        [mug] = read_catalog(path, currency).products
        assert mug.variants[0].price in (215_000_000, 2_150_000)


def test_a_price_that_cannot_be_charged_alone_is_named_to_who_checks_and_sold_with_others(
    path: Path, tmp_path: Path
) -> None:
    path.write_text(MUG.replace("12.00", "0.49"))
    [mug] = read_catalog(path, "EUR").products
    assert mug.variants[0].price == 49
    (tmp_path / "blue-mug.svg").write_bytes(drawing())
    with pytest.raises(FileError) as refusal:
        read_catalog(path, "EUR", pictures=studio(tmp_path / "made", tmp_path))
    assert refusal.value.problems == [
        "catalog.toml: Blue mug: price 0.49 is less than Stripe charges at all: "
        "0.50 EUR; raise it, or sell several pieces as one"
    ]
    path.write_text(MUG.replace("12.00", "0.50"))
    assert read_catalog(path, "EUR", pictures=studio(tmp_path / "made", tmp_path))


def test_a_class_that_stripe_cannot_know_wants_stripes_code(path: Path) -> None:
    path.write_text(MUG.replace('slug = "', 'tax = "reduced"\nslug = "'))
    assert read_catalog(path, "EUR").products[0].tax == "reduced"
    with pytest.raises(FileError) as refusal:
        read_catalog(path, "EUR", tax_by_stripe=True)
    assert refusal.value.problems == [
        'catalog.toml: Blue mug: Stripe reckons the tax and does not know tax = "reduced"; give '
        "it Stripe's tax_code, too (https://docs.stripe.com/tax/tax-codes)"
    ]
    for written in ('tax = "reduced"\ntax_code = "txcd_35010000"', 'tax = "none"'):
        path.write_text(MUG.replace('slug = "', f'{written}\nslug = "'))
        assert read_catalog(path, "EUR", tax_by_stripe=True)
    assert problems(path, MUG.replace('slug = "', 'tax_code = "books"\nslug = "'))


def test_what_goes_with_a_product_is_another_one_of_the_file(path: Path) -> None:
    bowl = MUG.replace("Blue mug", "Fern bowl").replace('slug = "blue-mug"\n', "").replace("MUG-", "BOWL-")
    written = MUG.replace('slug = "', 'goes_with = ["fern-bowl", "fern-bowl"]\nslug = "') + bowl
    path.write_text(written)
    assert [product.goes_with for product in read_catalog(path, "EUR").products] == [("fern-bowl",), ()]
    assert problems(path, written.replace('["fern-bowl"', '["blue-mug", "no-mug"')) == [
        "catalog.toml: Blue mug: goes_with names the product itself; leave it out",
        "catalog.toml: Blue mug: goes_with 'no-mug' is no product of this file; it names slugs",
    ]


def test_broken_toml_is_named_with_its_line(path: Path) -> None:
    (problem,) = problems(path, MUG + "slug =\n")
    assert problem.startswith("catalog.toml: line 15, column 7 cannot be read: Invalid value. ")


def test_a_file_that_is_missing_or_is_no_text_is_named(path: Path) -> None:
    with pytest.raises(FileError) as missing:
        read_catalog(path, "EUR")
    assert missing.value.problems == ["catalog.toml: No such file or directory"]

    path.write_bytes(b"title = \xff")
    with pytest.raises(FileError) as binary:
        read_catalog(path, "EUR")
    assert binary.value.problems[0].startswith("catalog.toml: is not text in UTF-8; save it in that encoding")


def test_the_catalogue_that_comes_with_the_shop_is_right_and_has_its_pictures() -> None:
    products = read_catalog(ROOT / "catalog.toml", "EUR").products
    folder = ROOT / "static/img/products"
    missing = [p.file for each in products for p in each.pictures if not (folder / p.file).is_file()]
    assert len(products) >= 12
    assert missing == []


def test_only_what_can_be_a_sku_is_asked_for() -> None:
    good = ["MUG-BLUE", "7", "A" * 64, "mug blue/350", "A--B", "-A", "É", "٣", "M- 713", "=1+1", "<b>"]
    bad = ["", "A" * 65, "A\n", "A ", " A", "A\nB", "A\0", "\u200b", "A\u202e"]
    assert [text for text in good + bad if is_sku(text)] == good


def test_a_picture_that_is_something_else_is_named_with_its_product(path: Path, tmp_path: Path) -> None:
    right = {"a.svg": drawing(), "a.png": saved(quarters(9, 9), "PNG"), "a.JPG": saved(quarters(9, 9))}
    for name, content in right.items():
        path.write_text(MUG.replace("blue-mug.svg", name))
        named = f"catalog.toml: Blue mug: {name!r} in static/img/products/ is broken, or another kind of file"
        for wrong in (b"", b"<html>404</html>", b"\0" * 5000, content[-5:], content[: len(content) // 2]):
            (tmp_path / name).write_bytes(wrong)
            with pytest.raises(FileError) as refusal:
                read_catalog(path, "EUR", pictures=studio(tmp_path / "made", tmp_path))
            assert refusal.value.problems == [named]
        (tmp_path / name).write_bytes(content)
        assert len(read_catalog(path, "EUR", pictures=studio(tmp_path / "made", tmp_path)).products) == 1
