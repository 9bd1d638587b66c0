"""Where a page finds the versions of a picture."""

from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from webshop.pictures.model import Version, is_drawing, widths

MIDDLE = 640  # for whoever knows no srcset
REMEMBERED = 2_000  # pictures, with a kilobyte each: those that many people look at


class Shown(Protocol):
    """A picture of the catalogue that has versions."""

    @property
    def file(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def width(self) -> int: ...


@lru_cache(REMEMBERED)
def picture_src(picture: Shown) -> str:
    """The URL of a version that every browser can show, of a middle width"""
    if is_drawing(picture.file):
        return _address(picture, Version(picture.name, 0, "svg"))
    fitting = [width for width in widths(picture.width) if width <= MIDDLE]
    return _address(picture, Version(picture.name, max(fitting, default=picture.width), "jpg"))


def thumbnail_src(picture: Shown) -> str:
    """The URL of the smallest version; "" of a drawing, which mail programs do not show."""
    return (
        ""
        if is_drawing(picture.file)
        else _address(picture, Version(picture.name, widths(picture.width)[0], "jpg"))
    )


@lru_cache(REMEMBERED)
def picture_largest(picture: Shown) -> str:
    """The URL of the largest version"""
    drawn = is_drawing(picture.file)
    return _address(
        picture, Version(picture.name, 0, "svg") if drawn else Version(picture.name, picture.width, "jpg")
    )


@lru_cache(REMEMBERED)
def picture_srcset(picture: Shown, kind: str) -> str:
    """All widths as HTML's srcset; `kind` is "avif" or "jpg". "" of a drawing, which has none"""
    if is_drawing(picture.file):
        return ""
    found = ((width, Version(picture.name, width, kind)) for width in widths(picture.width))
    return ", ".join(f"{_address(picture, version)} {width}w" for width, version in found)


def _address(picture: Shown, version: Version) -> str:
    return f"/pictures/{quote(picture.file, safe='')}/{version}"
