"""Elements of XML, in which no text can be anything but text."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What XML 1.0 has no way to write.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, text: str) -> str:
    """One with this text in it; none at all without."""
    return f"<{name}>{escape(UNWRITABLE.sub('', text))}</{name}>\n" if text else ""


def opening(name: str, attributes: Mapping[str, str]) -> str:
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>\n"
