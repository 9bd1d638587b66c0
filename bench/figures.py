"""What is made of the figures: medians of quiet turns, and ratios."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import median

from bench.measure import Spent
from bench.rows import SUFFIX, Row

QUIET = 0.15  # of a core: what others may take in a turn that counts as quiet


@dataclass(frozen=True)
class Measured:
    """One row's turn in one round, or the medians of its turns."""

    cpu: float  # the server's microseconds a request
    database: float  # PostgreSQL's
    rps: float
    p50: float  # milliseconds
    p99: float
    memory: float  # MB of the server, at the end
    load: float  # cores that the load took
    foreign: float  # cores that others took

    @property
    def cost(self) -> float:
        """Microseconds a request of the server and, where it is a process of its own, of its database."""
        return self.cpu + self.database


def summarize(latencies: Sequence[float], elapsed: float, used: Spent, memory: float) -> Measured:
    """Times are in seconds; `used` is what all the requests took together."""
    return Measured(
        cpu=used.server / len(latencies) * 1e6,
        database=used.database / len(latencies) * 1e6,
        rps=len(latencies) / elapsed,
        p50=percentile(latencies, 50) * 1e3,
        p99=percentile(latencies, 99) * 1e3,
        memory=memory,
        load=used.load / elapsed,
        foreign=used.foreign / elapsed,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def lacks_quiet(turns: Sequence[Measured], wanted: int) -> bool:
    """Whether fewer than `wanted` of them were quiet."""
    return sum(each.foreign <= QUIET for each in turns) < wanted


def quietest(turns: Iterable[Measured], wanted: int) -> list[Measured]:
    """Chosen by what others did meanwhile, whatever was measured."""
    return sorted(turns, key=lambda each: each.foreign)[:wanted]


def medians(turns: Sequence[Measured]) -> Measured:
    """Of each figure by itself."""
    return Measured(*(median(values) for values in zip(*map(astuple, turns), strict=True)))


def ratios(rows: Iterable[Row], table: Mapping[str, Measured]) -> dict[str, float]:
    """By name: how the rows compare with their floors, and with those on one core or in one process; last,
    how much longer the slowest adds take than the usual one."""
    found = {row.ratio: (_to_one if row.one else _to_floor)(row, table) for row in rows if row.ratio}
    for suffix in ("", SUFFIX):
        if add := table.get(f"add{suffix}"):
            found[f"add_p99_to_p50{suffix}"] = add.p99 / add.p50
    return found


def _to_floor(row: Row, table: Mapping[str, Measured]) -> float:
    """The floor's CPU time divided by the row's: 1 costs as much as the floor, 0.5 twice as much. On a busy
    machine a row and the one beside it may not fit together: then there is no figure."""
    cost = table[row.name].cost
    own = 2 * cost - table[row.beside].cost if row.beside else cost
    return table[row.floor].cost / own if own > 0 else float("nan")


def _to_one(row: Row, table: Mapping[str, Measured]) -> float:
    """How much more is answered a second. One process has a core, and the load the other. Several share all
    cores with the load, so what it took is made good: else its hunger would be their slowness."""
    many, one = table[row.name], table[row.one]
    left = (row.cores - many.load) / row.cores if row.processes > 1 else 1
    return many.rps / left / one.rps
