"""A test that stays green when the shop is broken is worthless: break it, and see the test fail.

make seeded     all breakages; the ordinary run takes a sample
"""

import os
from pathlib import Path

import pytest

from tests.seeded.breakages import BREAKAGES, Breakage
from tests.trees import ROOT, copy_tree, run_tests

SAMPLE = ("a cart's cookie need not be signed",)
SLOW_TOO = ("-m", "slow or not slow")
ALL = os.environ.get("SEEDED") == "all"
CHOSEN = BREAKAGES if ALL else [each for each in BREAKAGES if each.name in SAMPLE]

PASSED, FAILED = 0, 1  # pytest's exit codes; any other says that the test itself is gone or broken


@pytest.mark.parametrize("breakage", CHOSEN, ids=lambda breakage: breakage.name)
def test_a_broken_shop_is_noticed(breakage: Breakage, tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    _break(tree, breakage)
    status, said = run_tests(tree, *SLOW_TOO, breakage.test)
    assert status in (PASSED, FAILED), f"{breakage.test} cannot be run any more:\n{said}"
    assert status == FAILED and " error" not in said.splitlines()[-1], (
        f"Nobody notices that {breakage.name}:\n{said}"
    )


@pytest.mark.skipif(not ALL, reason="the ordinary run has them all")
def test_the_same_tests_pass_in_the_shop_as_it_is(tmp_path: Path) -> None:
    status, said = run_tests(copy_tree(tmp_path), *SLOW_TOO, *{breakage.test for breakage in BREAKAGES})
    assert status == PASSED, said


def test_the_documentation_lists_them_all() -> None:
    listed = (ROOT / "docs" / "seeded-faults.md").read_text()
    assert [each.name for each in BREAKAGES if f"| {each.name} |" not in listed] == []


def test_the_sample_names_breakages() -> None:
    assert set(SAMPLE) <= {breakage.name for breakage in BREAKAGES}


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
def test_what_is_to_be_broken_is_still_there(breakage: Breakage) -> None:
    _source_of(ROOT, breakage)


def _source_of(tree: Path, breakage: Breakage) -> str:
    path = tree / breakage.path
    source = path.read_text() if path.exists() else ""
    found = source.count(breakage.old)
    assert found == 1, (
        f"{breakage.path} has changed: what is replaced to see whether anybody notices that {breakage.name} "
        f"stands there {found} times. Please mend tests/seeded/breakages.py."
    )
    return source


def _break(tree: Path, breakage: Breakage) -> None:
    broken = _source_of(tree, breakage).replace(breakage.old, breakage.new)
    (tree / breakage.path).write_text(broken)
