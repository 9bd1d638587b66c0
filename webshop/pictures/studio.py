"""All that is done with pictures: originals are described, their versions are made, kept and found."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from webshop.errors import OwnerError
from webshop.pictures import manifest
from webshop.pictures.manifest import Entry
from webshop.pictures.model import (
    Broken,
    Description,
    Original,
    Shape,
    Version,
    describe,
    is_drawing,
    is_file_name,
    versions,
)
from webshop.pictures.places import Bucket, Folder, Place
from webshop.settings.model import ROOT, Settings
from webshop.shop import Shop

ORIGINALS = ROOT / "static" / "img" / "products"
DEPLOYED = ROOT / "static" / "pictures"
MOST_BYTES = 40_000_000  # of an original
NOT_A_NAME = "is no name of a picture: .jpg, .jpeg, .png, .webp, .avif, .gif and .svg are taken"

FEW = 10  # files that are looked at one after the other

Each = TypeVar("Each")
Answer = TypeVar("Answer")


def _nobody() -> None:
    """Is told of each file."""


class Studio:
    """`places` are looked at in their order. What the web makes goes to the last one, what the owner makes to
    the first that can be written to."""

    def __init__(self, originals: Path, places: Sequence[Place], shape: Shape) -> None:
        self._originals = originals
        self._places = places
        self._shape = shape
        self._seen: dict[str, tuple[tuple[int, int], Original]] = {}
        self._known: dict[str, Description] = {}

    # The owner's side

    def describe(
        self, files: Iterable[str], *, wholly: bool = False, tell: Callable[[], None] = _nobody
    ) -> dict[str, Description]:
        """What pages show of each file. `wholly`: each one is decoded to its end, once. `tell` is called for
        each file."""
        known = manifest.read(self._places)
        asked = sorted(set(files))
        found = _all(lambda file: self._entry(file, known, wholly, tell), asked)
        entries = dict(zip(asked, found, strict=True))
        with suppress(OwnerError):  # then it is found out again
            before = {file: rows[0] for file, rows in known.items()} if self._is_bucket else {}
            new = {file: entry for file, entry in entries.items() if entry.fingerprint}
            manifest.write(self._places[-1], before | new)
        return {file: describe(file, entry.original, self._shape) for file, entry in entries.items()}

    def look_up(self, file: str) -> Description:
        """What pages show of a file that no product names."""
        original = self._seen_original(file, self._remembered)
        if original:
            return describe(file, original, self._shape)
        if file not in self._known:
            entry = self._without_original(file, manifest.read(self._places))
            self._known[file] = describe(file, entry.original, self._shape)
        return self._known[file]

    def _remembered(self, file: str) -> Original:
        """A file is measured once, and not at each start: Pillow takes longer to load than all the others
        that a home page needs. These files are few, so all of each is compared."""
        place = self._places[-1]
        if not isinstance(place, Folder):
            return self._look(file)
        known = manifest.read([place], manifest.UNNAMED)
        with suppress(Broken, OSError):  # which _look tells
            digest = sha256(self._read(file)).hexdigest()
            for entry in known.get(file, []):
                if entry.original.digest == digest:
                    return entry.original
        original = self._look(file)
        if not original.problem:  # one may pass
            with suppress(OwnerError):
                before = {name: rows[0] for name, rows in known.items()}
                manifest.write(place, before | {file: Entry(original.digest, original)}, manifest.UNNAMED)
        return original

    def _entry(
        self, file: str, known: dict[str, list[Entry]], wholly: bool, tell: Callable[[], None]
    ) -> Entry:
        tell()
        if not is_file_name(file):
            return Entry("", Original(problem=f"{file!r} {NOT_A_NAME}"))
        try:
            mark = manifest.fingerprint(self._originals / file)
        except (OSError, ValueError):
            return self._without_original(file, known)
        for entry in known.get(file, []):
            if entry.fingerprint == mark and (entry.original.whole or entry.original.problem or not wholly):
                return entry
        return Entry(mark, self._look(file, wholly))

    def _without_original(self, file: str, known: dict[str, list[Entry]]) -> Entry:
        """A bucket has all that was made where the originals are."""
        if self._is_bucket and file in known:
            return known[file][0]
        return Entry("", Original(problem=f"there is no picture {file!r} in static/img/products/"))

    @property
    def _is_bucket(self) -> bool:
        return isinstance(self._places[-1], Bucket)

    def _look(self, file: str, wholly: bool = False) -> Original:
        try:
            return _look_at(file, self._read(file), wholly)
        except Broken as problem:
            return Original(problem=f"{file!r} in static/img/products/ {problem}")
        except OSError as error:
            return Original(problem=f"{file!r} in static/img/products/ cannot be read: {error.strerror}")

    def _read(self, file: str) -> bytes:
        path = self._originals / file
        if path.stat().st_size > MOST_BYTES:
            raise Broken(f"has more than {MOST_BYTES // 1_000_000} MB; make it smaller")
        return path.read_bytes()

    def make_all(self, described: Iterable[Description], tell: Callable[[], None] = _nobody) -> int:
        """Make what no place has yet. How many pictures that were. Raises OwnerError."""
        to = next((each for each in self._places if not isinstance(each, Folder) or each.is_writable), None)
        place = to or self._places[-1]

        def make(each: Description) -> bool:
            tell()
            there = {name for place in self._places for name in place.names(each.file)}
            missing = [version for version in versions(each) if str(version) not in there]
            if missing and (self._originals / each.file).is_file():
                for version, content in self._made(each.file, missing):
                    place.write(each.file, str(version), content)
            return bool(missing)

        return sum(_all(make, [each for each in described if each.name]))

    def tidy(self, described: Iterable[Description]) -> None:
        """Forget in folders what was made of originals that are no longer sold, or have changed."""
        names = {each.file: each.name for each in described if each.name}
        for place in self._places:
            if isinstance(place, Folder):
                for folder in place.folders():
                    place.keep_only(folder, names.get(folder, ""))

    # The web's side

    def find(self, file: str, version: Version) -> bytes | None:
        """Raises OwnerError where a bucket does not answer."""
        if not is_file_name(file):
            return None
        return next((found for place in self._places if (found := place.read(file, str(version)))), None)

    def is_kept(self, file: str, version: Version) -> bool:
        """Raises OwnerError where a bucket does not answer."""
        return is_file_name(file) and any(place.has(file, str(version)) for place in self._places)

    def make(self, file: str, version: Version) -> bytes | None:
        """The version, kept for the next who asks. None for what there is no original of, and of no width
        that is made."""
        if made := self.find(file, version):  # by whoever was before this one in the queue
            return made
        original = self._seen_original(file, self._look)
        if not original or version not in versions(describe(file, original, self._shape)):
            return None
        try:
            [(_version, content)] = self._made(file, [version])
        except (Broken, OSError):
            return None
        with suppress(OwnerError):  # a disk that is full: the next one makes it again
            self._places[-1].write(file, str(version), content)
        return content

    def _seen_original(self, file: str, look: Callable[[str], Original]) -> Original | None:
        """Read once, as long as its file stays as it is: however often somebody asks for what it has not."""
        if not is_file_name(file):
            return None
        try:
            status = (self._originals / file).stat()
        except (OSError, ValueError):
            return None
        mark = (status.st_size, status.st_mtime_ns)
        if file not in self._seen or self._seen[file][0] != mark:
            self._seen[file] = (mark, look(file))
        return self._seen[file][1]

    def _made(self, file: str, wanted: Sequence[Version]) -> Iterator[tuple[Version, bytes]]:
        content = self._read(file)
        if is_drawing(file):
            from webshop.pictures import drawings  # with a parser of XML

            yield wanted[0], drawings.clean(content)[0]
            return
        from webshop.pictures import photographs  # with Pillow: most processes make nothing

        asked = [(version.width, version.kind) for version in wanted]
        for width, kind, made in photographs.make(content, self._shape, asked):
            yield Version(wanted[0].name, width, kind), made


def _look_at(file: str, content: bytes, wholly: bool) -> Original:
    """Raises Broken."""
    digest = sha256(content).hexdigest()
    if is_drawing(file):
        from webshop.pictures import drawings

        _drawing, width, height = drawings.clean(content)
        return Original(digest, width, height, whole=True)
    from webshop.pictures import photographs

    width, height = photographs.measure(content)
    if wholly:
        photographs.decode(content)
    return Original(digest, width, height, whole=wholly)


def _all(act: Callable[[Each], Answer], each: Sequence[Each]) -> list[Answer]:
    """On all cores: Pillow and hashing leave Python's lock alone."""
    if len(each) < FEW:
        return [act(one) for one in each]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(act, each))


def open_studio(config: Settings, store: Shop) -> Studio:
    """With the places that the settings name, in the shape that shop.toml says."""
    return Studio(ORIGINALS, _places(config), Shape.of(store.pictures.shape))


def _places(config: Settings) -> list[Place]:
    if config.pictures_url.startswith("s3://"):
        return [Bucket(config.pictures_url, config)]
    if config.pictures_url:
        return [Folder(Path(config.pictures_url))]
    return [Folder(DEPLOYED), Folder(config.data_dir / "pictures")]
