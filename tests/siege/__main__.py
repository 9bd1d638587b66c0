"""The sieges, one after the other on a shop of their own, on SQLite and on PostgreSQL.

    ONLY=receipt DATABASES=sqlite python -m tests.siege

The exit code is 0 if all of them held, and the shop never had more than 160 MB.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults import databases
from tests.siege.premises import premises
from tests.siege.sieges import SIEGES, Seen

MOST_MEMORY = 160  # MB


def main() -> int:
    chosen = (os.environ.get("DATABASES") or "sqlite postgresql").split()
    with ExitStack() as stack:
        server = stack.enter_context(databases.postgresql_server()) if "postgresql" in chosen else ""
        seen = [each for name in chosen for each in _all(name, server)]
    lost = sum(not each.held for each in seen)
    print(f"sieges={len(seen)} lost={lost}", flush=True)
    return 1 if lost else 0


def _all(database: str, server: str) -> Iterator[Seen]:
    for siege in SIEGES:
        if (os.environ.get("ONLY") or "") not in siege.__name__:
            continue
        with TemporaryDirectory() as name:
            folder = Path(name)
            url = (
                databases.postgresql_database(server)
                if database == "postgresql"
                else databases.sqlite_database(folder)
            )
            with premises(folder, url) as shop:
                seen = asyncio.run(siege(shop))
                most = shop.memory("VmHWM")
        seen = Seen(seen.held and most < MOST_MEMORY, f"{seen.figures}; at most {most:.0f} MB")
        mark = "held" if seen.held else "LOST"
        print(f"{mark}  {database}  {siege.__name__.replace('_', ' ')}: {seen.figures}", flush=True)
        yield seen


if __name__ == "__main__":
    sys.exit(main())
