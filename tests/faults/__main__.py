"""The battery: thousands of purchases, each disturbed in its own way, on SQLite and on PostgreSQL.

    RUNS=200 SEED=20261123 python -m tests.faults

RUNS are for each database. A seed decides everything about its run; to see one again, give it as SEED with
RUNS=1. LANES is how many run at the same time (one for each core), DATABASES which ones ("sqlite",
"postgresql" or both), CONTROL=0 leaves the negative control out. The exit code is 0 if nothing was violated,
no point was missed, and the negative control has failed as it must.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

from tests.faults import databases, report
from tests.faults.battery import Task, run_all
from tests.faults.play import Result
from tests.faults.report import Control
from tests.faults.sabotage import NOT_FOR_ONE, PROTECTIONS
from webshop.settings.model import Settings

CONTROL_RUNS = 400  # at most, until the first ones fail


def main() -> int:
    runs, seed = _number("RUNS", 200), _number("SEED", int(f"{datetime.now(UTC):%Y%m%d}"))
    lanes = _number("LANES", max(2, os.cpu_count() or 2))
    chosen = os.environ.get("DATABASES", "sqlite postgresql").split()
    _forget_the_developers_environment()
    print(f"RUNS={runs} for each database, SEED={seed}", flush=True)
    with ExitStack() as stack:
        server = stack.enter_context(databases.postgresql_server()) if "postgresql" in chosen else ""
        results: dict[str, list[Result]] = {name: [] for name in chosen}
        for result in run_all(list(_tasks(chosen, server, runs, seed, lanes))):
            results[result.database].append(result)
            _tell(result, sum(len(found) for found in results.values()), runs * len(chosen))
        controls = list(_control(chosen, server, seed)) if os.environ.get("CONTROL", "1") != "0" else []
    for found in results.values():
        found.sort(key=lambda result: result.seed)
    print()
    for line in report.lines(results, controls):
        print(line)
    print(report.last_line(results), flush=True)
    good = not report.count_missed(results) and not report.count_violations(results)
    complete = all(len(found) == runs for found in results.values())
    return 0 if good and complete and all(control.failed for control in controls) else 1


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, "") or default)


def _forget_the_developers_environment() -> None:
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)


def _tasks(chosen: list[str], server: str, runs: int, seed: int, lanes: int) -> Iterator[Task]:
    """The same seeds for each database, shared out among its lanes."""
    each = max(1, lanes // len(chosen))
    for database in chosen:
        for lane in range(each):
            start, end = seed + runs * lane // each, seed + runs * (lane + 1) // each
            yield Task(database, server, range(start, end))


def _tell(result: Result, done: int, of: int) -> None:
    for violation in result.violations:
        print(f"VIOLATION {violation.law} {result}\n  {violation.sentence}")
        print(
            f"  again: make faults RUNS=1 SEED={result.seed} DATABASES={result.database} CONTROL=0",
            flush=True,
        )
    if result.hit is False:
        print(f"not reached: {result}", flush=True)
    if done % 100 == 0 or done == of:
        print(f"{done} of {of} runs", flush=True)


def _control(chosen: list[str], server: str, seed: int) -> Iterator[Control]:
    """Without each protection in turn, some runs must fail; the databases take turns."""
    protections = [name for name in PROTECTIONS if name not in NOT_FOR_ONE]
    tasks = [
        Task(chosen[number % len(chosen)], server, range(seed, seed + CONTROL_RUNS), protection)
        for number, protection in enumerate(protections)
    ]
    for start in range(0, len(tasks), 2):
        together = tasks[start : start + 2]
        found = list(run_all(together))
        for task in together:
            own = [each for each in found if each.protection == task.protection]
            failed = sum(bool(result.violations) for result in own)
            yield Control(task.protection, task.database, len(own), failed)


if __name__ == "__main__":
    sys.exit(main())
