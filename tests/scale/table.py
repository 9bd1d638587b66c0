"""The figures of one database side by side, with the ratios of its largest size to smaller ones."""

from collections.abc import Iterator, Mapping

Figures = dict[str, float]  # ms, or MB where the name says so
CARDS = "cards of "  # before the name of a page: how many products it shows


def lines(database: str, found: Mapping[int, Figures]) -> Iterator[str]:
    """A heading and a line for each row, in the order of the largest size's. A page is compared to the
    smallest catalogue's, and to that of the smallest one that shows as many cards, if there is one."""
    least, most = min(found), max(found)
    sizes = "".join(f"{size:>11,}" for size in sorted(found))
    yield f"{database + ', ms of CPU':<24}{sizes}{f'{most:,} : {least:,}':>20}{'as many cards':>16}  cards"
    for name in found[most]:
        if not name.startswith(CARDS):
            values = "".join(f"{found[size][name]:>11.2f}" for size in sorted(found))
            fair = alike(found, name)
            ratios = f"{ratio(found, name, least):>20.1f}" + (
                f"{ratio(found, name, fair):>16.1f}" if fair < most else f"{'-':>16}"
            )
            yield f"{name:<24}{values}{ratios}  {_cards(found, name)}".rstrip()


def alike(found: Mapping[int, Figures], name: str) -> int:
    """The smallest size whose page has as many cards as the largest one's."""
    shown = {size: figures.get(CARDS + name) for size, figures in found.items()}
    most = shown[max(found)] or 0
    return min(size for size in found if (shown[size] or 0) >= most)


def ratio(found: Mapping[int, Figures], name: str, size: int) -> float:
    """How many times the largest size's figure is this one's."""
    return found[max(found)][name] / found[size][name]


def _cards(found: Mapping[int, Figures], name: str) -> str:
    shown = [found[size].get(CARDS + name) for size in sorted(found)]
    return " ".join(f"{each:.0f}" for each in shown if each is not None) if any(shown) else ""
