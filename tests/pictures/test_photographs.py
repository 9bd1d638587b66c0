"""What is made of an original, by its pixels."""

import io

import pytest
from PIL import Image, ImageCms

from tests.pictures import originals
from tests.pictures.originals import BLUE, GREEN, RED, YELLOW, colours, opened, quarters, saved
from webshop.pictures import photographs
from webshop.pictures.model import Broken, Description, Shape, versions, widths

SQUARE = Shape(1, 1)
UPRIGHT = ["red", "green", "blue", "yellow"]

# How a camera that was held so stores the four quarters (EXIF 2.3: where row 0 and column 0 are).
STORED = {
    1: (RED, GREEN, BLUE, YELLOW),
    2: (GREEN, RED, YELLOW, BLUE),
    3: (YELLOW, BLUE, GREEN, RED),
    4: (BLUE, YELLOW, RED, GREEN),
    5: (RED, BLUE, GREEN, YELLOW),
    6: (GREEN, YELLOW, RED, BLUE),
    7: (YELLOW, GREEN, BLUE, RED),
    8: (BLUE, RED, YELLOW, GREEN),
}


def made(content: bytes, width: int = 320, kind: str = "jpg", shape: Shape = SQUARE) -> bytes:
    [(_width, _kind, picture)] = photographs.make(content, shape, [(width, kind)])
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_stands_upright_however_the_camera_was_held(kind: str) -> None:
    for orientation, stored in STORED.items():
        size = (480, 640) if orientation < 5 else (640, 480)
        content = saved(quarters(*size, stored), kind, exif=originals.exif(orientation))
        assert photographs.measure(content) == (480, 640), orientation
        tall = made(content, shape=Shape(3, 4))
        assert (opened(tall).size, colours(tall)) == ((320, 427), UPRIGHT), orientation


def test_nothing_is_left_in_it_but_the_picture() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>Ada Lovelace</secret></x:xmpmeta>'
    picture = quarters(800, 600)
    kept = {"exif": originals.exif(6), "icc_profile": profile}
    for content in (
        saved(picture, "JPEG", **kept, xmp=xmp, comment=b"Ada Lovelace"),
        saved(picture, "PNG", **kept),
        saved(picture, "WEBP", **kept, xmp=xmp),
        saved(picture, "AVIF", **kept, xmp=xmp),
    ):
        assert b"Ada Lovelace" in content
        for kind in ("jpg", "avif"):
            result = made(content, kind=kind)
            assert b"Ada" not in result
            assert b"Exif" not in result
            image = opened(result)
            assert not image.getexif()
            assert not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(image.info), image.info


def test_all_have_one_shape_cut_from_the_middle() -> None:
    wide = saved(quarters(1600, 400))
    wide_middle = opened(made(wide))
    assert wide_middle.size == (320, 320)
    for shape, size in ((Shape(4, 5), (320, 400)), (Shape(3, 2), (320, 213)), (Shape(16, 9), (320, 180))):
        for original in (wide, saved(quarters(500, 900))):
            picture = made(original, shape=shape)
            assert (opened(picture).size, colours(picture)) == (size, UPRIGHT)


def test_what_stands_on_white_or_was_cut_out_keeps_all_of_itself() -> None:
    """A vase that is four times as tall as wide: cropped, only its belly would be seen."""
    cut_out = Image.new("RGBA", (400, 800), (0, 0, 0, 0))
    cut_out.paste((*RED, 255), (150, 40, 250, 760))
    on_white = Image.new("RGB", (400, 800), (252, 252, 252))
    on_white.paste(RED, (150, 40, 250, 760))
    for content in (saved(cut_out, "PNG"), saved(cut_out, "WEBP"), saved(on_white, quality=95)):
        picture = opened(made(content)).convert("RGB")
        assert picture.size == (320, 320)
        reds = [y for y in range(320) if picture.getpixel((160, y))[1] < 100]  # type: ignore[index]
        assert 10 <= reds[0] <= 22
        assert 298 <= reds[-1] <= 310
        assert min(picture.getpixel((10, 160))) > 240  # type: ignore[arg-type]


def test_every_way_of_storing_colours_is_seen_as_it_was_meant() -> None:
    seen = quarters(640, 640)
    clear = seen.copy()
    clear.putalpha(255)
    gif = seen.quantize(16)
    palette = clear.quantize(16)
    sixteen = Image.new("I;16", (640, 640), 40_000)
    cases = {
        "RGB": saved(seen, "PNG"),
        "RGBA": saved(clear, "PNG"),
        "palette": saved(gif, "PNG"),
        "palette with transparency": saved(palette, "PNG", transparency=0),
        "CMYK": saved(seen.convert("CMYK"), "JPEG", quality=95),
        "progressive": saved(seen, "JPEG", progressive=True),
        "animated GIF": saved(gif, "GIF", save_all=True, append_images=[Image.new("P", (640, 640))]),
        "animated WebP": saved(seen, "WEBP", save_all=True, append_images=[Image.new("RGB", (640, 640))]),
    }
    for name, content in cases.items():
        result = colours(made(content))
        if name == "palette with transparency":  # of one of the four, which is white then
            assert sorted(result) != sorted(UPRIGHT), name
            assert sum(a == b for a, b in zip(result, UPRIGHT, strict=True)) == 3, name
        else:
            assert result == UPRIGHT, name
    greys = {
        "16 bit": saved(sixteen, "PNG"),
        "grey": saved(Image.new("L", (640, 640), 156), "PNG"),
        "grey with alpha": saved(Image.new("LA", (640, 640), (156, 255)), "PNG"),
    }
    for name, content in greys.items():
        grey = opened(made(content)).convert("RGB").getpixel((100, 100))
        assert all(abs(part - 156) <= 3 for part in grey), (name, grey)  # type: ignore[union-attr]
    for name, bit, colour in (("white", 1, 255), ("black", 0, 0)):
        one = opened(made(saved(Image.new("1", (640, 640), bit), "PNG"))).convert("L").getpixel((9, 9))
        assert abs(one - colour) <= 3, name  # type: ignore[operator]


