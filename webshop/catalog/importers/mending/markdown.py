"""HTML of other shops as Markdown: what says something stays, what runs or decorates does not."""

import html
import re
from dataclasses import dataclass

import nh3
from bs4 import Tag
from markdownify import MarkdownConverter

from webshop import text

TAGS = set(
    "p br div span strong b em i u s del h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code hr a "
    "table thead tbody tfoot tr th td caption dl dt dd section article".split()
)
GONE = {"script", "style", "noscript", "template", "iframe", "object", "svg", "math", "title", "select"}
IS_HTML = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)(\s[^<>]*)?/?>|&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")
SPACES = re.compile("[\xa0\x0b\x0c\x1c-\x1f\x85\r]")
LOST = {"picture": re.compile("<img[ />]", re.IGNORECASE), "film": re.compile("<(iframe|video)[ >]", re.I)}


@dataclass(frozen=True)
class Words:
    """`lost` names what was in the text and is not in the Markdown: pictures, films."""

    markdown: str
    lost: tuple[str, ...] = ()


MARKS = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|-{3,}\s*$|={3,}\s*$|>)", re.MULTILINE)


class Converter(MarkdownConverter):
    """What only looks like Markdown in a text is none."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return MARKS.sub(r"\1\\\2", super().escape(text, parent_tags))  # type: ignore[misc]

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        cell = text.replace("|", r"\|")
        return str(super().convert_td(el, cell, parent_tags))  # type: ignore[misc]

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        cell = text.replace("|", r"\|")
        return str(super().convert_th(el, cell, parent_tags))  # type: ignore[misc]


# A table without names of columns gets its first row for them: Markdown knows no other tables.
CONVERTER = Converter(heading_style="atx", bullets="-", table_infer_header=True)


def to_markdown(written: str) -> Words:
    """Of HTML, or of plain text, whose lines stay lines."""
    lost = tuple(what for what, pattern in LOST.items() if pattern.search(written))
    if not IS_HTML.search(written):
        written = "<p>" + "</p><p>".join(_lines(part) for part in re.split(r"\n\s*\n", written)) + "</p>"
    safe = nh3.clean(
        written.replace("\r\n", "\n").replace("\r", "\n"),
        tags=TAGS,
        clean_content_tags=GONE,
        attributes={"a": {"href"}, "td": {"colspan"}, "th": {"colspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative="deny",
        link_rel=None,
    )
    try:
        return Words(_tidy(CONVERTER.convert(safe)), lost)
    except RecursionError:  # boxes in boxes, thousands deep
        return Words(to_plain(safe), lost)


def _lines(part: str) -> str:
    return "<br>".join(html.escape(line.strip(), quote=False) for line in part.strip().split("\n"))


def _tidy(markdown: str) -> str:
    """No spaces that nobody sees, at most one empty line, and a line break only where a line follows."""
    seen = re.sub(text.INVISIBLE, "", SPACES.sub(" ", markdown))  # entities were signs only now
    lines = seen.split("\n")
    lines = [
        line.rstrip() + "  " if line.endswith("  ") and line.strip() else line.rstrip() for line in lines
    ]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return re.sub(r"  (?=\n\n|\n?$)", "", joined).strip()


def to_plain(written: str) -> str:
    """One line of text, without tags: titles, names, short descriptions."""
    spaced = re.sub(r"<(br|/p|/li|/div|/h\d)\b[^>]*>", " ", written, flags=re.IGNORECASE)
    bare = nh3.clean(spaced, tags=set(), clean_content_tags=GONE) if IS_HTML.search(written) else written
    return text.clean(html.unescape(bare))
