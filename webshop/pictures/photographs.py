"""From an original to versions: upright, of one shape, in sRGB, with nothing in them but the picture."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from PIL import Image, ImageCms

from webshop.pictures.model import Broken, Shape

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
MOST_PIXELS = 64_000_000  # decoded, they are 250 MB
ORIENTATION = 0x0112  # of EXIF
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING = (5, 6, 7, 8)  # their width is the height of what is seen
NEARLY_WHITE = 245
SRGB = ImageCms.createProfile("sRGB")

# libaom at its fastest: 0.25 s for six widths, where speed 6 takes 1.9 s for files that are 5 % smaller.
SAVED = {
    "avif": {"format": "AVIF", "quality": 50, "speed": 9, "max_threads": 1},
    "jpg": {"format": "JPEG", "quality": 74, "optimize": True, "progressive": True},
}

Image.MAX_IMAGE_PIXELS = None  # Pillow would only warn; here the size is looked at before anything is decoded


def measure(content: bytes) -> tuple[int, int]:
    """Width and height of what is seen. Nothing is decoded. Raises Broken."""
    with _opened(content) as image:
        width, height = image.size
        return (height, width) if _orientation(image) in LYING else (width, height)


def decode(content: bytes) -> None:
    """Look at all of it. Raises Broken."""
    with _opened(content) as image:
        image.draft(image.mode, (1, 1))
        image.load()


def make(content: bytes, shape: Shape, wanted: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, bytes]]:
    """Each width and kind ("avif", "jpg") that is wanted, the widest first. Raises Broken."""
    with _opened(content) as image:
        smaller: Image.Image | None = None
        for width, kind in wanted:
            if smaller is None:
                smaller = _cut(image, shape, width)
            elif smaller.width != width:
                smaller = smaller.resize((width, shape.height_of(width)), Image.Resampling.LANCZOS)
            yield width, kind, _saved(smaller, kind)


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """Decoders fail in many ways at what is broken or made to break them."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Broken(
                    f"has {image.width:,} × {image.height:,} pixels; make it smaller, 8,000 × 8,000 at most"
                )
            yield image
    except Broken:
        raise
    except Exception as error:
        raise Broken("is broken, or another kind of file") from error


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # EXIF that cannot be read says nothing
        return 1


def _cut(image: Image.Image, shape: Shape, width: int) -> Image.Image:
    """The picture, upright and in sRGB, in this shape and width, with nothing that came with it."""
    orientation = _orientation(image)
    profile = image.info.get("icc_profile")
    size = (width, shape.height_of(width))
    if orientation in LYING:
        shape, size = Shape(shape.height, shape.width), size[::-1]
    _come_smaller(image, shape, size[0])
    cut = _in_shape(_in_srgb(_plain(image), profile), shape, size)
    cut.info = {}
    return cut.transpose(TURNS[orientation]) if orientation in TURNS else cut


def _come_smaller(image: Image.Image, shape: Shape, width: int) -> None:
    """A JPEG can be decoded at a half, a quarter or an eighth, which saves time and memory."""
    scale = width / max(1, shape.inside(*image.size)[0])
    if scale < 1:
        image.draft(image.mode, (int(image.width * scale) + 1, int(image.height * scale) + 1))


def _plain(image: Image.Image) -> Image.Image:
    """Of a mode that can be reckoned with: RGB, RGBA, L or CMYK, of eight bits."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Without transparency: a cup that was cut out stands on white, in dark mode too."""
    clear = image.getchannel("A") if image.mode == "RGBA" else None
    opaque = image.convert("RGB") if clear else image
    seen = _converted(opaque, profile) if profile else opaque
    seen = seen if seen.mode == "RGB" else seen.convert("RGB")
    if clear is None:
        return seen
    white = Image.new("RGB", image.size, "white")
    white.paste(seen, mask=clear)
    return white


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    """A profile that is broken, or of another kind than the picture, is as good as none."""
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, found, SRGB, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _in_shape(image: Image.Image, shape: Shape, size: tuple[int, int]) -> Image.Image:
    """Cut at the edges; what stands on white keeps all of itself, and gets more white."""
    if _stands_on_white(image):
        scale = min(size[0] / image.width, size[1] / image.height)
        whole = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        sheet = Image.new("RGB", size, "white")
        fitted = image.resize(whole, Image.Resampling.LANCZOS, reducing_gap=2)
        sheet.paste(fitted, ((size[0] - whole[0]) // 2, (size[1] - whole[1]) // 2))
        return sheet
    wide, tall = shape.inside(*image.size)
    left, top = (image.width - wide) / 2, (image.height - tall) / 2
    box = (left, top, left + wide, top + tall)
    return image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=2)


def _stands_on_white(image: Image.Image) -> bool:
    """Whether there is nothing but white all along its edges."""
    wide, tall = image.size
    deep = max(1, min(wide, tall) // 64)
    edges = [
        (0, 0, wide, deep),
        (0, tall - deep, wide, tall),
        (0, 0, deep, tall),
        (wide - deep, 0, wide, tall),
    ]
    return all(_darkest(image.crop(edge)) >= NEARLY_WHITE for edge in edges)


def _darkest(strip: Image.Image) -> float:
    """Of 32 pieces, so that a grain is nothing."""
    pieces = strip.convert("L").resize(
        (32, 1) if strip.width > strip.height else (1, 32), Image.Resampling.BOX
    )
    return float(min(pieces.tobytes()))


def _saved(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, **SAVED[kind])  # type: ignore[arg-type]
    return file.getvalue()
