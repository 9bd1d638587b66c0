"""templates/README.md says what the code says."""

from dataclasses import dataclass

import pytest

from tests.house.contracts import KNOWN
from tests.house.reference import FILE, described, environment, members, named_types, page, signature
from webshop.cart.model import Cart
from webshop.design.states.samples import resolve
from webshop.language.formats import format_money


def test_the_reference_is_the_one_that_the_code_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "templates/README.md is old: run make reference"


def test_contracts_know_the_names_that_the_shop_gives_to_every_template() -> None:
    assert set(environment().globals) == KNOWN


def test_every_type_that_a_contract_names_is_found() -> None:
    assert {"Cart", "Order", "Product", "Shop", "State"} <= {each.__name__ for each in named_types()}


@pytest.mark.parametrize("word", ["Basket", "webshop", "money"])
def test_a_type_that_is_none_is_named(word: str) -> None:
    with pytest.raises(LookupError, match=word):
        resolve(word)


def test_fields_and_properties_are_told_with_types_and_meaning() -> None:
    assert list(members(Cart))[:2] == ["lines", "currency"]
    assert "- `lines`: `tuple[Line, …]`" in list(described(Cart))
    assert "- `quantity`: `int`" in list(described(Cart))
    assert (
        "- `imprint`: `list[str]`. Who sells, line by line, for receipts and the foot of every page"
        in list(described(resolve("Shop")))
    )
    assert signature(format_money) == "(amount: int, currency: str) → str"


@dataclass
class Unsaid:
    known: bool | None = False


def test_a_class_without_words_gets_none() -> None:
    assert list(described(Unsaid)) == ["### Unsaid\n", "- `known`: `bool | None`", ""]
