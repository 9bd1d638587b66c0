"""Markdown, as owners write descriptions, to HTML that cannot do harm."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import nh3
from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# A page has a title, and its parts have headings: what is written below begins at the third level.
TOP_LEVEL, LOWEST_LEVEL = 3, 6
PAGE_LEVEL, HIGHEST_LEVEL = 1, 2  # below a page's own title # and ## are the same
TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("strong", "em", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
REL = "nofollow noopener noreferrer"
SCHEMES = {"http", "https", "mailto", "tel"}
TO_DO = re.compile(r"\[\[((?:FILL IN|STARTER):[^\[\]<]*)\]\]")
LONGEST_PLAIN = 200  # letters, as a summary may have
WORDS = r"[^\W\d_](?:[^\W_]|[ ,.;:!?()'’…–—%€-])*(?<! )"  # a line that is no sign of Markdown's or HTML's
PARAGRAPH = re.compile(rf"{WORDS}(?:\n{WORDS})*")
SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)")


@dataclass(frozen=True)
class Part:
    """Of a text, below one of its headings; before the first one the title is ""."""

    title: str
    html: Markup


@cache
def _parser() -> "MarkdownIt":
    """Indented text is no code: it is how a text is set in a file. Pictures stand beside a description, not
    in it. It is imported for the first text: a shop begins without."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return parser.disable(["code", "image"])


@lru_cache(maxsize=1_000)
def to_html(text: str) -> Markup:
    """What a browser may show: no scripts, no raw HTML, no pictures. Words alone need no parser."""
    paragraphs = text.strip("\n").split("\n\n")
    if all(map(PARAGRAPH.fullmatch, paragraphs)):
        return Markup("".join(f"<p>{each}</p>\n" for each in paragraphs))  # noqa: S704 - nothing is in it
    return _html(_parser().parse(text), TOP_LEVEL, REL)


@lru_cache(maxsize=1_000)
def to_parts(text: str) -> tuple[Part, ...]:
    """The same, cut at its headings of the two upper levels, of which the words alone are left."""
    titles: list[str] = [""]
    parts: list[list[Token]] = [[]]
    tokens = iter(_parser().parse(text))
    for token in tokens:
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2"):
            titles.append(" ".join(_words([next(tokens)])))
            parts.append([])
            next(tokens)
        else:
            parts[-1].append(token)
    found = (Part(title, _html(part, TOP_LEVEL, REL)) for title, part in zip(titles, parts, strict=True))
    return tuple(part for part in found if part.title or part.html)


@lru_cache(maxsize=100)
def page_to_html(text: str) -> Markup:
    """The same of a whole page below its title, which search engines may follow further. What is still to be
    filled in is marked."""
    marked = TO_DO.sub(r"<mark>\1</mark>", _html(_parser().parse(text), PAGE_LEVEL, "noopener noreferrer"))
    return Markup(marked)  # noqa: S704 - made of what is clean


def to_dos(text: str) -> list[str]:
    """What stands between [[ and ]] and is still to be filled in, or to be made one's own."""
    return [" ".join(words.split()) for words in TO_DO.findall(text)]


def _html(tokens: list["Token"], top: int, rel: str) -> Markup:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1:]) + top - 1
            token.tag = f"h{max(HIGHEST_LEVEL, min(level, LOWEST_LEVEL))}"
    html = _parser().renderer.render(tokens, _parser().options, {})
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=rel)
    return Markup(clean)  # noqa: S704 - that is what it was cleaned for


def plain(text: str) -> str:
    """The words alone, in one line."""
    return " ".join(" ".join(_words(_parser().parse(text))).split())


def first_sentence(text: str) -> str:
    """Of the first paragraph; at most as long as a summary."""
    paragraphs = (block.strip() for block in re.split(r"\n\s*\n", text))
    words = next((found for block in paragraphs if not block.startswith("#") and (found := plain(block))), "")
    sentence = SENTENCE.split(words)[0]
    if len(sentence) <= LONGEST_PLAIN:
        return sentence
    return sentence[: LONGEST_PLAIN - 1].rsplit(" ", 1)[0] + "…"


def _words(tokens: list["Token"]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if token.type == "inline":
            found.append("".join(_text(each) for each in token.children or []))
        elif token.type in ("fence", "code_block"):
            found.append(token.content)
    return found


def _text(token: "Token") -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content
