"""Elements of XML, in which no text can be anything but text."""

import re
from collections.abc import Mapping
from html import escape

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What XML 1.0 has no way to write. Compiled for the first feed: such ranges take milliseconds.
UNWRITABLE = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def element(name: str, text: str) -> str:
    """One with this text in it; none at all without."""
    return f"<{name}>{escape(re.sub(UNWRITABLE, '', text), quote=False)}</{name}>\n" if text else ""


def opening(name: str, attributes: Mapping[str, str]) -> str:
    written = (f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{''.join(written)}>\n"
