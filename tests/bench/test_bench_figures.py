"""What `make bench` makes of its figures: medians of quiet turns, and ratios."""

from dataclasses import replace
from math import isnan

import pytest

from bench.figures import Measured, lacks_quiet, medians, percentile, quietest, ratios, summarize
from bench.measure import Spent
from bench.rows import find_row

NOTHING = Measured(cpu=0, database=0, rps=0, p50=1, p99=1, memory=0, load=0, foreign=0)


def costing(cpu: float, database: float = 0) -> Measured:
    return replace(NOTHING, cpu=cpu, database=database)


def beside(foreign: float, cpu: float = 0) -> Measured:
    return replace(NOTHING, foreign=foreign, cpu=cpu)


def compared(*names: str, **table: Measured) -> dict[str, float]:
    return ratios([find_row(name) for name in names], table)


@pytest.mark.parametrize(("percent", "expected"), [(50, 30), (99, 50), (20, 10), (21, 20), (100, 50)])
def test_a_percentile_is_one_of_the_values(percent: float, expected: float) -> None:
    assert percentile([50, 10, 40, 20, 30], percent) == expected


def test_one_value_is_each_of_its_percentiles() -> None:
    assert (percentile([7], 50), percentile([7], 99)) == (7, 7)


def test_cpu_time_is_shared_by_all_requests_of_a_turn_and_the_load_told_in_cores() -> None:
    used = Spent(server=0.5, database=0.25, load=1.0, machine=2.25)

    assert summarize([0.25, 0.5, 0.25, 1.0], elapsed=2.0, used=used, memory=80.5) == Measured(
        cpu=125_000, database=62_500, rps=2, p50=250, p99=1000, memory=80.5, load=0.5, foreign=0.25
    )


def test_a_disturbed_turn_does_not_move_the_median() -> None:
    turns = [
        Measured(100, 10, 9, 2, 8, 80, 0.5, 0.0),
        Measured(900, 99, 1, 50, 700, 82, 0.1, 1.5),
        Measured(110, 20, 8, 3, 7, 81, 0.4, 0.1),
    ]

    assert medians(turns) == Measured(110, 20, 8, 3, 8, 81, 0.4, 0.1)


@pytest.mark.parametrize(
    ("foreign", "lacks"),
    [
        ([], True),
        ([0.0, 0.05], True),
        ([0.0, 0.05, 0.15], False),
        ([0.0, 0.05, 0.16], True),
        ([0.9, 0.0, 0.9, 0.05, 0.1], False),
    ],
)
def test_a_row_is_due_until_enough_of_its_turns_were_quiet(foreign: list[float], lacks: bool) -> None:
    assert lacks_quiet([beside(each) for each in foreign], wanted=3) is lacks


def test_the_quietest_turns_are_kept_whatever_they_measured() -> None:
    turns = [beside(0.5, cpu=40), beside(0.02, cpu=90), beside(0.01, cpu=80), beside(0.3, cpu=50)]

    assert quietest(turns, wanted=2) == [beside(0.01, cpu=80), beside(0.02, cpu=90)]


def test_turns_that_are_all_loud_are_kept_none_the_less() -> None:
    assert quietest([beside(1.5), beside(0.9)], wanted=2) == [beside(0.9), beside(1.5)]


def test_a_ratio_is_the_floors_cpu_time_by_the_rows() -> None:
    assert compared("constant", "anonymous_index", constant=costing(50), anonymous_index=costing(200)) == {
        "anonymous_index": 0.25
    }


def test_what_its_database_spends_is_the_rows_own() -> None:
    assert compared(
        "quote_postgresql", flask=costing(900), quote_postgresql=costing(cpu=250, database=200)
    ) == {"quote_postgresql": 2.0}


def test_what_is_measured_together_with_an_add_is_without_it() -> None:
    found = compared(
        "cart_index_changed", flask=costing(900), cart_index_changed=costing(800), add=costing(1000)
    )

    assert found["cart_index_changed"] == 1.5  # 800 + 800 - 1000 is 600


def test_where_the_add_took_more_than_both_there_is_no_figure() -> None:
    found = compared(
        "cart_index_changed", flask=costing(900), cart_index_changed=costing(400), add=costing(1000)
    )

    assert isnan(found["cart_index_changed"])


def test_adds_say_how_much_longer_the_slowest_take() -> None:
    found = compared(add=replace(NOTHING, p50=20, p99=90), add_postgresql=replace(NOTHING, p50=10, p99=80))

    assert found == {"add_p99_to_p50": 4.5, "add_p99_to_p50_postgresql": 8.0}


def test_two_cores_are_compared_with_one_by_what_is_answered() -> None:
    table = {"cart_index": replace(NOTHING, rps=400), "two_cores": replace(NOTHING, rps=500, load=0.5)}

    assert compared("two_cores", **table) == {"two_cores_to_one": 1.25}


def test_two_processes_are_not_blamed_for_what_the_load_takes_of_their_cores() -> None:
    table = {
        "one_process": replace(NOTHING, rps=20_000, load=0.4),  # the load has the other core
        "two_processes": replace(NOTHING, rps=27_000, load=0.5),  # three quarters of two cores are theirs
    }

    assert compared("two_processes", **table) == {"two_processes_to_one": 1.8}


def test_a_ratio_on_postgresql_says_so_last() -> None:
    table = {
        "one_process_postgresql": replace(NOTHING, rps=100),
        "two_processes_postgresql": replace(NOTHING, rps=150),
    }

    assert compared("two_processes_postgresql", **table) == {"two_processes_to_one_postgresql": 1.5}
