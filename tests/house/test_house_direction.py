"""From right to left: every page and mail says which way it runs, and no stylesheet knows left from right."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, make_config, site_of
from tests.house.contracts import FOLDER
from tests.shopper import Shopper
from webshop.app import create_app
from webshop.language import messages
from webshop.language.messages import Language
from webshop.settings.model import ROOT

FSI, PDI = "\u2068", "\u2069"
RIGHT_TO_LEFT = ["ar", "he", "fa", "ur", "ps", "ckb", "ug", "sd", "yi", "pa_Arab", "az_Arab"]
LEFT_TO_RIGHT = ["en", "de", "ja", "zh_Hant", "hi", "el", "ru", "tr", "pa", "az"]
PHYSICAL = re.compile(
    r"(?<![\w-])((?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[\w-]*|left|right"
    r"|border-(?:top|bottom)-(?:left|right)-radius|float|clear)\s*:"
    r"|text-align\s*:\s*(?:left|right)\b"
)
FOUR = re.compile(r"(?<![\w-])(margin|padding|inset|border-width|border-radius)\s*:([^;]+);")


def physical(css: str) -> list[str]:
    """What would stay on its side when the language runs the other way."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found = [match[0] for match in PHYSICAL.finditer(css)]
    for name, value in FOUR.findall(css):
        sides = re.findall(r"[^\s(]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\S+", value)
        found += [f"{name}:{value}"] if len(sides) == 4 and sides[1] != sides[3] else []
    return found


@pytest.mark.parametrize("file", sorted((ROOT / "static/css").glob("*.css")), ids=lambda file: file.name)
def test_stylesheets_have_logical_properties_only(file: Path) -> None:
    assert physical(file.read_text()) == []


@pytest.mark.parametrize(
    ("css", "number"),
    [
        (".a { margin-left: 1px; }", 1),
        (".a { right: 0; }", 1),
        (".a { text-align: left; float: right; }", 2),
        (".a { border-top-left-radius: 1px; padding-right: 0; }", 2),
        (".a { padding: 1px 2px 3px 4px; }", 1),
        (".a { inset: auto var(--x) max(1px, env(y, 2px)) calc(1px + 2px); }", 1),
        (".a { inset: auto var(--x) 0; padding: 1px 2px 3px 2px; text-align: end; }", 0),
        (".a { margin-inline-start: 1px; inset-inline-end: 0; } /* left: 0 */", 0),
    ],
)
def test_what_knows_left_from_right_is_found(css: str, number: int) -> None:
    assert len(physical(css)) == number


def test_whatever_is_a_whole_document_says_which_way_it_runs() -> None:
    whole = [file for file in FOLDER.rglob("*.html") if "<html" in file.read_text()]
    assert len(whole) == 4
    for file in whole:
        assert '<html lang="{{ lang() }}" dir="{{ direction() }}">' in file.read_text(), file


TYPED = r"\{\{ (?:written|line\.name|order\.(?:phone|email|tracking|carrier)) \}\}"


def test_what_somebody_typed_keeps_its_own_way_beside_other_words() -> None:
    """An address in Latin letters on a page in Hebrew, and the other way round."""
    loose = {}
    for file in FOLDER.rglob("*.html"):
        found = re.findall(rf"(?<!<bdi>){TYPED}", file.read_text())
        if found:
            loose[file.name] = found
    assert loose == {}


@pytest.mark.parametrize("code", RIGHT_TO_LEFT + LEFT_TO_RIGHT)
def test_the_direction_is_the_languages(code: str) -> None:
    with messages.speaking(messages.load(code)):
        assert messages.direction() == ("rtl" if code in RIGHT_TO_LEFT else "ltr")


def test_what_is_filled_into_a_sentence_stays_together() -> None:
    with messages.speaking(messages.load("he")):
        assert messages.gettext("%(name)s added.", name="Blue mug") == f"{FSI}Blue mug{PDI} added."
        assert messages.ngettext("%(n)s item", "%(n)s items", 2) == f"{FSI}2{PDI} items"
        assert messages.gettext("100 % wool") == "100 % wool"
    assert messages.gettext("%(name)s added.", name="Blue mug") == "Blue mug added."


@pytest.fixture
def shopper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shopper]:
    """In a shop that speaks Hebrew, without a word of it."""
    hebrew = Language(Locale("he"), messages.load("en").translations)
    monkeypatch.setattr(messages, "load", lambda _code, _zone: hebrew)
    client = TestClient(create_app(make_config(tmp_path)), base_url=ADDRESS)
    yield Shopper(client)
    site_of(client).db.engine.dispose()


def direction(html: str) -> str:
    root = BeautifulSoup(html, "html.parser").html
    assert root is not None
    return str(root["dir"])


def test_every_page_runs_from_right_to_left_and_what_is_typed_its_own_way(shopper: Shopper) -> None:
    found = {}
    for path in ("/", "/products/bowl", "/cart", "/nothing"):
        found[path] = direction(shopper.visit(path).response.text)
    shopper.add("tiles").visit("/checkout")
    found["checkout"] = direction(shopper.response.text)
    ways = {str(field["id"]): str(field.get("dir")) for field in shopper.page.select("#checkout input.input")}
    assert (ways["email"], ways["postal_code"], ways["name"], ways["city"]) == ("ltr", "ltr", "auto", "auto")
    shopper.check_out().pay()
    found["order"] = direction(shopper.response.text)
    assert set(found.values()) == {"rtl"}
    address = [each.get_text() for each in shopper.page.select("#order address bdi")]
    assert address == ["Ada Lovelace", "1 Analytical Street", "10115 BERLIN"]
    assert [each.get_text() for each in shopper.page.select("#order li bdi")] == ["Glaze tiles"]
    assert f"{FSI}ada@example.com{PDI}" in shopper.response.text
