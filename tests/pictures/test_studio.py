"""Originals are described once, versions are made once, and nothing half is ever seen."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pictures import originals
from tests.pictures.originals import colours, drawing, quarters, saved
from tests.pictures.studios import studio
from webshop.errors import OwnerError
from webshop.pictures import photographs
from webshop.pictures.model import Description, Original, Shape, Version
from webshop.pictures.places import Folder
from webshop.pictures.studio import Studio
from webshop.settings.model import ROOT

TALL = Shape(4, 5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Originals, as a shop has them."""
    folder = tmp_path / "originals"
    folder.mkdir()
    (folder / "Mug 1.JPG").write_bytes(saved(quarters(640, 480), exif=originals.exif(1)))
    (folder / "bowl.jpeg").write_bytes(saved(quarters(480, 640)))
    (folder / "small.png").write_bytes(saved(quarters(100, 90), "PNG"))
    (folder / "vase.svg").write_bytes(drawing("<script>alert(1)</script>"))
    return folder


ALL = ["Mug 1.JPG", "bowl.jpeg", "small.png", "vase.svg"]


def test_every_picture_is_described_by_content_shape_and_size(folder: Path, tmp_path: Path) -> None:
    here = studio(tmp_path / "made", folder)
    found = here.describe(ALL)
    sizes = {file: (each.width, each.height, each.problem) for file, each in found.items()}
    assert sizes == {
        "Mug 1.JPG": (480, 480, ""),
        "bowl.jpeg": (480, 480, ""),
        "small.png": (90, 90, ""),
        "vase.svg": (1600, 1200, ""),
    }
    assert len({each.name for each in found.values()}) == 4
    assert studio(tmp_path / "elsewhere", folder).describe(ALL) == found
    tall = studio(tmp_path / "made", folder, TALL).describe(ALL)
    assert (tall["bowl.jpeg"].width, tall["bowl.jpeg"].height) == (480, 600)
    assert tall["bowl.jpeg"].name != found["bowl.jpeg"].name
    (folder / "bowl.jpeg").write_bytes(saved(quarters(480, 640), quality=80))
    assert here.describe(ALL)["bowl.jpeg"].name != found["bowl.jpeg"].name


