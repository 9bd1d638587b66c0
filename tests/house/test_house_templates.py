"""Templates are a product: each says what it reads, and none can break the shop."""

import re

import pytest

from tests.house.contracts import FOLDER, contract, macro_arguments, reads, source, templates
from webshop.orders.model import State
from webshop.settings.model import ROOT

NAMES = templates()
# A form or link that htmx enhances: the tag with all its attributes.
TAG = re.compile(r"<(a|form|img|input|select|button|iframe)\b((?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*)>", re.DOTALL)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_exactly_what_it_reads(name: str) -> None:
    assert contract(name) == reads(name) | macro_arguments(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_no_inline_style_or_script_and_trusts_nothing(name: str) -> None:
    text = source(name)
    for forbidden in (
        r"<style",
        r"\sstyle=",
        r"\son[a-z]+=",
        r"hx-on",
        r"javascript:",
        r"\|\s*safe",
        '"js:',
    ):
        assert not re.search(forbidden, text), f"{name}: {forbidden}"
    for script in re.findall(r"<script\b[^>]*>", text):
        assert " src=" in script or re.search('type="application/(ld[+])?json"', script), f"{name}: {script}"


@pytest.mark.parametrize("name", NAMES)
def test_htmx_only_enhances_plain_forms_and_links(name: str) -> None:
    for tag, attributes in TAG.findall(source(name)):
        if tag == "form":
            assert 'method="' in attributes, f"{name}: {attributes}"
            assert 'action="' in attributes or 'method="dialog"' in attributes, f"{name}: {attributes}"
        if tag == "a":
            assert 'href="' in attributes, f"{name}: {attributes}"
        if tag == "img":
            assert 'alt="' in attributes, f"{name}: {attributes}"
            assert 'width="' in attributes, f"{name}: {attributes}"


@pytest.mark.parametrize("name", NAMES)
def test_every_form_that_htmx_sends_waits_its_turn(name: str) -> None:
    """Without hx-sync, fast clicks are dropped; inherited, half of them were lost."""
    for tag, attributes in TAG.findall(source(name)):
        if tag == "form" and "hx-post" in attributes:
            assert "hx-sync=" in attributes, f"{name}: {attributes}"
    assert ":inherited" not in source(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_htmx_address_is_the_plain_one(name: str) -> None:
    for _tag, attributes in TAG.findall(source(name)):
        plain = re.search(r'(?:\saction|\shref)="([^"]*)"', attributes)
        enhanced = re.search(r'hx-(?:get|post)="([^"]*)"', attributes)
        if plain and enhanced:
            assert plain[1] == enhanced[1], f"{name}: {attributes}"


@pytest.mark.parametrize("name", NAMES)
def test_a_form_that_changes_the_cart_is_the_macro_s(name: str) -> None:
    """So that what htmx must be told of it is written once."""
    for tag, attributes in TAG.findall(source(name)):
        if tag == "form" and name != "shared/forms.html":
            assert 'action="/cart' not in attributes, f"{name}: use cart_form of shared/forms.html"


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".html")])
def test_only_a_text_is_written_without_escaping(name: str) -> None:
    assert "plain=true" not in source(name).replace(" ", "")
    assert "autoescape" not in source(name) or name in ("shared/totals.html", "shared/credit_notes.html")


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_over_200_columns(name: str) -> None:
    assert long_lines(source(name)) == [], name


def test_a_line_over_200_columns_is_found() -> None:
    assert long_lines("x" * 200 + "\n" + "x" * 201 + "\n") == [2]


def long_lines(text: str) -> list[int]:
    """The numbers of the lines that nobody can see whole."""
    return [number for number, line in enumerate(text.split("\n"), 1) if len(line) > 200]


def test_the_stylesheets_and_the_templates_use_the_same_classes() -> None:
    used = _classes_in_templates()
    styled = _classes_in_stylesheets()
    states = {f"order--{state}" for state in State}
    states |= {f"timeline__step--{stage}" for stage in ("done", "now", "open")}
    assert styled - used - states - {"htmx-request"} == set()
    assert used - styled - {"order--", "timeline__step--"} == set()


def _classes_in_templates() -> set[str]:
    found: set[str] = set()
    for file in FOLDER.rglob("*.html"):
        for value in re.findall(r'class="([^"]*)"', file.read_text()):
            found |= set(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", value).split())
    return found


def _classes_in_stylesheets() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "static").rglob("*.css"):
        css = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        selectors = re.sub(r"\{[^{}]*\}", "{}", css)
        found |= set(re.findall(r"\.([a-z][a-z0-9_-]*)", re.sub(r"@layer[^;{]*", "", selectors)))
    return found
