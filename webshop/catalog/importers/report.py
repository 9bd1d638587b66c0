"""What an import took, mended and left out, by name: one page, and the whole list where that is longer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

NAMES = 4  # in a line of the page; the others are a count
LINES = 40  # of the page


@dataclass
class Report:
    """Each kind of thing that was mended or left out is a sentence, with the names that it is true of."""

    took: list[str] = field(default_factory=list)
    mended: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    currencies: dict[str, int] = field(default_factory=dict)  # that the file names, and how often

    def mend(self, what: str, name: str) -> None:
        self.mended.setdefault(what, []).append(name)

    def leave_out(self, what: str, name: str) -> None:
        self.left_out.setdefault(what, []).append(name)

    def page(self) -> list[str]:
        """At most LINES lines, with at most NAMES names each."""
        lines = list(self._lines(NAMES))
        if len(lines) <= LINES:
            return lines
        return [*lines[: LINES - 1], f"… and {len(lines) - LINES + 1} more lines"]

    def whole(self) -> list[str]:
        """Every name."""
        return list(self._lines(None))

    @property
    def is_longer(self) -> bool:
        """Whether the page leaves something out."""
        return self.page() != self.whole()

    def _lines(self, most: int | None) -> Iterator[str]:
        yield "Took"
        yield from (f"  {line}" for line in self.took)
        for heading, kinds in (("Mended", self.mended), ("Left out", self.left_out)):
            if kinds:
                yield heading
            yield from (f"  {len(names)} × {what}: {listed(names, most)}" for what, names in kinds.items())


def listed(names: Sequence[str], most: int | None = NAMES) -> str:
    """ "Blue mug, Bowl, and 7 more"."""
    if most is None or len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])}, and {len(names) - most} more"
