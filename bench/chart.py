"""The ratios as an SVG of its own, for light and dark."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

from bench.figures import Measured
from bench.rows import SUFFIX, Row

LABELS = 190  # pixels from the left to where bars begin
PLOT = 400  # that the longest bar takes
NOTES = 210  # right of it
BAR, GAP = 16, 10  # heights
TOP = 64

TITLE = "The floor's CPU time by that of the shop's row: longer is better"
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #59636e; font-size: 12px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
  .sqlite { fill: #0b6e8a }
  .postgresql { fill: #b4602a }
  .one { stroke: #59636e; stroke-dasharray: 3 3 }
  .ground { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1; stroke: #0d1117 }
    .sqlite { fill: #4fb3cf }
    .postgresql { fill: #e0965f }
    .one { stroke: #9198a1 }
    .ground { fill: #0d1117 }
  }
"""


@dataclass(frozen=True)
class Bar:
    name: str
    database: str
    value: float
    note: str


def bars(rows: Iterable[Row], table: Mapping[str, Measured], found: Mapping[str, float]) -> list[Bar]:
    """The ratios of which more is better; a row on PostgreSQL comes after the same on SQLite."""
    made = [each for row in rows if (each := _bar(row, table, found)) and isfinite(each.value)]
    order = list(dict.fromkeys(each.name for each in made))
    return sorted(made, key=lambda each: order.index(each.name))


def _bar(row: Row, table: Mapping[str, Measured], found: Mapping[str, float]) -> Bar | None:
    if not row.ratio:
        return None
    name, database = row.name.removesuffix(SUFFIX), "PostgreSQL" if row.name.endswith(SUFFIX) else "SQLite"
    note = f"× {(row.floor or row.one).removesuffix(SUFFIX)}"
    if row.one:
        note += ", answers a second"
    elif not row.beside:
        note += f": {table[row.floor].cost:.0f} µs / {table[row.name].cost:.0f} µs"
    return Bar(name, database, found[row.ratio], note)


def draw(bars: Sequence[Bar]) -> str:
    scale = PLOT / max([1.0, *(bar.value for bar in bars)])
    y, parts, before = TOP, [], ""
    for bar in bars:
        if bar.name != before:
            y += GAP
            parts.append(f'<text x="{LABELS - 10}" y="{y + 13}" text-anchor="end">{escape(bar.name)}</text>')
        before = bar.name
        parts += _drawn(bar, y, bar.value * scale)
        y += BAR
    one, width, height = LABELS + scale, LABELS + PLOT + NOTES, y + GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>{TITLE}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{width}" height="{height}"/>',
            f'<text class="title" x="16" y="26">{TITLE}</text>',
            *_legend(bars),
            f'<line class="one" x1="{one:.1f}" x2="{one:.1f}" y1="{TOP}" y2="{y}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _drawn(bar: Bar, y: int, length: float) -> list[str]:
    kind, words = bar.database.lower(), escape(f"{bar.value:.2f} {bar.note}")
    return [
        f'<rect class="{kind}" x="{LABELS}" y="{y + 1}" width="{length:.1f}" height="{BAR - 2}" rx="2"/>',
        f'<text class="quiet" x="{LABELS + length + 6:.1f}" y="{y + 12}">{words}</text>',
    ]


def _legend(bars: Sequence[Bar]) -> list[str]:
    """Which colour is which database; the dashed line is where a row costs what its floor does."""
    parts, x = [], 16
    for database in dict.fromkeys(bar.database for bar in bars):
        parts.append(f'<rect class="{database.lower()}" x="{x}" y="39" width="12" height="12" rx="2"/>')
        parts.append(f'<text class="quiet" x="{x + 18}" y="50">{database}</text>')
        x += 100
    return [*parts, f'<text class="quiet" x="{x}" y="50">dashed: as much as the floor</text>']
