"""static/img/products/: which file there is the picture of which address."""

import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from webshop.links import slug

SUFFIXES = (".jpg", ".png", ".webp", ".avif", ".gif", ".svg")
ENDS = (*SUFFIXES, ".jpeg")  # of files that somebody else has put there
LONGEST_NAME = 60

# Of each kind of picture; an SVG begins with its element, after what XML may have before it.
KINDS = {
    ".jpg": re.compile(rb"\xff\xd8\xff"),
    ".png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    ".webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    ".avif": re.compile(rb"....ftypavi[fs]", re.DOTALL),
    ".gif": re.compile(rb"GIF8[79]a"),
    ".svg": re.compile(
        rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?((<!--.*?-->|<!DOCTYPE svg[^>]*>)\s*)*<svg[\s>]", re.DOTALL
    ),
}


class Shelf:
    """The pictures in `folder`. One that came from an address is called after it: it is fetched once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        present = [each.name for each in folder.iterdir()] if folder.is_dir() else []
        self.names = {name for name in present if not name.startswith(".")}

    def file_of(self, address: str) -> str:
        """Its file, "" where it is not there."""
        if not is_link(address):
            return address if address in self.names and address.casefold().endswith(ENDS) else ""
        stem = stem_of(address)
        return next((f"{stem}{suffix}" for suffix in SUFFIXES if f"{stem}{suffix}" in self.names), "")

    def put(self, address: str, content: Path) -> str:
        """Take a whole file, and give it its name. Raises ValueError for what is no picture by its bytes."""
        with content.open("rb") as file:
            beginning = file.read(4096)
        suffix = next((suffix for suffix, kind in KINDS.items() if kind.match(beginning)), "")
        if not suffix:
            raise ValueError("it is no picture")
        name = f"{stem_of(address)}{suffix}"
        content.chmod(0o644)  # whoever serves the shop reads it
        content.replace(self.folder / name)
        self.names.add(name)
        return name


def is_link(address: str) -> bool:
    return "://" in address or address.startswith("//")


def stem_of(address: str) -> str:
    """ "https://shop.example/Blue%20Mug.JPG?v=3" is "blue-mug-" and eight digits of its own."""
    name = unquote(urlsplit(_without_faults(address)).path).rpartition("/")[2].rpartition(".")[0]
    digest = sha256(address.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{slug(name, otherwise='picture')[:LONGEST_NAME].strip('-')}-{digest}"


def _without_faults(address: str) -> str:
    """Brackets are for IPv6 alone, and urlsplit raises for others."""
    return address.replace("[", "").replace("]", "")
