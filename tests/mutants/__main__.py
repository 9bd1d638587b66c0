"""Small changes, and which of them the nearest tests let pass.

    COUNT=40 SEED=1 python -m tests.mutants webshop/worker/rounds.py webshop/mail/outbox.py

In a copy of the repository each module is changed COUNT times, one small change at a time, chosen by SEED.
The tests in the folder of the same noun (tests/worker for webshop/worker/rounds.py), or those that TESTS
names, are run on SQLite. A change that they do not notice is printed with its line.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.changes import Mutant, list_mutants
from tests.trees import copy_tree, run_tests

MOST = 1000  # changes of a module
LONGER = 3  # than without a change; tests that hang have noticed it too
AT_LEAST = 60  # seconds


class Untested(Exception):
    """There are no tests, or they fail without any change."""


def main(modules: Sequence[str]) -> int:
    count, seed = int(os.environ.get("COUNT") or 20), int(os.environ.get("SEED") or 1)
    tests = os.environ.get("TESTS", "").split()
    for module in modules:
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            try:
                tried, survivors = try_module(copy_tree(Path(folder)), module, tests, count, seed)
            except Untested as problem:
                print(f"{module}: {problem}")
                return 1
        print(f"{module}: caught {tried - len(survivors)} of {tried}")
        for mutant in survivors:
            print(f"  {module}:{mutant}", flush=True)
    return 0 if modules else print(__doc__) or 2


def try_module(
    tree: Path, module: str, tests: Sequence[str], count: int, seed: int
) -> tuple[int, list[Mutant]]:
    """How many changes of this module were tried in the tree, and those that survived."""
    file, nearest = tree / module, tests or [str(Path("tests", *Path(module).parts[1:-1]))]
    began = time.monotonic()
    status, said = _run(tree, nearest, timeout=3600)
    if status != 0:
        raise Untested(f"{' '.join(nearest)} must pass before anything is changed:\n{said}")
    timeout = max(AT_LEAST, LONGER * (time.monotonic() - began))
    chosen = choose(list_mutants(file.read_text()), count, seed)
    return len(chosen), [
        mutant for mutant in chosen if file.write_text(mutant.source) and _survives(tree, nearest, timeout)
    ]


def choose(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Up to so many of them, in their order; the same ones for the same seed."""
    numbers = random.Random(seed).sample(range(len(mutants)), min(count, MOST, len(mutants)))
    return [mutants[number] for number in sorted(numbers)]


def _survives(tree: Path, tests: Sequence[str], timeout: float) -> bool:
    try:
        return _run(tree, tests, timeout)[0] == 0
    except subprocess.TimeoutExpired:
        return False


def _run(tree: Path, tests: Sequence[str], timeout: float) -> tuple[int, str]:
    """On SQLite, up to the first test that fails."""
    return run_tests(tree, "-xq", "-k", "not postgresql", *tests, timeout=timeout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
