"""What is printed from a file of its own: its stylesheet is in it, and the theme's fonts in that."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress

from webshop.edited_files import content_of
from webshop.looks.opening import open_assets
from webshop.settings.model import Settings
from webshop.web.assets import NAMED
from webshop.web.themes import Theme

FACE = re.compile(r"@font-face\s*\{[^}]*\}")
FACES = ("serif", "sans")  # roles of theme.css


def paper_stylesheet(config: Settings, name: str) -> bytes:
    """static/print/`name`, the theme's if it has one, with --serif and --sans as theme.css says them,
    if it does."""
    assets = open_assets(config)
    sheets = assets.stylesheets()
    written = b"\n".join(map(content_of, sheets)).decode(errors="replace")
    theme = Theme(lambda: sheets, watch=False)
    roles = "".join(_roles(theme))

    def inside(named: re.Match[str]) -> str:
        font = content_of(assets.find(named[1]))
        return f'url("data:font/woff2;base64,{b64encode(font).decode()}")'

    faces = [NAMED.sub(inside, face) for face in FACE.findall(written)]
    head = "\n".join([*faces, f":root{{{roles}}}", ""])
    return head.encode() + content_of(assets.find(f"print/{name}"))


def _roles(theme: Theme) -> Iterator[str]:
    for role in FACES:
        with suppress(KeyError):
            yield f"--{role}:{theme[role]};"
