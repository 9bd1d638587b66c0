"""What a request costs the server, as ratios to floors measured in the same run: make bench.

    ROUNDS=3 SECONDS=2 ONLY=add DATABASES="sqlite postgresql" python -m bench
    DOCS=docs/performance.md CHART=docs/performance.svg python -m bench

In each round every row is under load for so many SECONDS, in another order. Absolute figures belong to the
machine and its other work; only the ratios are worth comparing.
"""

import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import chart, report
from bench.figures import Measured, lacks_quiet, medians, quietest, ratios
from bench.load import CONNECTIONS
from bench.measure import PROC
from bench.rows import Row, choose_rows
from bench.servers import ROOT, Server, pin, serving

AGAIN = 2  # rounds more, at most, for rows that others have disturbed
LONGEST = 60  # seconds that one row's turn may take beyond those it is asked for

Turns = dict[str, list[Measured]]


def main() -> int:
    if not (PROC / "self/stat").exists():
        print("The bench reads CPU times from /proc, so it needs Linux.", file=sys.stderr)
        return 2
    try:
        rows = choose_rows(os.environ.get("ONLY", ""), (os.environ.get("DATABASES") or "sqlite").split())
        rounds, seconds = _number("ROUNDS", 3, most=50), _number("SECONDS", 2, most=30)
        if docs := os.environ.get("DOCS"):
            report.around_the_marks(Path(docs))
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended
    told = [
        f"{rounds} rounds of {seconds} s a row, {CONNECTIONS} connections, {os.cpu_count()} cores, "
        f"load average before {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}"
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving({row.server for row in rows}, Path(folder)) as servers,
    ):
        pin(-1)
        turns = _measure(rows, servers, rounds, seconds)
    kept = {name: quietest(each, rounds) for name, each in turns.items()}
    told.append(report.quietness(turns, kept))
    _tell(told, rows, {name: medians(each) for name, each in kept.items()})
    return 0


def _number(name: str, default: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ValueError(f"{name}: {text} is no whole number from 1 to {most}")
    return int(text)


def _measure(rows: Sequence[Row], servers: Mapping[str, Server], rounds: int, seconds: int) -> Turns:
    turns: Turns = {row.name: [_turn(row, servers, LONGEST)] for row in rows if row.in_all}
    others = [row for row in rows if not row.in_all]
    turns |= {row.name: [] for row in others}
    for number in range(1, rounds + AGAIN + 1):
        due = [row for row in others if lacks_quiet(turns[row.name], rounds)]
        print(f"round {number}: {len(due)} of {len(others)} rows", file=sys.stderr)
        for row in random.sample(due, len(due)):
            turns[row.name].append(_turn(row, servers, seconds))
    return turns


def _turn(row: Row, servers: Mapping[str, Server], seconds: int) -> Measured:
    server = servers[row.server]
    words = [row.name, server.port, server.group, server.postmaster, seconds]
    command = [sys.executable, "-m", "bench.load", *map(str, words)]
    with server.running(row.cores):
        answer = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, timeout=seconds + LONGEST, check=False
        )
    if answer.returncode:
        sys.exit(1)  # it has said why
    return Measured(**json.loads(answer.stdout))


def _tell(told: Sequence[str], rows: Sequence[Row], table: Mapping[str, Measured]) -> None:
    found = ratios(rows, table)
    lines = [*told, "", *report.lines(rows, table, found)]
    print("\n".join([*lines, "", *(f"ratio {name} {value:.4f}" for name, value in found.items())]))
    if docs := os.environ.get("DOCS"):
        report.write_into(Path(docs), lines)
    if picture := os.environ.get("CHART"):
        Path(picture).write_text(chart.draw(chart.bars(rows, table, found)))


if __name__ == "__main__":
    sys.exit(main())
