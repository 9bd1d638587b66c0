"""What `make bench` makes of its figures. How fast anything is, no test asserts."""

import pytest

from bench.measure import Measured, medians, parse_stat, percentile, ratios, ratios_beside, summarize
from bench.rows import choose_rows, find_row

# proc_pid_stat(5): pid (comm) state ppid pgrp session tty tpgid flags, four counts of faults, utime stime …
STAT = "4711 (python) S 4700 4690 4690 0 -1 4194304 9001 0 12 0 250 31 7 5 20 0 3 0 88123 1 2"


def test_a_process_has_a_group_and_the_ticks_it_spent_in_its_own_code_and_in_the_kernel() -> None:
    assert parse_stat(STAT) == (4690, 281)


def test_a_programs_name_may_hold_spaces_and_brackets() -> None:
    assert parse_stat(STAT.replace("(python)", "(odd) 1 2 (name)")) == (4690, 281)


@pytest.mark.parametrize(("percent", "expected"), [(50, 30), (99, 50), (20, 10), (21, 20), (100, 50)])
def test_a_percentile_is_one_of_the_values(percent: float, expected: float) -> None:
    assert percentile([50, 10, 40, 20, 30], percent) == expected


def test_one_value_is_each_of_its_percentiles() -> None:
    assert (percentile([7], 50), percentile([7], 99)) == (7, 7)


def test_cpu_time_is_shared_by_all_requests_of_a_round() -> None:
    measured = summarize([0.25, 0.5, 0.25, 1.0], elapsed=2.0, cpu=0.5)

    assert measured == Measured(cpu=125_000, rps=2, p50=250, p99=1000)


def test_a_disturbed_round_does_not_move_the_median() -> None:
    rounds = [Measured(100, 9, 2, 8), Measured(900, 1, 50, 700), Measured(110, 8, 3, 7)]

    assert medians(rounds) == Measured(cpu=110, rps=8, p50=3, p99=8)


def test_a_ratio_is_the_floors_cpu_time_by_the_rows() -> None:
    table = {
        "constant": Measured(50, 0, 0, 0),
        "anonymous_index": Measured(200, 0, 0, 0),
        "upsert": Measured(190, 0, 0, 0),
        "add": Measured(1900, 0, 20, 90),
    }

    assert ratios(table, {"anonymous_index": "constant", "add": "upsert"}) == {
        "anonymous_index": 0.25,
        "add": 0.1,
        "add_p99_to_p50": 4.5,
    }


def test_without_the_add_nothing_is_said_of_its_slowest() -> None:
    table = {"flask": Measured(900, 0, 0, 0), "quote": Measured(300, 0, 0, 0)}

    assert ratios(table, {"quote": "flask"}) == {"quote": 3}


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ("add", ["upsert", "add"]),
        ("quote, checkout", ["flask", "checkout", "quote"]),
        ("constant", ["constant"]),
        (
            "",
            "constant upsert flask anonymous_index anonymous_category anonymous_product cart_index "
            "not_modified two_cores cart_index_changed add checkout quote".split(),
        ),
        ("cart_index_changed", ["upsert", "flask", "cart_index_changed", "add"]),
        ("two_cores", ["flask", "cart_index", "two_cores"]),
    ],
)
def test_only_chooses_rows_and_their_floors(only: str, names: list[str]) -> None:
    assert [row.name for row in choose_rows(only)] == names


def test_a_row_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        ValueError, match=r"^ONLY: there is no row ad, but constant, upsert, flask, .*, quote$"
    ):
        choose_rows("ad constant")


def test_what_is_measured_together_with_an_add_is_without_it() -> None:
    table = {"flask": Measured(900, 0, 0, 0), "add": Measured(1000, 0, 0, 0), "both": Measured(800, 0, 0, 0)}
    assert ratios_beside(table, {"both": ("flask", "add")}) == {"both": 1.5}  # 800 + 800 - 1000 is 600


def test_two_cores_are_compared_with_one_by_what_is_answered() -> None:
    table = {"cart_index": Measured(500, 400, 0, 0), "two_cores": Measured(600, 500, 0, 0)}
    assert ratios(table, {}) == {"two_cores_to_one": 1.25}


def test_each_row_but_the_floors_is_asked_of_the_shop() -> None:
    assert {name: find_row(name).server for name in ("constant", "upsert", "flask", "add", "quote")} == {
        "constant": "constant",
        "upsert": "upsert",
        "flask": "flask",
        "add": "shop",
        "quote": "shop",
    }
