"""What `make scale` fills a shop with, and its table. How fast anything is, no test asserts."""

from collections import Counter

from tests.scale import made
from tests.scale.table import lines
from webshop.catalog.model import is_sku


def test_a_made_catalogue_has_that_many_products_and_is_the_same_each_time() -> None:
    found = made.make(900)
    assert len(found.products) == len({product.slug for product in found.products}) == 900
    skus = [variant.sku for product in found.products for variant in product.variants]
    assert len(skus) == len(set(skus))
    assert all(map(is_sku, skus))
    assert found == made.make(900)


def test_what_is_searched_for_is_there_as_often_as_its_name_says() -> None:
    texts = Counter[str]()
    for product in made.make(900).products:
        texts.update({word.strip(".").lower() for word in f"{product.title} {product.description}".split()})
    assert texts[made.COMMON] == 30
    assert texts[made.RARE] == 1
    assert texts[made.MISTYPED] == 0
    assert any(word.startswith(made.BEGUN) for word in texts)


def test_products_have_options_categories_and_brands() -> None:
    products = made.make(900).products
    assert 400 < sum(bool(product.options) for product in products) < 500
    assert len({path for product in products for path in product.categories}) == 31
    assert len({product.brand for product in products}) == len(made.BRANDS)
    assert all(
        len(variant.options) == len(product.options) for product in products for variant in product.variants
    )


def test_one_price_is_another_one() -> None:
    before, after = made.make(5), made.one_changed(made.make(5))
    assert [a == b for a, b in zip(before.products, after.products, strict=True)] == [
        True,
        True,
        False,
        True,
        True,
    ]


def test_a_page_is_compared_to_that_of_the_smallest_catalogue_which_shows_as_many_cards() -> None:
    figures = {
        10: {"index": 2.0, "MB": 60.0, "cards of index": 10.0},
        30: {"index": 20.0, "MB": 60.5, "cards of index": 24.0},
        1000: {"index": 2.5, "MB": 61.0, "cards of index": 24.0},
        100_000: {"index": 30.0, "MB": 90.0, "cards of index": 24.0},
    }
    assert [*lines("sqlite", figures)] == [
        "sqlite, ms of CPU                10         30      1,000    100,000"
        "        100,000 : 10   as many cards  cards",
        "index                          2.00      20.00       2.50      30.00"
        "                15.0             1.5  10 24 24 24",
        "MB                            60.00      60.50      61.00      90.00"
        "                 1.5             1.5",
    ]
