"""What was found, with what reproduces it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SHOWN = 3  # of those that are alike
REPEATED = re.compile(rb"(.{1,12}?)\1{19,}", re.DOTALL)

SERVER_ERROR = "server error"


@dataclass(frozen=True)
class Finding:
    """`kind` in two or three words, `place` the address's template, `how` the request, or where it stands."""

    kind: str
    place: str
    sentence: str
    how: str


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Those that are alike together, the first of them in full."""
    alike: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        alike[finding.kind, finding.place].append(finding)
    for (kind, place), found in sorted(alike.items()):
        yield f"FINDING {kind} at {place}: {len(found)}"
        for finding in found[:SHOWN]:
            yield f"  {finding.sentence}"
            yield f"    {finding.how}"


def shown(raw: bytes) -> str:
    """A request as a Python expression: what is repeated many times is multiplied."""
    parts, end = [], 0
    for match in REPEATED.finditer(raw):
        parts += [repr(raw[end : match.start()]), f"{match[1]!r} * {len(match[0]) // len(match[1])}"]
        end = match.end()
    return " + ".join(part for part in [*parts, repr(raw[end:])] if part != "b''")
