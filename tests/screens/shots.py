"""A state as one picture: on a phone, a tablet and a desk, light above dark."""

import re
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page

from tests.pages import PageState

WIDTHS = (390, 768, 1280)
HEIGHTS = {390: 2400, 768: 1800, 1280: 1800}  # the most that is shown of a long page
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCALE = 0.5  # dots of the picture for one of the page, in each direction
GAP = 12
GROUND = (128, 128, 128)
QUALITY = 35
THUMBNAIL = (240, 320)
COLUMNS = 6

# From the top, at this width; pictures further down are loaded too, and all are there.
LOADED = """async () => {
  scrollTo(0, 0);
  const images = [...document.images];
  images.forEach(image => { image.loading = 'eager'; });
  await new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)));
  await Promise.race([
    Promise.allSettled(images.map(image => image.decode())), new Promise(done => setTimeout(done, 5000)),
  ]);
}"""


def file_name(state: PageState) -> str:
    return re.sub("[^a-z0-9]+", "-", state.name.lower().replace("'", "")).strip("-") + ".webp"


def shoot(page: Page, *, is_paper: bool = False) -> Image.Image:
    """The page is in the state. `is_paper` says its own scheme: a mail, a slip."""
    rows = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if is_paper:
            page.goto(re.sub("scheme=[a-z]+", f"scheme={scheme}", page.url))
        rows.append(_in_a_row([_shot(page, width) for width in WIDTHS]))
    return _below(rows)


def _shot(page: Page, width: int) -> Image.Image:
    page.set_viewport_size({"width": width, "height": 844})
    page.evaluate(LOADED)
    whole = Image.open(BytesIO(page.screenshot(full_page=True, type="jpeg", quality=90)))
    return whole.crop((0, 0, whole.width, min(whole.height, int(HEIGHTS[width] * SCALE))))


def _in_a_row(pictures: list[Image.Image]) -> Image.Image:
    width = sum(each.width + GAP for each in pictures) + GAP
    row = Image.new("RGB", (width, max(each.height for each in pictures)), GROUND)
    left = GAP
    for each in pictures:
        row.paste(each, (left, 0))
        left += each.width + GAP
    return row


def _below(rows: list[Image.Image]) -> Image.Image:
    whole = Image.new("RGB", (rows[0].width, sum(row.height + GAP for row in rows) + GAP), GROUND)
    top = GAP
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height + GAP
    return whole


def save(picture: Image.Image, path: Path) -> None:
    picture.save(path, quality=QUALITY, method=4)


def contact_sheet(files: list[Path]) -> Image.Image:
    """The phones' half of each, small, side by side."""
    width, height = THUMBNAIL
    rows = -(-len(files) // COLUMNS)
    sheet = Image.new("RGB", ((width + GAP) * COLUMNS + GAP, (height + GAP) * rows + GAP), GROUND)
    for number, file in enumerate(files):
        phone = Image.open(file).convert("RGB").crop((GAP, GAP, GAP + int(WIDTHS[0] * SCALE), GAP + 422))
        small = phone.resize((width, phone.height * width // phone.width), Image.Resampling.LANCZOS)
        place = (GAP + number % COLUMNS * (width + GAP), GAP + number // COLUMNS * (height + GAP))
        sheet.paste(small.crop((0, 0, width, height)), place)
    return sheet