def test_what_cannot_be_used_is_said_in_words(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = saved(quarters(640, 480))
    (folder / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.webp").touch()
    (folder / "not.svg").write_bytes(whole)
    (folder / "bomb.png").write_bytes(originals.claimed_png(30_000, 30_000))
    (folder / "a folder.jpg").mkdir()
    monkeypatch.setattr("webshop.pictures.studio.MOST_BYTES", 1_000_000)
    (folder / "heavy.jpg").write_bytes(whole + b"x" * 1_000_000)
    here, there = "in static/img/products/", "is broken, or another kind of file"
    kinds = "is no name of a picture: .jpg, .jpeg, .png, .webp, .avif, .gif and .svg are taken"
    problems = {
        "nope.jpg": f"there is no picture 'nope.jpg' {here}",
        "half.jpg": f"'half.jpg' {here} {there}",
        "empty.webp": f"'empty.webp' {here} {there}",
        "not.svg": f"'not.svg' {here} {there}",
        "bomb.png": f"'bomb.png' {here} has 30,000 × 30,000 pixels; make it smaller, 8,000 × 8,000 at most",
        "a folder.jpg": f"there is no picture 'a folder.jpg' {here}",
        "heavy.jpg": f"'heavy.jpg' {here} has more than 1 MB; make it smaller",
        "../originals/small.png": f"'../originals/small.png' {kinds}",
        "small.png\0.jpg": f"'small.png\\x00.jpg' {kinds}",
        ".jpg": f"'.jpg' {kinds}",
        "mug.bmp": f"'mug.bmp' {kinds}",
    }
    for _time in range(2):  # found out, and remembered
        found = studio(tmp_path / "made", folder).describe(problems, wholly=True)
        assert {file: each.problem for file, each in found.items()} == problems
        assert all(each == Description(each.file, problem=each.problem) for each in found.values())


def test_nothing_is_read_twice_whatever_a_checkout_does_to_the_time_of_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    look = Studio._look

    def counted(self: Studio, file: str, wholly: bool = False) -> Original:
        read.append(file)
        return look(self, file, wholly)

    monkeypatch.setattr(Studio, "_look", counted)
    first = studio(tmp_path / "made", folder).describe(ALL, wholly=True)
    assert sorted(read) == ALL
    elsewhere = tmp_path / "checkout"
    shutil.copytree(folder, elsewhere, copy_function=shutil.copyfile)
    assert studio(tmp_path / "made", elsewhere).describe(ALL, wholly=True) == first
    assert sorted(read) == ALL
    (folder / "small.png").write_bytes(saved(quarters(90, 90), "PNG"))
    studio(tmp_path / "made", folder).describe(ALL)
    assert sorted(read[4:]) == ["small.png"]


def test_a_picture_that_no_product_names_is_measured_once_and_not_at_each_start(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[bytes] = []
    measure = photographs.measure

    def counted(content: bytes) -> tuple[int, int]:
        measured.append(content)
        return measure(content)

    monkeypatch.setattr(photographs, "measure", counted)
    made = tmp_path / "made"
    first = [studio(made, folder).look_up(file) for file in ("Mug 1.JPG", "small.png")]
    assert [(each.file, each.width, each.problem) for each in first] == [
        ("Mug 1.JPG", 480, ""),
        ("small.png", 90, ""),
    ]
    assert len(measured) == 2
    again = studio(made, folder)
    assert [again.look_up(file) for file in ("Mug 1.JPG", "small.png")] == first
    assert len(measured) == 2
    (folder / "small.png").write_bytes(saved(quarters(70, 70), "PNG"))
    assert studio(made, folder).look_up("small.png").width == 70
    assert studio(made, folder).look_up("small.png").width == 70
    assert len(measured) == 3
    assert studio(made, folder).look_up("Mug 1.JPG") == first[0]
    assert len(measured) == 3


def test_a_drawing_that_no_product_names_is_another_though_only_its_middle_has_changed(
    folder: Path, tmp_path: Path
) -> None:
    """All of it counts, as with each of the few pictures that a home page has."""
    space = "<!--" + " " * 30_000 + "-->"
    head = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>"
    drawing = f"{head}{space}<path fill='#COLOUR'/>{space}</svg>"
    names = []
    for colour in ("ff0000", "00ff00", "ff0000"):
        (folder / "large.svg").write_text(drawing.replace("COLOUR", colour))
        names.append(studio(tmp_path / "made", folder).look_up("large.svg").name)
    assert names[0] == names[2] != names[1]
    assert all(names)


def test_what_could_not_be_read_for_a_moment_is_not_remembered(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is what was known of it forgotten."""
    studio(tmp_path / "made", folder).look_up("small.png")
    before = (tmp_path / "made" / "unnamed.json").read_bytes()

    def fails(_self: Studio, _file: str) -> bytes:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as broken:
        broken.setattr(Studio, "_read", fails)
        problem = studio(tmp_path / "made", folder).look_up("small.png").problem
    assert problem == "'small.png' in static/img/products/ cannot be read: Too many open files"
    assert (tmp_path / "made" / "unnamed.json").read_bytes() == before
    assert studio(tmp_path / "made", folder).look_up("small.png").width == 90


@pytest.mark.parametrize("content", [b"", b"{", b'{"small.png": 7}', b'{"small.png": ["x"]}'])
def test_what_was_measured_and_cannot_be_read_is_measured_again(
    folder: Path, tmp_path: Path, content: bytes
) -> None:
    made = tmp_path / "made"
    first = studio(made, folder).look_up("small.png")
    (made / "unnamed.json").write_bytes(content)
    assert studio(made, folder).look_up("small.png") == first
    assert b'"small.png"' in (made / "unnamed.json").read_bytes()


def test_a_manifest_that_is_broken_is_made_anew(folder: Path, tmp_path: Path) -> None:
    here = studio(tmp_path / "made", folder)
    found = here.describe(ALL)
    for content in (b"", b"{", b"[]", b'{"small.png": 7}', b'{"small.png": ["x"]}', b"\xff"):
        (tmp_path / "made" / "manifest.json").write_bytes(content)
        assert here.describe(ALL) == found
    assert b'"small.png"' in (tmp_path / "made" / "manifest.json").read_bytes()


def names(place: Path) -> list[str]:
    return sorted(f"{each.parent.name}/{each.name}" for each in place.rglob("*") if each.suffix != ".json")


def test_all_is_made_once_and_what_is_gone_is_forgotten(folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    here = studio(made, folder)
    found = here.describe(ALL)
    assert here.make_all(found.values()) == 4
    assert here.make_all(found.values()) == 0
    mug = found["Mug 1.JPG"].name
    files = [each for each in names(made) if each.startswith("Mug 1.JPG/")]
    wanted = [f"{mug}-{width}.{kind}" for width in (320, 480) for kind in ("avif", "jpg")]
    assert files == [f"Mug 1.JPG/{each}" for each in wanted]
    picture = (made / "Mug 1.JPG" / f"{mug}-480.avif").read_bytes()
    assert colours(picture) == ["red", "green", "blue", "yellow"]
    assert b"script" not in (made / "vase.svg" / f"{found['vase.svg'].name}.svg").read_bytes()
    (made / "small.png" / f".{mug}.part").write_bytes(b"what a killed process has begun")
    (folder / "bowl.jpeg").write_bytes(saved(quarters(480, 640), quality=80))
    sold = here.describe(["bowl.jpeg", "small.png", "vase.svg"])
    here.make_all(sold.values())
    here.tidy(sold.values())
    left = {path.name[:10] for path in made.glob("*/*")}
    assert left == {each.name for each in sold.values()}
    assert sorted(path.name for path in made.glob("*/")) == ["bowl.jpeg", "small.png", "vase.svg"]


def test_what_is_deployed_is_found_before_anything_is_made(folder: Path, tmp_path: Path) -> None:
    deployed, kept = Folder(tmp_path / "deployed"), Folder(tmp_path / "var")
    Studio(folder, [deployed], Shape(1, 1)).make_all(studio(tmp_path / "x", folder).describe(ALL).values())
    here = Studio(folder, [deployed, kept], Shape(1, 1))
    name = here.describe(ALL)["bowl.jpeg"].name
    version = Version(name, 320, "avif")
    assert here.find("bowl.jpeg", version) == (tmp_path / "deployed/bowl.jpeg" / str(version)).read_bytes()
    shutil.rmtree(tmp_path / "deployed")
    assert here.find("bowl.jpeg", version) is None
    content = here.make("bowl.jpeg", version)
    assert content == here.find("bowl.jpeg", version)
    assert (tmp_path / "var/bowl.jpeg" / str(version)).read_bytes() == content
    assert not (tmp_path / "deployed").exists()


def test_what_the_owner_makes_goes_where_it_can_be_written(folder: Path, tmp_path: Path) -> None:
    """A platform's code is read-only, and so may be the folder that was deployed with it."""
    closed, kept = Folder(tmp_path / "closed" / "pictures"), Folder(tmp_path / "var")
    (tmp_path / "closed").mkdir()
    closed_to_all = type("Closed", (Folder,), {"is_writable": False})(closed.path)
    here = Studio(folder, [closed_to_all, kept], Shape(1, 1))
    assert here.make_all(here.describe(ALL).values()) == 4
    assert [each.name for each in (tmp_path / "closed").iterdir()] == []
    assert kept.folders() == ALL


def test_only_widths_of_the_list_and_only_of_this_content_are_made(folder: Path, tmp_path: Path) -> None:
    here = studio(tmp_path / "made", folder)
    name = here.describe(ALL)["bowl.jpeg"].name
    drawn = here.describe(ALL)["vase.svg"].name
    small = here.describe(ALL)["small.png"].name
    for file, version in (
        ("bowl.jpeg", Version(name, 640, "avif")),  # wider than it is
        ("bowl.jpeg", Version(name, 321, "avif")),
        ("bowl.jpeg", Version("0123456789", 320, "avif")),
        ("bowl.jpeg", Version(drawn, 320, "avif")),
        ("bowl.jpeg", Version(name, 0, "svg")),
        ("vase.svg", Version(drawn, 320, "avif")),
        ("small.png", Version(small, 320, "jpg")),
        ("nope.jpg", Version(name, 320, "avif")),
        ("../originals/bowl.jpeg", Version(name, 320, "avif")),
    ):
        assert here.make(file, version) is None, (file, version)
    assert names(tmp_path / "made") == []
    assert here.make("small.png", Version(small, 90, "jpg"))


def test_a_full_disk_keeps_nobody_from_seeing_the_picture(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = studio(tmp_path / "made", folder)
    name = here.describe(ALL)["bowl.jpeg"].name

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert here.make("bowl.jpeg", Version(name, 320, "avif"))
    assert names(tmp_path / "made") == ["made/bowl.jpeg"]  # a folder with nothing in it
    with pytest.raises(OwnerError, match="cannot be written: No space left on device"):
        here.make_all(here.describe(ALL).values())


MAKER = """
import sys
from pathlib import Path
from webshop.pictures.model import Shape
from webshop.pictures.places import Folder
from webshop.pictures.studio import Studio

here = Studio(Path(sys.argv[1]), [Folder(Path(sys.argv[2]))], Shape(1, 1))
found = here.describe(sys.argv[3:]).values()
print("begun", flush=True)
here.make_all(found)
"""


def maker(folder: Path, made: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", MAKER, str(folder), str(made), *ALL]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def test_a_process_that_is_killed_leaves_no_half_picture(folder: Path, tmp_path: Path) -> None:
    (folder / "Mug 1.JPG").write_bytes(saved(quarters(1600, 1600)))
    seen = []
    for turn in range(2):
        made = tmp_path / f"made{turn}"
        with maker(folder, made) as process:
            assert process.stdout
            process.stdout.readline()
            while process.poll() is None and len(names(made)) < 2 + 6 * turn:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        seen += [path.read_bytes() for path in made.glob("*/[!.]*.[aj]*")]
    assert seen
    for content in seen:
        originals.opened(content)  # raises where it is half
        with pytest.raises(OSError):  # noqa: PT011 - each decoder has words of its own
            originals.opened(content[: len(content) // 2])


def test_two_processes_at_once_make_the_same(folder: Path, tmp_path: Path) -> None:
    both = [maker(folder, tmp_path / "made") for _number in range(2)]
    assert [each.communicate(timeout=60)[0] for each in both] == [b"begun\n", b"begun\n"]
    here = studio(tmp_path / "made", folder)
    assert here.make_all(here.describe(ALL).values()) == 0
    assert list((tmp_path / "made").rglob("*.part")) == []
