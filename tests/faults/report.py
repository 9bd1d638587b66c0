"""What the battery found, as tables and one last line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.disturbances import DISTURBANCES, TURNS
from tests.faults.invariants import INVARIANTS
from tests.faults.play import Result

LARGE = 2000  # from so many runs for a database on, each point must be hit
OFTEN = 20  # so many times there, and once in a smaller battery that is sure to come round to all of them
ROUND = 2 * len(DISTURBANCES) // TURNS


@dataclass(frozen=True)
class Control:
    """The battery without one of the product's protections."""

    protection: str
    database: str
    runs: int
    violations: int

    @property
    def failed(self) -> bool:
        return self.violations > 0


def lines(results: Mapping[str, Sequence[Result]], controls: Sequence[Control]) -> Iterator[str]:
    databases = list(results)
    yield _row("point", [f"{name}: hits" for name in databases], ["violations"])
    hits = {name: count_hits(found) for name, found in results.items()}
    broken = Counter(each.disturbance for found in results.values() for each in found if each.violations)
    for point in points():
        yield _row(point, [str(hits[name][point]) for name in databases], [str(broken[point])])
    yield ""
    yield from _others(results)
    yield _row("invariant", [f"{name}: violations" for name in databases], [])
    for invariant in (*INVARIANTS, "shopper"):
        yield _row(invariant, [str(_violations(results[name], invariant)) for name in databases], [])
    yield ""
    for name, found in results.items():
        seconds = sum(result.seconds for result in found)
        seeds = f"seeds {found[0].seed} to {found[-1].seed}, " if found else ""
        yield f"{name}: {len(found)} runs, {seeds}{seconds / max(len(found), 1):.2f} s each"
    for control in controls:
        how = f"{control.violations} of {control.runs} runs failed, as they must"
        how = how if control.failed else f"NOTHING FAILED in {control.runs} runs"
        yield f"without “{control.protection}” on {control.database}: {how}"


def last_line(results: Mapping[str, Sequence[Result]]) -> str:
    runs = sum(len(found) for found in results.values())
    kills = sum(result.kills for found in results.values() for result in found)
    missed, violations = count_missed(results), count_violations(results)
    return f"runs={runs} kills={kills} points_missed={missed} violations={violations}"


def points() -> list[str]:
    return sorted({each.name for each in DISTURBANCES if each.point})


def count_hits(results: Sequence[Result]) -> Counter[str]:
    return Counter(result.point for result in results if result.hit)


def count_missed(results: Mapping[str, Sequence[Result]]) -> int:
    """Points hit too rarely, summed over the databases; 0 for a battery too small to come round to all."""
    missed = 0
    for found in results.values():
        if len(found) >= ROUND:
            needed = OFTEN if len(found) >= LARGE else 1
            hits = count_hits(found)
            missed += sum(hits[point] < needed for point in points())
        else:
            missed += sum(result.hit is False for result in found)
    return missed


def count_violations(results: Mapping[str, Sequence[Result]]) -> int:
    return sum(len(result.violations) for found in results.values() for result in found)


def _violations(results: Sequence[Result], invariant: str) -> int:
    return sum(each.law == invariant for result in results for each in result.violations)


def _others(results: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    """Disturbances that kill nobody, and how often each was there."""
    databases = list(results)
    names = sorted({each.name for each in DISTURBANCES if not each.point})
    counts = {name: Counter(result.disturbance for result in found) for name, found in results.items()}
    broken = Counter(each.disturbance for found in results.values() for each in found if each.violations)
    yield _row("other disturbance", [f"{name}: runs" for name in databases], ["violations"])
    for name in names:
        yield _row(name, [str(counts[database][name]) for database in databases], [str(broken[name])])
    yield ""


def _row(first: str, middle: list[str], last: list[str]) -> str:
    return f"{first:<42}" + "".join(f"{cell:>22}" for cell in (*middle, *last))
