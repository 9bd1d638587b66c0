"""What a request costs the server, as ratios to floors measured in the same run: make bench.

    ROUNDS=5 SECONDS=2 ONLY=add python -m bench

In each round every row is under load for so many SECONDS, in another order. Absolute figures belong to the
machine and its other work; only the ratios are worth comparing.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.load import CONNECTIONS
from bench.measure import PROC, Measured, medians, ratios, ratios_beside
from bench.rows import Row, choose_rows
from bench.servers import ROOT, Server, pin, serving

LONGEST = 60  # seconds that one row's turn may take beyond those it is asked for


def main() -> int:
    if not (PROC / "self/stat").exists():
        print("The bench reads CPU times from /proc, so it needs Linux.", file=sys.stderr)
        return 2
    try:
        rows = choose_rows(os.environ.get("ONLY", ""))
        rounds, seconds = _number("ROUNDS", 5, most=50), _number("SECONDS", 2, most=30)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended
    print(
        f"{rounds} rounds of {seconds} s a row, {CONNECTIONS} connections, {os.cpu_count()} cores, "
        f"load average before {os.getloadavg()[0]:.1f}"
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        serving({row.server for row in rows}, Path(folder)) as servers,
    ):
        pin(-1)
        _report(rows, _measure(rows, servers, rounds, seconds))
    return 0


def _number(name: str, default: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ValueError(f"{name}: {text} is no whole number from 1 to {most}")
    return int(text)


def _measure(
    rows: Sequence[Row], servers: Mapping[str, Server], rounds: int, seconds: int
) -> dict[str, Measured]:
    found: dict[str, list[Measured]] = {row.name: [] for row in rows}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for row in random.sample(rows, len(rows)):
            server = servers[row.server]
            with server.running(row.cores):
                found[row.name].append(_load(row, server, seconds))
    return {name: medians(each) for name, each in found.items()}


def _load(row: Row, server: Server, seconds: int) -> Measured:
    words = [row.name, server.port, server.group, seconds]
    command = [sys.executable, "-m", "bench.load", *map(str, words)]
    answer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=seconds + LONGEST, check=False)
    if answer.returncode:
        sys.exit(1)  # it has said why
    return Measured(**json.loads(answer.stdout))


def _report(rows: Sequence[Row], table: Mapping[str, Measured]) -> None:
    found = ratios(table, {row.name: row.floor for row in rows if row.floor and not row.beside})
    found |= ratios_beside(table, {row.name: (row.floor, row.beside) for row in rows if row.beside})
    print(f"{'row':<18}{'CPU µs':>8}{'ratio':>8}  {'to':<10}{'rps':>8}{'p50 ms':>9}{'p99 ms':>9}")
    for row in rows:
        each = table[row.name]
        ratio = f"{found[row.name]:.3f}" if row.floor else ""
        speed = f"{each.rps:>8.0f}{each.p50:>9.2f}{each.p99:>9.2f}"
        print(f"{row.name:<18}{each.cpu:>8.0f}{ratio:>8}  {row.floor:<10}{speed}")
    for name, value in found.items():
        print(f"ratio {name} {value:.4f}")


if __name__ == "__main__":
    sys.exit(main())
