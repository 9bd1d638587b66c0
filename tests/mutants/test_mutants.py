"""Small changes: a tested one is caught, and one that nobody tests is told."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import Untested, choose, try_module
from tests.mutants.changes import list_mutants

MODULE = """
def may_vote(age: int | None) -> bool:
    return age >= 18

def fee() -> int:
    return 5
"""
TEST = """
from shopping.ages.votes import may_vote

def test_one_votes_from_eighteen_on() -> None:
    assert [may_vote(17), may_vote(18)] == [False, True]
"""


def plant(tree: Path, test: str) -> Path:
    """A repository with one module and one test."""
    for path, source in {"shopping/ages/votes.py": MODULE, "tests/ages/test_votes.py": test}.items():
        (tree / path).parent.mkdir(parents=True)
        (tree / path).write_text(source)
    return tree


@pytest.mark.slow
def test_what_is_tested_is_caught_and_what_is_not_survives(tmp_path: Path) -> None:
    """Caught: > and < instead of >=, and 19 instead of 18."""
    tried, survivors = try_module(plant(tmp_path, TEST), "shopping/ages/votes.py", [], count=1000, seed=1)
    assert (tried, [str(mutant) for mutant in survivors]) == (4, ["6: number + 1: 5 → 6"])


def test_tests_that_fail_anyway_say_so(tmp_path: Path) -> None:
    with pytest.raises(Untested, match="tests/ages must pass before anything is changed"):
        try_module(plant(tmp_path, TEST.replace("17", "19")), "shopping/ages/votes.py", [], count=1, seed=1)


def test_no_more_are_tried_than_asked_for_and_the_same_ones_again() -> None:
    mutants = list_mutants("a = [1, 2, 3, 4, 5, 6, 7, 8, 9]")
    chosen = [[mutant.old for mutant in choose(mutants, 3, seed)] for seed in range(20)]

    assert {len(numbers) for numbers in chosen} == {3}
    assert all(numbers == sorted(numbers) for numbers in chosen)
    assert len({tuple(numbers) for numbers in chosen}) > 10
    assert [mutant.old for mutant in choose(mutants, 3, 19)] == chosen[19]
    assert choose(mutants, 10, 1) == mutants


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("a = b == c", ["b != c"]),
        ("a = b < c", ["b <= c", "b >= c"]),
        ("a = b is None", ["b is not None"]),
        ("a = b not in c", ["b in c"]),
        ("a = 1 <= b <= 9", ["1 < b <= 9", "1 > b <= 9", "2", "10"]),
        ("a = b or c or d", ["b and c and d"]),
        ("a = b + c", ["b - c"]),
        ("a = b << c", ["b >> c"]),
        ("a = f(lock=True)", ["False"]),
        ("if b:\n    c = d", ["if not b:\n    c = d"]),
        ("if b == c:\n    d = e", ["b != c"]),
        ("while b:\n    c = d", ["while not b:\n    c = d"]),
        ("a = b if c else d", ["b if not c else d"]),
        ("a += b", ["pass"]),
        ("f(a)", ["pass"]),
        ("raise a", ["pass"]),
        ("def f(a: b | None) -> c | None:\n    '''Words.'''\n    return", ["pass"]),
        ("a = 'words'", []),
    ],
)
def test_the_changes_of_a_line(line: str, changes: list[str]) -> None:
    assert [mutant.new for mutant in list_mutants(line)] == changes


def test_each_change_is_made_by_itself() -> None:
    assert [mutant.source for mutant in list_mutants("a = 1\nb = 2")] == ["a = 2\nb = 2", "a = 1\nb = 3"]
