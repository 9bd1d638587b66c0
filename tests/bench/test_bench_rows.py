"""Which rows `make bench` measures, and against what."""

import pytest

from bench.rows import ROWS, choose_rows, find_row

FLOORS = "raw constant packed upsert flask jinja".split()
SHOP = (
    "visit anonymous_index anonymous_category anonymous_product anonymous_packed not_modified cart_index "
    "cart_index_changed checkout quote add two_cores one_process two_processes"
).split()


def chosen(only: str, databases: str = "sqlite") -> list[str]:
    return [row.name for row in choose_rows(only, databases.split())]


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ("add", ["upsert", "add"]),
        ("quote, checkout", ["flask", "checkout", "quote"]),
        ("constant", ["constant"]),
        ("", FLOORS + SHOP),
        ("cart_index_changed", ["upsert", "flask", "cart_index_changed", "add"]),
        ("two_cores", ["flask", "cart_index", "two_cores"]),
        ("two_processes", ["one_process", "two_processes"]),
    ],
)
def test_only_chooses_rows_and_what_they_need(only: str, names: list[str]) -> None:
    assert chosen(only) == names


def test_on_postgresql_an_add_is_compared_with_an_upsert_there() -> None:
    assert chosen("add", "postgresql") == ["upsert_postgresql", "add_postgresql"]
    assert find_row("add_postgresql").server == "shop_postgresql"


def test_both_databases_share_the_floors_that_have_none() -> None:
    assert chosen("quote", "sqlite postgresql") == ["flask", "quote", "quote_postgresql"]
    assert find_row("quote_postgresql").floor == "flask"


def test_on_postgresql_what_a_row_needs_is_there_too() -> None:
    assert chosen("cart_index_changed two_processes", "postgresql") == [
        "flask",
        "upsert_postgresql",
        "cart_index_changed_postgresql",
        "add_postgresql",
        "one_process_postgresql",
        "two_processes_postgresql",
    ]
    assert find_row("two_processes_postgresql").server == "two_processes_postgresql"


def test_all_rows_are_those_of_both_databases() -> None:
    assert len(chosen("", "sqlite postgresql")) == len(ROWS) == len(FLOORS) + 2 * len(SHOP) + 1


@pytest.mark.parametrize(
    ("only", "databases", "problem"),
    [
        ("ad constant", "sqlite", r"^ONLY: there is no row ad, but raw, constant, .*, two_processes$"),
        ("add", "sqlite mysql", r"^DATABASES: there is no mysql, but sqlite, postgresql$"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(only: str, databases: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        chosen(only, databases)


def test_each_row_but_the_floors_is_asked_of_the_shop() -> None:
    names = ("constant", "upsert_postgresql", "flask", "add", "two_cores", "two_processes")

    assert {name: find_row(name).server for name in names} == {
        "constant": "constant",
        "upsert_postgresql": "upsert_postgresql",
        "flask": "flask",
        "add": "shop",
        "two_cores": "shop",
        "two_processes": "two_processes",
    }
