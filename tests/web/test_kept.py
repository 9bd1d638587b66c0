"""What templates draw once for the same values: `kept`."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.web.test_templates import folder_of
from webshop.language import messages
from webshop.web import rendering
from webshop.web.rendering import Renderer
from webshop.web.templates import Mistake

PAGE = "{% for card in cards %}[{{ kept('card.html', card=card, eager=eager) -}} ]{% endfor %}"


@dataclass(frozen=True)
class Thing:
    title: str
    price: int


class Shop:
    """Draws cards, and counts those that were drawn."""

    def __init__(self, *folders: Path, watch: bool = False) -> None:
        self.drawn = Counter[str]()
        self.pages = Renderer(folders, {"note": self.note}, watch=watch)

    def note(self, title: str) -> str:
        self.drawn[title] += 1
        return title

    def draw(self, *cards: Thing, eager: bool = False) -> str:
        return self.pages.text("page.html", {"cards": cards, "eager": eager})


@pytest.fixture
def own(tmp_path: Path) -> Path:
    card = "{{ note(card.title) }} {{ money(card.price, 'EUR') }}{% if eager %}!{% endif %}"
    return folder_of(tmp_path / "own", page=PAGE, card=card)


def test_the_same_is_drawn_once_and_anything_else_anew(own: Path) -> None:
    shop = Shop(own)
    for _again in range(3):
        assert shop.draw(Thing("Mug", 2400), Thing("Cup", 900)) == "[Mug €24.00][Cup €9.00]"
    assert shop.drawn == {"Mug": 1, "Cup": 1}
    assert shop.draw(Thing("Mug", 2500), Thing("Cup", 900)) == "[Mug €25.00][Cup €9.00]"
    assert shop.drawn == {"Mug": 2, "Cup": 1}
    assert shop.draw(Thing("Mug", 2500), eager=True) == "[Mug €25.00!]"
    assert shop.draw(Thing("Mug", 2500)) == "[Mug €25.00]"
    assert shop.drawn == {"Mug": 3, "Cup": 1}


def test_what_is_printed_is_escaped_once(own: Path) -> None:
    shop = Shop(own)
    assert [shop.draw(Thing("<b>", 100)) for _again in range(2)] == ["[&lt;b&gt; €1.00]"] * 2


def test_two_languages_are_kept_apart(own: Path) -> None:
    shop, german = Shop(own), messages.load("de")
    for _again in range(2):
        assert shop.draw(Thing("Mug", 2400)) == "[Mug €24.00]"
        with messages.speaking(german):
            assert shop.draw(Thing("Mug", 2400)) == "[Mug 24,00\xa0€]"
    assert shop.drawn == {"Mug": 2}


def test_two_shops_of_one_process_are_kept_apart(own: Path, tmp_path: Path) -> None:
    theme = folder_of(tmp_path / "theme", card="{{ note(card.title) }}, ours")
    shop, themed = Shop(own), Shop(theme, own)
    for _again in range(2):
        drawn = [each.draw(Thing("Mug", 100)) for each in (shop, themed)]
        assert drawn == ["[Mug €1.00]", "[Mug, ours]"]


def test_so_many_are_kept_and_the_one_that_was_asked_for_longest_ago_is_let_go(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "MOST_PARTS", 2)
    shop = Shop(own)
    for title in ("a", "b", "a", "c", "a", "b"):
        shop.draw(Thing(title, 100))
    assert shop.drawn == {"a": 1, "b": 2, "c": 1}


def test_who_edits_templates_sees_each_change_at_once(own: Path) -> None:
    shop = Shop(own, watch=True)
    assert [shop.draw(Thing("Mug", 2400)) for _again in range(2)] == ["[Mug €24.00]"] * 2
    assert shop.drawn == {"Mug": 2}
    folder_of(own, card="{{ card.title }}, new")
    assert shop.draw(Thing("Mug", 2400)) == "[Mug, new]"


def test_where_a_theme_s_part_fails_the_shop_s_own_is_drawn_and_each_time_somebody_hears_of_it(
    own: Path, tmp_path: Path
) -> None:
    theme = folder_of(tmp_path / "theme", card="{{ card.title }}\n{{ card.pirce }}")
    shop, heard = Shop(theme, own), list[Mistake]()
    shop.pages.on_mistake = heard.append
    assert [shop.draw(Thing("Mug", 2400)) for _again in range(3)] == ["[Mug €24.00]"] * 3
    assert [(each.file, each.line) for each in heard] == [(str(theme / "card.html"), 2)] * 3
    assert shop.drawn == {"Mug": 1}


def test_a_part_knows_what_it_is_given_and_what_every_template_can_read_and_nothing_else(
    own: Path, tmp_path: Path
) -> None:
    """Whatever else it read might be another thing the next time."""
    theme = folder_of(tmp_path / "theme", card="{{ card.title }} of {{ cards|length }}")
    shop, heard = Shop(theme, own), list[Mistake]()
    shop.pages.on_mistake = heard.append
    assert shop.draw(Thing("Mug", 2400)) == "[Mug €24.00]"
    assert ["'cards' is undefined" in each.problem for each in heard] == [True]


def test_a_list_of_words_can_be_given(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, page="{{ kept('part.html', words=words) }}", part="{{ words|join('+') }}")
    values: Any = {"words": ["a", "b"]}
    pages = Renderer([folder], {}, watch=False)
    assert [pages.text("page.html", values) for _again in range(2)] == ["a+b"] * 2
    values["words"].append("c")
    assert pages.text("page.html", values) == "a+b+c"
