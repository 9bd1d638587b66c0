"""CPU time and memory from Linux's /proc; proc(5)."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
IDLE = (3, 4)  # the columns of /proc/stat in which nothing was done: idle, iowait
COUNTED = 8  # columns; the rest, guests', are counted in the first ones, too


@dataclass(frozen=True)
class Process:
    parent: int
    group: int
    ticks: int  # utime + stime
    buried: int  # the same of its children that have ended and were waited for


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU so far, or between two moments."""

    server: float
    database: float  # by PostgreSQL, if there is one
    load: float  # by this process
    machine: float  # by everything

    def since(self, before: "Spent") -> "Spent":
        return Spent(
            self.server - before.server,
            self.database - before.database,
            self.load - before.load,
            self.machine - before.machine,
        )

    @property
    def foreign(self) -> float:
        """By what has no part in it; the machine's is counted in coarser steps, and might fall short."""
        return max(0.0, self.machine - self.server - self.database - self.load)


def spent(group: int, postmaster: int = 0) -> Spent:
    """`group` is the server's process group, which is its own; `postmaster` PostgreSQL's first process."""
    server = database = 0
    for number, each in processes():
        server += each.ticks if each.group == group else 0
        database += each.ticks if postmaster and postmaster in (number, each.parent) else 0
        database += each.buried if number == postmaster else 0
    ticks = os.sysconf("SC_CLK_TCK")
    machine = parse_busy((PROC / "stat").read_text())
    return Spent(server / ticks, database / ticks, time.process_time(), machine / ticks)


def processes() -> Iterator[tuple[int, Process]]:
    """All that are there, by number."""
    for file in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since
            yield int(file.parent.name), parse_stat(file.read_text())


def parse_stat(text: str) -> Process:
    """Of a /proc/<pid>/stat. The program's name, the second field, may itself hold spaces and brackets."""
    fields = text.rpartition(")")[2].split()
    utime, stime, cutime, cstime = map(int, fields[11:15])
    return Process(int(fields[1]), int(fields[2]), utime + stime, cutime + cstime)


def parse_busy(text: str) -> int:
    """The ticks in which any core did anything, or was taken away (steal), from /proc/stat."""
    columns = text.split("\n", 1)[0].split()[1 : COUNTED + 1]
    return sum(int(ticks) for number, ticks in enumerate(columns) if number not in IDLE)


def resident(group: int) -> float:
    """MB of memory that the group's processes hold; what they share counts for each."""
    pages = 0
    for number, each in processes():
        if each.group == group:
            with suppress(OSError):
                pages += int((PROC / str(number) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
