"""What was found out about each original, kept beside what is made, so that nobody reads gigabytes twice.

A checkout gives files a time of its own, so it is their content that says whether they are the same: their
length, and their beginning, middle and end.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path

from webshop.pictures.model import Original
from webshop.pictures.places import Place

NAME = "manifest.json"
UNNAMED = "unnamed.json"  # the same of files that no product names
PIECE = 16 * 1024  # bytes


@dataclass(frozen=True)
class Entry:
    fingerprint: str
    original: Original


def fingerprint(path: Path) -> str:
    """Of a file's length, beginning, middle and end. Raises OSError."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        digest = sha256(str(length).encode())
        for start in (0, max(0, (length - PIECE) // 2), max(0, length - PIECE)):
            file.seek(start)
            digest.update(file.read(PIECE))
    return digest.hexdigest()[:20]


def read(places: Iterable[Place], name: str = NAME) -> dict[str, list[Entry]]:
    """What each place says of each file."""
    found: dict[str, list[Entry]] = {}
    for place in places:
        for file, entry in _parse(place.read("", name)).items():
            found.setdefault(file, []).append(entry)
    return found


def _parse(content: bytes | None) -> dict[str, Entry]:
    """What cannot be read says nothing: it is found out again."""
    try:
        rows = json.loads(content or b"{}")
        return {file: Entry(mark, Original(*known)) for file, (mark, *known) in rows.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def write(place: Place, entries: Mapping[str, Entry], name: str = NAME) -> None:
    """A line a file, for whoever compares two of them. Raises OwnerError."""
    rows = (
        f"{json.dumps(file)}: {json.dumps([entry.fingerprint, *astuple(entry.original)])}"
        for file, entry in sorted(entries.items())
    )
    content = ("{\n" + ",\n".join(rows) + "\n}\n").encode()
    if place.read("", name) != content:
        place.write("", name, content)
