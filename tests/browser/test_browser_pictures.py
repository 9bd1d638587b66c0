"""Photographs as a phone takes them, in a real Chromium: light, at rest, and of the size that is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pictures.shops import served, with_photographs
from tests.pictures.weigh import BUDGET, look


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("photographs")
    with_photographs(folder)
    with served(folder) as url:
        yield url


@pytest.mark.parametrize("dots", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_index_is_light_on_a_phone_and_nothing_on_it_moves(
    browser: Browser, shop: str, dots: int
) -> None:
    screen = look(browser, shop, dots=dots)
    assert len([each for each in screen.pictures if each.first]) >= 2
    for each in screen.pictures:
        assert each.path.endswith(".avif"), each
        assert each.wide * min(dots, 2) * 0.9 <= each.file_width <= 480, each
        assert each.natural_width / each.natural_height == pytest.approx(each.width / each.height), each
        assert each.weight > 0, each
    assert screen.moved == 0
    print(screen.weight)  # noqa: T201
    assert 0 < screen.weight <= BUDGET


def test_a_products_page_has_a_sharp_picture_and_nothing_on_it_moves(browser: Browser, shop: str) -> None:
    for width, dots in ((390, 3), (1280, 1), (1280, 2)):
        screen = look(browser, shop, "/products/cup-1", dots=dots, width=width)
        first = screen.pictures[0]
        assert first.natural_width / first.natural_height == pytest.approx(first.width / first.height)
        assert first.file_width >= first.wide * min(dots, 2) * 0.9, (width, dots, first)
        assert screen.moved == 0
