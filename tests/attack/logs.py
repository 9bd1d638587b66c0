"""What the servers have written: errors that nobody saw, and what must not be there."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.attack.findings import SERVER_ERROR, Finding
from tests.attack.judge import House

BEGINNING = re.compile(
    r"\{|\d\d:\d\d:\d\d [A-Z]+ |STRIPE_|ERROR: "
)  # of an entry: JSON, plain, the sandbox's or uvicorn's
FAILED = re.compile(
    r'Traceback \(most recent|"status": 5\d\d|"level": "(?:ERROR|CRITICAL)"'
    r"|^\d\d:\d\d:\d\d (?:(?:ERROR|CRITICAL) |INFO \S+: \S+ \S+ 5\d\d \d+ ms)"
)
MARK = re.compile(r"zq\d+n\d+q")
LONGEST = 3000  # characters of an entry


def judge_log(house: House, file: Path, seen: Sequence[Finding]) -> Iterator[Finding]:
    """`seen` are the findings of the answers: a failure that a client saw is not told twice."""
    told = [finding.sentence.rpartition(" ")[2] for finding in seen if finding.kind == SERVER_ERROR]
    known = [request for request in told if request != "unknown"]
    lines = file.read_text(errors="replace").splitlines()
    told = [line if "Its panel, for you alone" not in line else "" for line in lines]  # by design
    for number, entry in _entries(told):
        where = f"{file}, line {number}"
        if FAILED.search(entry) and not any(request in entry for request in known):
            yield Finding(SERVER_ERROR, file.name, entry[:LONGEST], where)
        if entry.startswith("STRIPE_"):
            continue  # what a sandbox says when it starts: its keys, for whoever starts the shop
        for kind, words in (
            ("secret in the log", house.secrets + house.keys),
            ("person in the log", house.personal),
        ):
            yield from (Finding(kind, file.name, f"{word[:6]}…", where) for word in words if word in entry)
        if match := MARK.search(entry):
            yield Finding("visitor's words in the log", file.name, f"{match[0]} in {entry[:LONGEST]}", where)


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each with the number of its first line: a traceback belongs to the line before it."""
    begun: tuple[int, list[str]] = (1, [])
    for number, line in enumerate(lines, 1):
        if BEGINNING.match(line) and begun[1]:
            yield begun[0], "\n".join(begun[1])
            begun = (number, [])
        begun[1].append(line)
    if begun[1]:
        yield begun[0], "\n".join(begun[1])
