"""Plain values: an original, the shape that all pictures have, and the versions that are made of one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

RECIPE = "1"  # counts up whenever the same original would be made into something else
WIDTHS = (320, 480, 640, 960, 1280, 1600)
MOST = WIDTHS[-1]
NEARLY = 0.9  # two widths so close to each other are not worth a file each
FILE = re.compile(r"(?![.])[^/\\]{1,150}\.(jpe?g|png|webp|avif|gif|svg)", re.IGNORECASE)
VERSION = re.compile(r"([0-9a-f]{10})(?:-([1-9][0-9]{0,3})\.(avif|jpg)|\.svg)")
TYPES = {"avif": "image/avif", "jpg": "image/jpeg", "svg": "image/svg+xml", "json": "application/json"}


class Broken(Exception):
    """It is no picture that can be used; the words say why, as the end of a sentence about the file."""


def is_file_name(text: str) -> bool:
    """Whether a picture can be called so: in no other folder, and of a kind that is taken."""
    return FILE.fullmatch(text) is not None and text.isprintable() and len(text.encode()) <= 200


def is_drawing(file: str) -> bool:
    """An SVG, which has no widths."""
    return file.lower().endswith(".svg")


@dataclass(frozen=True)
class Shape:
    """Width to height."""

    width: int
    height: int

    @classmethod
    def of(cls, text: str) -> "Shape":
        """Of "4:5", as shop.toml says it."""
        width, _colon, height = text.partition(":")
        return cls(int(width), int(height))

    def height_of(self, width: int) -> int:
        return max(1, round(width * self.height / self.width))

    def inside(self, width: int, height: int) -> tuple[float, float]:
        """The largest of this shape in a rectangle."""
        wide = min(width, height * self.width / self.height)
        return wide, wide * self.height / self.width


@dataclass(frozen=True)
class Original:
    """What is known of an original: the digest of its bytes, its size in pixels once it stands upright (of an
    SVG: of its viewBox, made large), and what is wrong with it. `whole`: it was decoded to its end."""

    digest: str = ""
    width: int = 0
    height: int = 0
    problem: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Description:
    """A picture as pages show it: what its versions are called by, "" where there are none, and the size of
    the largest one. `problem` is a sentence without its end, about the file."""

    file: str
    name: str = ""
    width: int = 0
    height: int = 0
    problem: str = ""


def describe(file: str, original: Original, shape: Shape) -> Description:
    if original.problem:
        return Description(file, problem=original.problem)
    name = name_of(original.digest, shape)
    if is_drawing(file):
        return Description(file, name, original.width, original.height)
    width = min(MOST, max(1, int(shape.inside(original.width, original.height)[0])))
    return Description(file, name, width, shape.height_of(width))


def name_of(digest: str, shape: Shape) -> str:
    """By content: another original, shape or recipe has another name, so that it can be kept forever."""
    return sha256(f"{RECIPE} {shape.width}:{shape.height} {digest}".encode()).hexdigest()[:10]


def widths(most: int) -> list[int]:
    """What is made of a picture whose largest version is so wide: never wider, and at least one."""
    return [*(width for width in WIDTHS if width <= most * NEARLY), most]


@dataclass(frozen=True)
class Version:
    """A file that a browser can ask for. `width` is 0 of an SVG."""

    name: str
    width: int
    kind: str

    @classmethod
    def of(cls, text: str) -> "Version | None":
        match = VERSION.fullmatch(text)
        return cls(match[1], int(match[2] or 0), match[3] or "svg") if match else None

    def __str__(self) -> str:
        return f"{self.name}-{self.width}.{self.kind}" if self.width else f"{self.name}.{self.kind}"


def versions(described: Description) -> Iterator[Version]:
    """All that are made of it, the widest first."""
    if not described.name:
        return
    if is_drawing(described.file):
        yield Version(described.name, 0, "svg")
        return
    for width in reversed(widths(described.width)):
        yield Version(described.name, width, "avif")
        yield Version(described.name, width, "jpg")
