"""The figures of one database side by side, with the ratio of its largest catalogue to its smallest."""

from collections.abc import Iterator, Mapping

Figures = dict[str, float]  # ms, or MB where the name says so


def lines(database: str, found: Mapping[int, Figures]) -> Iterator[str]:
    """A heading and a line for each row, in the order of the largest catalogue's."""
    least, most = min(found), max(found)
    sizes = "".join(f"{size:>11,}" for size in sorted(found))
    yield f"{database + ', ms of CPU':<24}{sizes}{f'{most:,} : {least:,}':>16}"
    for name in found[most]:
        values = "".join(f"{found[size][name]:>11.2f}" for size in sorted(found))
        yield f"{name:<24}{values}{ratio(found, name):>16.1f}"


def ratio(found: Mapping[int, Figures], name: str) -> float:
    """How many times the largest catalogue's figure is the smallest one's."""
    return found[max(found)][name] / found[min(found)][name]