def test_a_profile_is_applied_and_a_broken_one_is_as_good_as_none() -> None:
    """A wide gamut's green of the same numbers is greener in sRGB, so its red and blue go down."""
    wide = Image.new("RGB", (640, 640), (100, 200, 100))
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # of other colours than RGB
    for profile in (b"broken", linear, b"\0" * 200):
        content = saved(wide, "PNG", icc_profile=profile)
        assert opened(made(content)).convert("RGB").getpixel((9, 9)) == pytest.approx((100, 200, 100), abs=4)
    seen = opened(made(saved(wide, "PNG", icc_profile=_twice_as_bright())))
    assert seen.convert("RGB").getpixel((9, 9)) != pytest.approx((100, 200, 100), abs=12)


def _twice_as_bright() -> bytes:
    """sRGB's profile with the curve of a straight line: the numbers mean more light."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = profile.find(b"para")
    assert at > 0
    profile[at + 8 : at + 12] = b"\0\0\0\0"  # y = x ** g
    profile[at + 12 : at + 16] = b"\0\1\0\0"  # g = 1
    return bytes(profile)


def test_broken_hostile_and_foreign_files_are_refused_in_words() -> None:
    whole = saved(quarters(640, 480))
    broken = "is broken, or another kind of file"
    too_large = "has {0} × {0} pixels; make it smaller, 8,000 × 8,000 at most"
    cases = {
        "nothing": (b"", broken),
        "zeros": (b"\0" * 5000, broken),
        "words": (b"<html><script>alert(1)</script></html>", broken),
        "a document": (b"%PDF-1.7 " + b"x" * 5000, broken),
        "another kind": (saved(quarters(64, 64), "BMP"), broken),
        "a tower": (originals.claimed_png(65_000, 65_000), too_large.format("65,000")),
        "a bomb": (saved(Image.new("1", (10_000, 10_000)), "PNG"), too_large.format("10,000")),
        "a head only": (whole[:300], broken),
        "half": (whole[: len(whole) // 2], broken),
        "a PNG of a few bytes": (originals.claimed_png(3000, 3000), broken),
    }
    for name, (content, words) in cases.items():
        for act in (photographs.decode, made):
            with pytest.raises(Broken) as caught:
                act(content)
            assert str(caught.value) == words, (name, act)


def test_what_is_two_things_at_once_becomes_one() -> None:
    """A picture that is also a page or an archive, for whoever looks at it so."""
    whole = saved(quarters(640, 480), comment=b"<script>alert(1)</script>") + b"PK\3\4<?php echo 1 ?>"
    for kind in ("jpg", "avif"):
        result = made(whole, kind=kind)
        assert colours(result) == UPRIGHT
        assert not any(word in result for word in (b"script", b"PK\3\4", b"php"))


def test_widths_are_never_wider_than_the_original_and_there_is_always_one() -> None:
    cases = {
        1: [1],
        200: [200],
        320: [320],
        340: [340],
        480: [320, 480],
        630: [320, 480, 630],
        1000: [320, 480, 640, 1000],
        1280: [320, 480, 640, 960, 1280],
        1600: [320, 480, 640, 960, 1280, 1600],
    }
    assert {most: widths(most) for most in cases} == cases
    names = [str(each) for each in versions(Description("a.jpg", "0123456789", 480, 480))]
    assert names == ["0123456789-480.avif", "0123456789-480.jpg", "0123456789-320.avif", "0123456789-320.jpg"]
    assert [str(each) for each in versions(Description("a.SVG", "0123456789", 480, 480))] == [
        "0123456789.svg"
    ]


def test_a_photograph_of_a_phone_becomes_light_pictures() -> None:
    """Of much more detail than a cup on a table has."""
    content = originals.photograph(1)
    assert 5_000_000 < len(content) < 8_000_000
    assert photographs.measure(content) == (3000, 4000)
    wanted = [(width, kind) for width in (1600, 640, 320) for kind in ("avif", "jpg")]
    result = {(width, kind): picture for width, kind, picture in photographs.make(content, SQUARE, wanted)}
    for (width, _kind), picture in result.items():
        assert Image.open(io.BytesIO(picture)).size == (width, width)
    assert len(result[320, "avif"]) < 16_000
    assert all(len(result[width, "avif"]) < len(result[width, "jpg"]) for width in (1600, 640, 320))
