"""The same pages with 10, 30, 1,000 and 100,000 products, on SQLite and on PostgreSQL: make scale. The same
work with a thousand and a million orders, and as many carts: make scale ORDERS="1000 1000000".

    SIZES="10 1000" DATABASES=sqlite python -m tests.scale

Milliseconds are medians of CPU time, the shop's and PostgreSQL's: those belong to the machine, and the ratios
of the largest size to a smaller one, in the same run, are what is worth comparing: to the smallest one whose
page has as many cards.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.databases import postgresql_server
from tests.postgres import on_server
from tests.scale.table import Figures, lines
from webshop.settings.model import ROOT

SIZES = "10 30 1000 100000"
LONGEST = 1800  # seconds that one step may take


def main() -> int:
    databases = (os.environ.get("DATABASES") or "sqlite postgresql").split()
    orders = os.environ.get("ORDERS") or ""
    sizes = [int(size) for size in (orders or os.environ.get("SIZES") or SIZES).split()]
    fill, ask = ("book", "sell") if orders else ("load", "ask")
    print(f"{os.cpu_count()} cores, load average before {os.getloadavg()[0]:.1f}")
    with ExitStack() as stack:
        server = stack.enter_context(postgresql_server()) if "postgresql" in databases else ""
        for database in databases:
            found = {size: _measure(database, server, size, fill, ask) for size in sizes}
            for line in lines(database, found):
                print(line, flush=True)
    return 0


def _measure(database: str, server: str, size: int, fill: str, ask: str) -> Figures:
    with TemporaryDirectory(prefix="scale-") as folder:
        url = f"sqlite:///{folder}/shop.sqlite3"
        if database == "postgresql":
            on_server(server, f"CREATE DATABASE scale_{fill}_{size}")
            url = server.replace("/postgres?", f"/scale_{fill}_{size}?")
        loaded = _step(fill, url, size, folder)
        asked = _step(ask, url, size, folder)
        size_on_disk = {"MB of the file": _file_size(Path(folder))} if database == "sqlite" else {}
    return (
        asked
        | {f"{name} while loading" if name == "MB" else name: value for name, value in loaded.items()}
        | size_on_disk
    )


def _step(what: str, url: str, size: int, folder: str) -> Figures:
    command: Sequence[str] = [sys.executable, "-m", "tests.scale.measured", what, url, str(size), folder]
    print(f"{url.partition(':')[0]}, {size}: {what}", file=sys.stderr)
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, timeout=LONGEST, check=True
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _environment() -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "")}


def _file_size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.glob("shop.sqlite3*")) / 2**20


if __name__ == "__main__":
    sys.exit(main())
