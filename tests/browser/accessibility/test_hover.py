"""Where nothing hovers, nothing is left looking as if something did: a finger touches, and goes."""

from collections.abc import Iterator
from pathlib import Path

from webshop.settings.model import ROOT

HOVERING = "(hover: hover)"


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Each selector, and all that is around it."""
    around, words = [""], ""
    for letter in css:
        if letter == "{":
            yield words, " ".join(around)
            around, words = [*around, words], ""
        elif letter == "}":
            around, words = around[:-1], ""
        elif letter == ";":
            words = ""
        else:
            words += letter


def left_over(css: str) -> list[str]:
    return [words.strip() for words, around in rules(css) if ":hover" in words and HOVERING not in around]


def stylesheets() -> list[Path]:
    return [file for folder in ("static", "themes", "webshop") for file in (ROOT / folder).rglob("*.css")]


def test_hover_is_only_where_there_is_hover() -> None:
    assert len(stylesheets()) > 20
    assert {file.name: found for file in stylesheets() if (found := left_over(file.read_text()))} == {}


def test_a_hover_that_stays_is_found() -> None:
    css = "@layer a { @media (hover: hover) { a:hover { top: 0; } } b:hover { top: 0; } } c { top: 0; }"
    assert left_over(css) == ["b:hover"]
