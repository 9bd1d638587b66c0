"""CPU time from Linux's /proc, and what is made of the figures of several rounds."""

import math
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

PROC = Path("/proc")


@dataclass(frozen=True)
class Measured:
    """One row in one round, or the medians of its rounds."""

    cpu: float  # the server's microseconds a request
    rps: float
    p50: float  # milliseconds
    p99: float


def parse_stat(text: str) -> tuple[int, int]:
    """The process group and the ticks (utime + stime) of a /proc/<pid>/stat; proc_pid_stat(5).

    The program's name, the second field, may itself hold spaces and brackets.
    """
    fields = text.rpartition(")")[2].split()
    return int(fields[2]), int(fields[11]) + int(fields[12])


def cpu_seconds(group: int) -> float:
    """The CPU time so far of all processes in the group: a server is started as the leader of its own."""
    ticks = 0
    for file in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since
            its_group, its_ticks = parse_stat(file.read_text())
            ticks += its_ticks if its_group == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def summarize(latencies: Sequence[float], elapsed: float, cpu: float) -> Measured:
    """All three are in seconds; `cpu` is what all the requests took together."""
    return Measured(
        cpu=cpu / len(latencies) * 1e6,
        rps=len(latencies) / elapsed,
        p50=percentile(latencies, 50) * 1e3,
        p99=percentile(latencies, 99) * 1e3,
    )


def medians(rounds: Sequence[Measured]) -> Measured:
    """Of each figure by itself."""
    return Measured(*(median(values) for values in zip(*map(astuple, rounds), strict=True)))


def ratios(table: Mapping[str, Measured], floors: Mapping[str, str]) -> dict[str, float]:
    """The floor's CPU time divided by the row's: 1 costs as much as the floor, 0.5 twice as much. Last, how
    much longer the slowest adds take than the usual one."""
    found = {row: table[floor].cpu / table[row].cpu for row, floor in floors.items()}
    if "add" in table:
        found["add_p99_to_p50"] = table["add"].p99 / table["add"].p50
    if "two_cores" in table and "cart_index" in table:
        found["two_cores_to_one"] = table["two_cores"].rps / table["cart_index"].rps
    return found


def ratios_beside(table: Mapping[str, Measured], rows: Mapping[str, tuple[str, str]]) -> dict[str, float]:
    """The same of rows in which every other request is one of another row, whose CPU time is taken off. On a
    busy machine the two may not fit together: then there is no figure."""
    own = {row: 2 * table[row].cpu - table[beside].cpu for row, (_floor, beside) in rows.items()}
    return {
        row: table[floor].cpu / own[row] if own[row] > 0 else float("nan") for row, (floor, _) in rows.items()
    }
