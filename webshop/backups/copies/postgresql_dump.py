"""PostgreSQL's own tools: pg_dump and pg_restore, the only programs that the shop calls.

A password is in no argument, where everybody on the machine could read it, but in a file for libpq.
"""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from webshop.backups.copies.places import PRIVATE
from webshop.errors import OwnerError

WHERE = (
    "install the package postgresql-client of the server's version, or back up with your platform's own means"
)
SHOPS = (
    "public.*"  # its tables; an extension of the platform has a schema of its own, and is no part of a shop
)
VERSIONS = "alembic_version"
A_LOOK = 0.5  # seconds between two looks whether to stop


def check_tool(tool: str, server: int) -> str:
    """Where this program is. `server` is the number that PostgreSQL gives its version (150004). Raises
    OwnerError if there is none, or only an older one than the server."""
    path = shutil.which(tool)
    if not path:
        raise OwnerError(f"{tool} is not there: {WHERE}.")
    found = re.search(r"\) ([0-9]+)", _run([path, "--version"]))
    if not found or int(found[1]) < server // 10_000:
        older = found[1] if found else "unknown"
        raise OwnerError(f"{tool} is of version {older}, the server of {server // 10_000}: {WHERE}.")
    return path


def dump(url: str, server: int, to: Path, stopping: threading.Event | None = None) -> None:
    """All of the shop's tables as they are at one moment. Raises OwnerError."""
    tool = check_tool("pg_dump", server)
    with _connecting(url) as address:
        arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--table={SHOPS}"]
        _run([tool, *arguments, "--lock-wait-timeout=60s", f"--file={to}", f"--dbname={address}"], stopping)
    to.chmod(PRIVATE)


def list_tables(file: Path, server: int) -> set[str]:
    """The names of the tables whose rows are in a dump. Raises OwnerError for what is none."""
    return set(re.findall(r" TABLE DATA \S+ (\S+) ", _contents(file, server)))


def read_revision(file: Path, server: int) -> str:
    """Of the tables in a dump. Raises OwnerError for a database that is none of a shop."""
    tool = check_tool("pg_restore", server)
    rows = _run([tool, "--data-only", f"--table={VERSIONS}", "--file=-", str(file)])
    found = re.search(r"^COPY .* FROM stdin;\n(\S+)$", rows, re.MULTILINE)
    if not found:
        raise OwnerError("This dump is none of a shop.")
    return found[1]


def restore(file: Path, url: str, server: int) -> None:
    """All tables of the dump, in one transaction: all or nothing. Which revision they are of is not told to
    the database: so no shop opens there. Raises OwnerError."""
    tool = check_tool("pg_restore", server)
    kept = [
        line
        for line in _contents(file, server).splitlines()
        if f" {VERSIONS} " not in f"{line} " or "TABLE DATA" not in line
    ]
    with _connecting(url) as address, TemporaryDirectory() as folder:
        chosen = Path(folder) / "list"
        chosen.write_text("\n".join(kept))
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        _run([tool, *arguments, f"--use-list={chosen}", f"--dbname={address}", str(file)])


def _contents(file: Path, server: int) -> str:
    return _run([check_tool("pg_restore", server), "--list", str(file)])


@contextmanager
def _connecting(url: str) -> Iterator[str]:
    """The address without its password, which libpq finds in a file."""
    known = conninfo_to_dict(url)
    password = known.pop("password", None)
    with TemporaryDirectory() as folder:
        if password is not None:
            passfile = Path(folder) / "pgpass"
            passfile.touch(PRIVATE)
            passfile.write_text("*:*:*:*:" + re.sub(r"([\\:])", r"\\\1", str(password)) + "\n")
            known["passfile"] = str(passfile)
        yield make_conninfo("", **known)


def _run(arguments: Sequence[str], stopping: threading.Event | None = None) -> str:
    """What it says. Raises OwnerError, with what it complains of, also if it is to stop."""
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            while True:
                try:
                    said, complaint = process.communicate(timeout=A_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    if stopping and stopping.is_set():
                        raise OwnerError("The backup was stopped.") from None
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode:
        last = complaint.strip().splitlines()[-1:] or [f"it ended with {process.returncode}"]
        raise OwnerError(f"{Path(arguments[0]).name}: {last[0]}")
    return said
