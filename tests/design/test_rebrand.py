"""docs/designers.md does what it says."""

import json
import re
import urllib.request
from pathlib import Path

import pytest

from tests.design.__main__ import PAGE, rebrand, served
from tests.design.steps import Step, follow, steps


def test_each_step_of_the_page_says_where_it_goes() -> None:
    found = [*steps(PAGE.read_text(encoding="utf-8"))]
    assert [step.kind for step in found].count("sh") == 3
    assert [step.file for step in found if step.kind != "sh" and not step.file] == []
    assert [step.file for step in found if step.where] == ["shop.toml", "shop.toml"]


def test_a_step_changes_lines_or_writes_files(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text('name = "Old"\nother = 1\n')
    follow(Step("toml", 'name = "New"\n', "shop.toml", "lines"), tmp_path)
    follow(Step("toml", "[end]\n", "shop.toml", "at its end"), tmp_path)
    follow(Step("css", "a { }\n", "themes/x/a.css"), tmp_path)
    assert (tmp_path / "shop.toml").read_text() == 'name = "New"\nother = 1\n\n[end]\n'
    assert (tmp_path / "themes/x/a.css").read_text() == "a { }\n"
    with pytest.raises(AssertionError, match="no line begins with nome"):
        follow(Step("toml", 'nome = "New"\n', "shop.toml", "lines"), tmp_path)


@pytest.mark.slow
def test_from_a_clone_to_another_brand_by_the_steps_of_the_page(tmp_path: Path) -> None:
    clone = rebrand(tmp_path)
    with served(clone, "mill") as address:
        home, page = (read(f"{address}{path}") for path in ("/", "/pages/mill"))
        sheet = read(address + str(re.search(r'/static/shop\.css[^"]*', home)[0]))  # type: ignore[index]
        mail = read(f"{address}/gallery/draw?template=mail/receipt.html&state=paid")
    assert "<title>Linen and wool, woven by water since 1874. · Northmill Weavers</title>" in home
    assert "We only begin it." in home
    assert "Ida Northmill, weaver" in home
    assert 'href="/pages/mill"' in home
    assert "You can hear them from the road." in page
    assert "--accent:#1f3f9c" in sheet
    assert ".letter__words" in sheet
    assert "#1f3f9c" in mail
    assert "#32503f" not in json.dumps([home, sheet, mail])


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return str(answer.read().decode())
