"""Every sentence for shoppers goes through gettext: in a language that puts brackets around each message,
nothing but data stands outside brackets."""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel import Locale
from bs4 import BeautifulSoup
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, DATA, make_config, site_of
from tests.people import TYPED
from tests.shopper import Shopper
from webshop.address import list_countries
from webshop.app import create_app
from webshop.language import messages
from webshop.language.messages import Language

SPOKEN_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-offline")


class Bracketing(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def shopper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shopper]:
    monkeypatch.setattr(messages, "load", lambda _code, zone: Language(Locale("en"), Bracketing(), zone))
    client = TestClient(create_app(make_config(tmp_path)), base_url=ADDRESS)
    yield Shopper(client)
    site_of(client).db.engine.dispose()


def data() -> set[str]:
    """What comes from catalog.toml, shop.toml, pages/, Babel and the shopper, not from templates."""
    files = "".join(file.read_text() for file in [*DATA.glob("*.toml"), *DATA.glob("pages/*.md")])
    written = {text for quoted in re.findall(r'"([^"]*)"', files) for text in quoted.split("\\n\\n")}
    from_babel = {*Locale("en").territories.values(), *list_countries()}
    return written | set(TYPED.values()) | from_babel | {"BERLIN"}


def unspoken(html: str) -> list[str]:
    """Texts with letters outside brackets that are no data."""
    page = BeautifulSoup(html, "html.parser")
    for hidden in page(["script", "style"]):
        hidden.decompose()
    texts = [str(node) for node in page.find_all(string=True) if not _is_markup(node)]
    texts += [str(tag[name]) for name in SPOKEN_ATTRIBUTES for tag in page.select(f"[{name}]")]
    return [text for text in texts if re.search(r"[A-Za-z]", _without_data(text))]


def _is_markup(node: object) -> bool:
    return type(node).__name__ in ("Doctype", "Comment")


def _without_data(text: str) -> str:
    rest = re.sub(r"⟦[^⟧]*⟧|[A-Z][a-z]+ [0-9]+, 20[0-9]{2}", "", text)  # Babel's days too
    for known in sorted(data(), key=len, reverse=True):
        if known:
            rest = rest.replace(known, "")
    return rest


def test_pages_speak_through_gettext_alone(shopper: Shopper) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = unspoken(shopper.response.text)

    shopper.visit("/")
    look("index")
    shopper.visit("/products/bowl")
    look("product")
    shopper.visit("/cart")
    look("empty cart")
    shopper.add("bowl", sku="BOWL-S")
    look("cart")
    shopper.visit("/checkout")
    look("checkout")
    shopper.submit("main form", email="nobody", postal_code="x", city="")
    look("checkout with problems")
    shopper.check_out()
    shopper.pay()
    assert "/orders/" in str(shopper.response.url)
    look("order")
    shopper.visit("/nowhere")
    look("error")
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_sentence_outside_gettext_is_found() -> None:
    assert unspoken("<p>⟦Fine⟧ €24.00 2 × Bowl</p>") == []
    assert unspoken("<p>Forgotten</p>") == ["Forgotten"]
    assert unspoken('<p aria-label="Forgotten">⟦Fine⟧</p>') == ["Forgotten"]
