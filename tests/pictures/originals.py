"""Originals as they come from cameras, phones, drawing programs and people with bad intentions."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, ImageChops

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 60), (30, 60, 190), (220, 200, 40)
QUARTERS = (RED, GREEN, BLUE, YELLOW)  # top left, top right, bottom left, bottom right
MAKE, ORIENTATION, GPS = 0x010F, 0x0112, 0x8825


def saved(image: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def quarters(width: int, height: int, colours: tuple[Any, ...] = QUARTERS, mode: str = "RGB") -> Image.Image:
    """Four colours, one in each quarter."""
    image = Image.new(mode, (width, height))
    for number, colour in enumerate(colours):
        left, top = number % 2 * width // 2, number // 2 * height // 2
        image.paste(colour, (left, top, left + width // 2 + 1, top + height // 2 + 1))
    return image


def exif(orientation: int = 1) -> bytes:
    """With where the picture was taken, and by whose phone."""
    tags = Image.Exif()
    tags[MAKE] = "Phone of Ada Lovelace"
    tags[ORIENTATION] = orientation
    tags[GPS] = {1: "N", 2: (51.0, 20.0, 25.0), 3: "E", 4: (12.0, 22.0, 30.0)}
    return tags.tobytes()


def photograph(seed: int, width: int = 4000, height: int = 3000, orientation: int = 6) -> bytes:
    """Of much detail, as a camera with 12 megapixels makes it: about 6 MB."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    image = Image.new("RGB", (width // 6, height // 6), (10, 10, 10))
    for step, share in ((80, 0.5), (10, 0.25), (2, 0.2)):
        size = (image.width // step, image.height // step)
        layer = Image.frombytes("RGB", size, dice.randbytes(3 * size[0] * size[1]))
        layer = layer.point([int(value * share) for value in range(256)] * 3)
        image = ImageChops.add(image, layer.resize(image.size, Image.Resampling.BICUBIC))
    grain = Image.merge("RGB", [Image.effect_noise((width, height), 40)] * 3)
    image = Image.blend(image.resize((width, height), Image.Resampling.BICUBIC), grain, 0.35)
    return saved(image, quality=92, exif=exif(orientation))


def claimed_png(width: int, height: int) -> bytes:
    """A few bytes that say they are so large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def drawing(inside: str = "", attributes: str = 'viewBox="0 0 400 300"', before: str = "") -> bytes:
    shape = '<path d="M0 0h400v300H0z" fill="#c86432"/>'
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{shape}{inside}</svg>'.encode()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def colours(content: bytes) -> list[str]:
    """What is seen in each quarter: the nearest of the four colours."""
    image = opened(content).convert("RGB")
    wide, tall = image.size
    points = [(x * wide // 4, y * tall // 4) for y in (1, 3) for x in (1, 3)]
    return [_nearest(image.getpixel(point)) for point in points]


def _nearest(seen: Any) -> str:
    names = {"red": RED, "green": GREEN, "blue": BLUE, "yellow": YELLOW, "white": (255, 255, 255)}
    return min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], seen, strict=True)))
