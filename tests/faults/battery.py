"""Lanes at work: each in a process of its own, giving its results as they come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory

from tests.faults import databases
from tests.faults.lane import Lane
from tests.faults.play import Result, play_seed

CONTROL_FAILURES = 3
SILENCE = 120.0  # seconds without a result: something hangs


class Hangs(Exception):
    """A lane gives no more results."""


@dataclass(frozen=True)
class Task:
    """Seeds for one lane; with a protection taken out it stops at the first failures."""

    database: str
    server: str
    seeds: range
    protection: str = ""


def run_all(tasks: Sequence[Task]) -> Iterator[Result]:
    """Each task in a process of its own; results as they come."""
    context = get_context("spawn")
    queue: Queue[Result | None] = context.Queue()
    processes = [context.Process(target=_run, args=(task, queue)) for task in tasks]
    for process in processes:
        process.start()
    working = len(processes)
    while working:
        try:
            result = queue.get(timeout=SILENCE)
        except Empty:
            raise Hangs(f"no result for {SILENCE:.0f} seconds") from None
        if result is None:
            working -= 1
        else:
            yield result
    for process in processes:
        process.join(5)
        if process.is_alive():
            process.terminate()


def _run(task: Task, queue: "Queue[Result | None]") -> None:
    try:
        with TemporaryDirectory(prefix="faults-") as folder:
            _run_in(Path(folder), task, queue)
    finally:
        queue.put(None)


def _run_in(folder: Path, task: Task, queue: "Queue[Result | None]") -> None:
    if task.database == "sqlite":
        url = databases.sqlite_database(folder)
    else:
        url = databases.postgresql_database(task.server)
    lane = Lane(task.database, folder, url, (task.protection,) if task.protection else ())
    failures = 0
    try:
        for seed in task.seeds:
            result = play_seed(lane, seed)
            result.protection = task.protection
            queue.put(result)
            failures += bool(result.violations)
            if task.protection and failures >= CONTROL_FAILURES:
                return
    finally:
        lane.close()
