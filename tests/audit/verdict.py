"""What pip-audit's answer means. Whoever was not looked up counts as failed: silence is no good news."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(;[^\\]*)?\\?")
BESIDE_PINS = re.compile(r"\s*(#.*|--hash=sha256:[0-9a-f]{64}\s*\\?)?")


class Pin(NamedTuple):
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


# Its holes are known since 2020: a service that does not know them knows nothing.
KNOWN_TO_BE_BAD = Pin("django", "3.0")


def read_pins(text: str) -> set[Pin]:
    """All that a requirements file names, for every platform. Raises ValueError for a line that is no pin."""
    pins = set()
    for line in text.splitlines():
        if found := PIN.fullmatch(line):
            pins.add(Pin(canonical(found[1]), found[2]))
        elif not BESIDE_PINS.fullmatch(line):
            raise ValueError(f"is pinned to no version: {line.strip()}")
    return pins


def canonical(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def problems(answer: str, pins: Iterable[Pin]) -> list[str]:
    """A sentence for each hole and for each pin that nobody looked up; `answer` is pip-audit's JSON."""
    try:
        told: list[dict[str, Any]] = json.loads(answer)["dependencies"]
        return list(_problems(told, set(pins)))
    except (ValueError, LookupError, TypeError):
        return ["There is no answer that can be read: the advisories could not be asked."]


def _problems(told: list[dict[str, Any]], pins: set[Pin]) -> Iterator[str]:
    skipped = {canonical(each["name"]): each["skip_reason"] for each in told if "skip_reason" in each}
    holes = {
        Pin(canonical(each["name"]), each["version"]): each["vulns"]
        for each in told
        if "skip_reason" not in each
    }
    for pin in sorted(pins):
        if pin in holes:
            yield from (_sentence(pin, hole) for hole in holes[pin])
        elif pin.name in skipped:
            yield f"{pin} was skipped, which counts as failed: {skipped[pin.name]}"
        else:
            yield f"{pin} was not looked up."
    if not holes.get(KNOWN_TO_BE_BAD):
        yield f"The service knows no hole in {KNOWN_TO_BE_BAD}, which has many: it cannot be relied on."


def _sentence(pin: Pin, hole: dict[str, Any]) -> str:
    names = " ".join([hole["id"], *hole.get("aliases", [])])
    mended = f"mended in {', '.join(hole['fix_versions'])}" if hole["fix_versions"] else "not mended yet"
    return f"{pin} has a known hole, {mended}: {names}"
