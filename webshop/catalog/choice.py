"""Choosing a variant by its options: a row of values for each, of which every one leads to a variant."""

from dataclasses import dataclass
from enum import StrEnum

from webshop.catalog.model import Picture, Product, Variant

MOST_CHIPS = 24  # values of an option that are shown side by side; more are a list to choose from


class ChipState(StrEnum):
    """What a value is, given what is chosen of the other options: MISSING values are there in others."""

    CHOSEN = "chosen"
    THERE = "there"
    SOLD_OUT = "sold-out"
    MISSING = "missing"


@dataclass(frozen=True)
class Chip:
    """`mark` is that of the variant to which it leads: with this value, and else as near as there is one.
    `picture` is that variant's own, where the values of its row can be told apart by theirs."""

    value: str
    state: ChipState
    mark: str
    sold_out: bool
    picture: Picture | None = None


@dataclass(frozen=True)
class OptionRow:
    option: str
    chips: tuple[Chip, ...]

    @property
    def are_many(self) -> bool:
        return len(self.chips) > MOST_CHIPS

    @property
    def chosen(self) -> str:
        """The value that is."""
        return next((chip.value for chip in self.chips if chip.state is ChipState.CHOSEN), "")


@dataclass(frozen=True)
class Choice:
    """`asked`: the address names the variant. `pictures` are the product's, with the variant's own first."""

    variant: Variant
    rows: tuple[OptionRow, ...]
    pictures: tuple[Picture, ...]
    asked: bool


def choose(product: Product, mark: str) -> Choice:
    """The variant of this mark, or the first that can be bought: addresses outlive what they name."""
    found = next((variant for variant in product.variants if variant.mark == mark), None)
    variant = found or (product.available or product.variants)[0]
    own = product.picture_of(variant)
    pictures = sorted(product.pictures, key=lambda picture: picture is not own)
    return Choice(variant, _rows(product, variant), tuple(pictures), found is not None)


def _rows(product: Product, variant: Variant) -> tuple[OptionRow, ...]:
    """None where the variants have nothing but titles."""
    places = range(len(product.options))
    if not all(len(each.options) == len(product.options) for each in product.variants):
        return ()
    return tuple(OptionRow(product.options[place], _chips(product, variant, place)) for place in places)


def _chips(product: Product, variant: Variant, place: int) -> tuple[Chip, ...]:
    nearest: dict[str, Variant] = {}
    for each in product.variants:
        value = each.options[place]
        if value not in nearest or _nearness(each, variant) > _nearness(nearest[value], variant):
            nearest[value] = each
    pictures = [_own_picture(product, found) for found in nearest.values()]
    told_apart = len(pictures) > 1 and len({picture and picture.file for picture in pictures}) == len(
        pictures
    )
    if not told_apart or None in pictures:
        pictures = [None] * len(pictures)
    return tuple(
        _chip(value, found, variant, place, picture)
        for (value, found), picture in zip(nearest.items(), pictures, strict=True)
    )


def _own_picture(product: Product, variant: Variant) -> Picture | None:
    return product.picture_of(variant) if variant.picture else None


def _nearness(one: Variant, other: Variant) -> tuple[int, bool]:
    """First the same values, then what can be bought."""
    same = sum(here == there for here, there in zip(one.options, other.options, strict=True))
    return same, one.stock != 0


def _chip(value: str, found: Variant, variant: Variant, place: int, picture: Picture | None) -> Chip:
    others = [*found.options[:place], *found.options[place + 1 :]]
    if value == variant.options[place]:
        state, found = ChipState.CHOSEN, variant
    elif others != [*variant.options[:place], *variant.options[place + 1 :]]:
        state = ChipState.MISSING
    else:
        state = ChipState.SOLD_OUT if found.stock == 0 else ChipState.THERE
    return Chip(value, state, found.mark, found.stock == 0, picture)
