# /// script
# requires-python = ">=3.11"
# dependencies = ["fonttools>=4.60,<5", "brotli>=1.2,<2"]
# ///
"""static/fonts/fraunces.woff2, cut out of the package that Fraunces is published in, and the figures of static/css/theme.css
that give the fonts of a phone or desk the same width while it is on its way.

    npm pack @fontsource-variable/fraunces && tar xzf fontsource-variable-fraunces-*.tgz
    uv run docs/fonts/subset.py …/fraunces-latin-opsz-normal.woff2

Another type face: name its file, and what it shall keep: LIMITS, CHARACTERS. Its licence goes beside it.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.varLib import instancer
from fontTools.varLib.iup import iup_delta_optimize

TARGET = Path(__file__).parents[2] / "static/fonts/fraunces.woff2"
MOST_BYTES = 18_000

# One optical size between text and display; weights from regular to semibold.
LIMITS = {"opsz": 60, "wght": (400, 400, 600)}

# English, German, French, Spanish, Italian, Portuguese, Dutch and the Scandinavian languages; not what headings do
# without. Other letters come from the next font of --serif, one by one.
CHARACTERS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \u00a0!\"%&'()+,-./:;?"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒàáâãäåæçèéêëìíîïñòóôõöøùúûüœß"
    "–—‘’‚“”„…‹›«»¿¡·×€£$"
)
UNITS = 1000  # in an em, half of the original's: shorter numbers
ERROR = 2  # how far a point may be off in other weights, in those units: an eighth of a pixel in the largest heading

# How often each letter is written in a hundred of English prose, and the width of fonts that come with a system, in
# ems, weighed so (https://github.com/seek-oss/capsize).
FREQUENCY = "e12 t9 a8 o8 i7 n7 s6 h6 r6 d4 l4 u3 c3 m2 w2 f2 g2 y2 p2 b1 v1".split() + [" 15"]
SYSTEM = {"Georgia": 0.4458, "Noto Serif": 0.481, "Times New Roman": 0.4063}


def main(source: Path) -> None:
    font = instancer.instantiateVariableFont(TTFont(source), LIMITS)
    keep_only(font, CHARACTERS)
    scale_upem(font, UNITS)
    forget_small_differences(font, ERROR)
    font.flavor = "woff2"
    font.save(TARGET)
    size = TARGET.stat().st_size
    sys.stdout.write(f"{TARGET.name}: {size:,} bytes of at most {MOST_BYTES:,}\n")
    for name, width in SYSTEM.items():
        sys.stdout.write(f"{name}: {metrics(font, width)}\n")
    if size > MOST_BYTES:
        raise SystemExit("too large")


def keep_only(font: TTFont, characters: str) -> None:
    options = subset.Options(
        layout_features=["kern", "liga", "locl", "mark"], hinting=False, name_IDs=[0, 1, 2, 4, 13, 14]
    )
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters)
    cutter.subset(font)


def forget_small_differences(font: TTFont, error: float) -> None:
    """In place: a point of another weight that lies where its neighbours let one expect needs no number."""
    glyphs, widths = font["glyf"], font["hmtx"].metrics
    for name, variations in font["gvar"].variations.items():
        points, control = glyphs._getCoordinatesAndControls(name, widths)
        ends = control.endPts if control.numberOfContours >= 0 else list(range(len(control.components)))
        for variation in variations:
            variation.calcInferredDeltas(points, ends)
            moved = iup_delta_optimize(
                [tuple(each) for each in variation.coordinates], points, ends, tolerance=error
            )
            variation.coordinates = [each and (round(each[0]), round(each[1])) for each in moved]


def metrics(font: TTFont, system_width: float) -> str:
    """What @font-face says of a system's font of that width, so that no line breaks or moves when ours comes."""
    widths, names, head = font["hmtx"].metrics, font.getBestCmap(), font["hhea"]
    shares = {names[ord(each[0])]: int(each[1:]) for each in FREQUENCY}
    width = sum(widths[name][0] * share for name, share in shares.items()) / sum(shares.values()) / UNITS
    size = width / system_width
    up, down = head.ascent / UNITS / size, -head.descent / UNITS / size
    return f"size-adjust: {size:.1%}; ascent-override: {up:.1%}; descent-override: {down:.1%}; line-gap-override: 0%;"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
