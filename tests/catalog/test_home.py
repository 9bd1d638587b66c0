"""The home page: sections of shop.toml, each drawn by a file of templates/home/."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, make_config, site_of
from tests.web.questions import soup, words
from webshop.app import create_app
from webshop.shop import HomeSection

SECTIONS = """
[[home]]
section = "hero"
title = "Pots for every day"
text = "Thrown in **Leipzig**."
link = "/products/bowl"
link_text = "See the bowl"
products = ["blue-mug"]

[[home]]
section = "ours"
title = "Of a designer who has not written it yet"

[[home]]
section = "new"
title = "New"

[[home]]
section = "categories"

[[home]]
section = "story"
title = "One clay"
text = "And six glazes."
picture = "gone.jpg"

[[home]]
section = "new"
title = "Reduced"
sale = 4

[[home]]
section = "promise"

[returns]
days = 30
"""


@pytest.fixture
def shop_toml(shop_folder: Path) -> Path:
    file = shop_folder / "shop.toml"
    first, rest = file.read_text().split("\n[", 1)
    file.write_text(f"{first}\n{SECTIONS}\n[{rest}")
    return file


def test_sections_stand_in_the_order_of_shop_toml_and_what_has_nothing_to_show_is_left_out(
    shop_toml: Path, tmp_path: Path
) -> None:
    client = TestClient(create_app(make_config(tmp_path, shop_file=shop_toml)), base_url=ADDRESS)
    page = soup(client.get("/"))
    site_of(client).db.engine.dispose()

    headings = [h.get_text() for h in page.select("main :is(h1, h2)")]
    assert headings == ["Pots for every day", "New", "Categories", "One clay"]
    assert str(page.select(".hero__text")[0]).count("<strong>Leipzig</strong>") == 1
    assert [(a["href"], a.get_text()) for a in page.select(".hero a")] == [("/products/bowl", "See the bowl")]
    assert len(page.select(".strip .card")) == 4
    assert [a["href"] for a in page.select(".tiles a")] == ["/c/mugs", "/c/bowls", "/c/vases", "/c/studio"]
    assert page.select(".story__picture") == [] or "placeholder" in str(page.select(".story__picture")[0])
    assert "30 days to send it back" in page.select(".pledge")[0].get_text()


def test_a_section_without_a_file_and_a_picture_that_is_not_there_are_named(
    shop_toml: Path, said: Any
) -> None:
    code, _out, err = said("catalog", "check")

    assert code == 2
    assert any("section = 'ours' has no templates/home/_ours.html; there are" in line for line in err)
    assert any("One clay: there is no picture 'gone.jpg'" in line for line in err)


def test_without_a_hero_the_page_still_has_a_title(client: TestClient) -> None:
    assert len(soup(client.get("/")).select("h1")) == 1
    assert words(client.get("/"), "h1")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"title": "Ours"}, "say one of products, category, newest and sale"),
        ({"title": "Ours", "newest": 2, "sale": 2}, "say one of products, category, newest and sale"),
        ({"newest": 2}, "title is missing"),
        ({"section": "../hero"}, "must be a name such as hero or new"),
        ({"section": "hero", "newest": 2, "sale": 2}, "say one of products, category, newest and sale"),
        ({"section": "hero", "link": "javascript:alert(1)"}, "must be a page of the shop such as /products"),
        ({"section": "hero", "link": "//evil.example"}, "must be a page of the shop such as /products"),
    ],
)
def test_a_section_that_cannot_be_meant_is_refused(entry: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        HomeSection.model_validate(entry)
