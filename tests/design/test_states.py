"""Every template has states, as data beside it, and can be drawn in each of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import site_of
from webshop.cart.model import Cart, Line
from webshop.design.states.bench import Bench, State
from webshop.design.states.contracts import contract_lines
from webshop.design.states.drawing import draw
from webshop.design.states.samples import SampleError, Samples, Tables
from webshop.orders.model import Order
from webshop.settings.model import ROOT

BENCH = Bench([ROOT / "templates"])
TABLES = {
    "names": {"place": "page", "long": {"place": "lang"}},
    "Line": [
        {
            "sku": "A",
            "product": "a",
            "title": "One",
            "variant": "",
            "unit_price": 5,
            "quantity": 2,
            "weight": 1,
        },
        {"sku": "B", "title": "Two"},
        {"called": "long", "title": "Langlanglang"},
        {"called": "gone", "stock": 0},
    ],
    "Cart": {"lines": 2, "currency": "EUR", "known": True},
}


def without_states(bench: Bench) -> list[str]:
    return [name for name in bench.templates() if not bench.states(name)]


def test_every_template_has_states() -> None:
    """In the states.toml beside it."""
    assert without_states(BENCH) == []


@pytest.mark.slow
def test_every_template_can_be_drawn_in_every_state(client: TestClient) -> None:
    pages = site_of(client).pages
    problems = []
    for name in BENCH.templates():
        for state in BENCH.states(name):
            try:
                draw(pages, BENCH, state)
            except Exception as error:
                problems.append(f"{name}, {state.name}: {type(error).__name__}: {error}")
    assert problems == []


def test_a_template_without_states_is_found(tmp_path: Path) -> None:
    (tmp_path / "cart").mkdir()
    (tmp_path / "cart/_line.html").write_text("{#\n  A line.\n#}\n")
    (tmp_path / "cart/_new.html").write_text("{#\n  Something new.\n#}\n")
    (tmp_path / "cart/states.toml").write_text("[_line]\none = {}\n")
    assert without_states(Bench([tmp_path])) == ["cart/_new.html"]


def test_values_are_of_the_shop_s_own_types() -> None:
    samples = Samples(TABLES)
    cart = samples.named("cart", "Cart", {})
    assert isinstance(cart, Cart)
    assert [(line.sku, line.title, line.quantity) for line in cart.lines] == [
        ("A", "One", 2),
        ("B", "Two", 2),
    ]
    assert samples.named("place", "str", {}) == "page"
    assert samples.named("message", "str", {}) == ""
    assert samples.named("problems", "dict[str, str]", {}) == {}


def test_a_state_changes_what_it_names() -> None:
    samples = Samples(TABLES)
    line = samples.named("line", "Line", {"line": {"quantity": 7, "picture": {"file": "a.jpg"}}})
    assert isinstance(line, Line)
    assert (line.title, line.quantity, line.picture and line.picture.file) == ("One", 7, "a.jpg")
    lines = samples.named("lines", "list[Line]", {"lines": ["gone", {"stock": 3}, {"stock": False}]})
    assert isinstance(lines, list)
    assert [(each.title, each.stock) for each in lines] == [("One", 0), ("Two", 3), ("One", None)]
    assert samples.named("line", "Line", {"line": False}) is None


def test_a_style_is_taken_wherever_a_type_has_one() -> None:
    samples = Samples(TABLES, "long")
    cart = samples.named("cart", "Cart", {})
    assert isinstance(cart, Cart)
    assert [line.title for line in cart.lines] == ["Langlanglang", "Two"]
    assert samples.named("place", "str", {}) == "lang"


@pytest.mark.parametrize(
    ("type_", "changes", "sentence"),
    [
        ("Line", {"colour": "red"}, "it: Line has no colour"),
        ("Line", {"quantity": "two"}, "it: 'two' is no int"),
        ("Line", "blue", "it: no Line in samples.toml is called 'blue'"),
        ("Line", 7, "it: 7 is no Line"),
        ("Wheel", {}, "it: Wheel, named in a contract: 0 classes of the shop are called so"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(type_: str, changes: object, sentence: str) -> None:
    with pytest.raises(SampleError) as caught:
        Samples(TABLES).named("it", type_, {"it": changes})
    assert str(caught.value) == sentence


def test_a_state_of_what_no_contract_has_is_a_sentence() -> None:
    with pytest.raises(SampleError, match=r"cart/_line.html reads no colour"):
        BENCH.context(State("cart/_line.html", "red", {"colour": "red"}))


def test_a_theme_s_states_come_before_the_shop_s(tmp_path: Path) -> None:
    (tmp_path / "cart").mkdir()
    (tmp_path / "cart/states.toml").write_text("[_line]\nown = {}\n")
    bench = Bench([tmp_path, ROOT / "templates"])
    assert [state.name for state in bench.states("cart/_line.html")] == [
        "own",
        "long German words",
        "from right to left",
    ]
    assert "many" in [state.name for state in bench.states("cart/_page.html")]


def test_a_text_has_the_states_of_the_page_beside_it() -> None:
    names = [state.name for state in BENCH.states("mail/receipt.txt")]
    assert names == [state.name for state in BENCH.states("mail/receipt.html")]
    order = BENCH.context(BENCH.states("mail/shipped.txt")[0])["order"]
    assert isinstance(order, Order)
    assert order.carrier == "DHL"
    for state in BENCH.states(
        "mail/alarms.txt"
    ):  # that of the page says how it is called, which no text reads
        assert "subject" not in BENCH.context(state)


def test_what_a_contract_names_is_found_whatever_was_imported_before() -> None:
    """In a process that has imported nothing else."""
    names = {
        word
        for template in BENCH.templates()
        for line in contract_lines(BENCH.source(template))
        for word in re.findall(r"[A-Z]\w+", line.type)
    }
    words = "from webshop.design.states.samples import resolve; import sys; [*map(resolve, sys.argv[1:])]"
    done = subprocess.run([sys.executable, "-c", words, *names], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(names) > 15


@pytest.mark.parametrize(
    "tables", [{"Line": 3}, {"Line": [3]}, {"Line": "x"}, {"names": 3}, {"names": {"long": 2}}]
)
def test_samples_that_are_no_tables_are_a_sentence(tables: Tables) -> None:
    with pytest.raises(SampleError, match="^line: "):
        Samples(tables, "long").named("line", "Line", {})


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ("[_line]\none = {}\ntwo = {", "cart/states.toml, line 3: "),
        ("[_line]\none = {}\none = {}", "cart/states.toml, line 3: "),
        ("[_line", "cart/states.toml, line 1: "),
        ("_line = 3", "cart/_line.html: states.toml must say a table here"),
        ("[_line]\none = 3", "cart/_line.html, state 'one': states.toml must say a table here"),
        ("\xff", "cart/states.toml, line 1: this is not text in UTF-8"),
    ],
)
def test_states_that_cannot_be_read_are_a_sentence_with_file_and_line(
    tmp_path: Path, states: str, sentence: str
) -> None:
    (tmp_path / "cart").mkdir()
    (tmp_path / "cart/states.toml").write_bytes(states.encode("latin-1"))
    with pytest.raises(SampleError) as caught:
        Bench([tmp_path, ROOT / "templates"]).states("cart/_line.html")
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(sentence)
