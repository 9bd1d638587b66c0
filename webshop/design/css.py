"""What is wrong in a stylesheet, as far as a browser would pass over it without a word."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from webshop.edited_files import NotText, text_of
from webshop.web.templates import Mistake, short

NOT_CODE = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|url\([^)'\"]*\)", re.DOTALL)
ROLE = re.compile(r"(--[\w-]+)\s*:")
USE = re.compile(r"var\(\s*(--[\w-]+)\s*(,)?")


def check_stylesheets(files: Iterable[Path]) -> list[Mistake]:
    """In the order of the files. They are one stylesheet: a role that is named in one may be used in all."""
    texts, found = {}, list[Mistake]()
    for file in files:
        try:
            texts[file] = text_of(file)
        except FileNotFoundError:  # it has gone since
            continue
        except NotText as error:
            found.append(_mistake(file, 1, f"this {error}"))
    known = {role for text in texts.values() for role in ROLE.findall(_blanked(text))}
    return found + [
        _mistake(file, line, problem)
        for file, text in texts.items()
        for line, problem in sorted({*_braces(text), *_declarations(text), *_roles(text, known)})
    ]


def _mistake(file: Path, line: int, problem: str) -> Mistake:
    """It hides no page."""
    return Mistake(short(file), line, problem, stops_the_shop=False)


def _blanked(text: str) -> str:
    """Without comments and what strings say, every line where it was."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " " if match[0].startswith("/*") else "_", match[0])

    return NOT_CODE.sub(blank, text)


def _braces(text: str) -> Iterator[tuple[int, str]]:
    blanked = _blanked(text)
    if "/*" in blanked:
        yield _line(blanked, blanked.index("/*")), "this comment has no end: close it with */"
        return
    opened: list[int] = []
    for place, letter in enumerate(blanked):
        if letter == "{":
            opened.append(place)
        elif letter == "}" and not opened:
            yield _line(blanked, place), "there is one } too many: nothing is open here"
            return
        elif letter == "}":
            opened.pop()
    for place in opened[:1]:
        yield _line(blanked, place), "this { is never closed: a } is missing below"


def _declarations(text: str) -> Iterator[tuple[int, str]]:
    """What stands in a block and is neither `name: value`, nor a rule, nor an @rule."""
    blanked, begin = _blanked(text), 0
    depth = 0
    for place, letter in enumerate(blanked):
        if letter in "{};":
            written = blanked[begin:place]
            if depth and letter != "{" and written.strip() and not _is_declaration(written.strip()):
                start = begin + len(written) - len(written.lstrip())
                yield _line(blanked, start), f"{_first_line(written)!r} is no declaration such as color: red"
            depth += {"{": 1, "}": -1}.get(letter, 0)
            begin = place + 1


def _is_declaration(written: str) -> bool:
    name, colon, value = written.partition(":")
    if written.startswith("@"):
        return True
    has_another = re.search(r"\n\s*[a-z-]+\s*:", value)  # the ; between the two is missing
    return bool(colon and value.strip() and re.fullmatch(r"[\w-]+", name.strip()) and not has_another)


def _first_line(written: str) -> str:
    return written.strip().split("\n")[0][:60]


def _roles(text: str, known: set[str]) -> Iterator[tuple[int, str]]:
    blanked = _blanked(text)
    for match in USE.finditer(blanked):
        role, fallback = match[1], match[2]
        if role not in known and not fallback:
            meant = get_close_matches(role, known, n=1)
            yield (
                _line(blanked, match.start()),
                f"no stylesheet names {role}" + (f"; did you mean {meant[0]}?" if meant else ""),
            )


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
