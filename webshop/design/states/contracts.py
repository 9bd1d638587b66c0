"""The comment that opens a template: what it draws, and the names that it reads with their types."""

import re
from typing import NamedTuple

COMMENT = re.compile(r"\{#\n(.*?)\n#\}\n", re.DOTALL)
LINE = re.compile(r"^ {2}([a-z_0-9]+) {2,}(\S.*?)(?: {2,}(.*))?$")
MACRO = re.compile(r"^\{% macro (\w+)\((.*?)\) %\}$", re.MULTILINE | re.DOTALL)


class ContractLine(NamedTuple):
    name: str
    type: str
    meaning: str


def has_contract(source: str) -> bool:
    return bool(COMMENT.match(source))


def contract_lines(source: str) -> list[ContractLine]:
    """Of the template's comment: two spaces, a name, two spaces, a type, two spaces, words."""
    found = (LINE.match(line) for line in _comment(source).split("\n"))
    return [ContractLine(match[1], match[2], match[3] or "") for match in found if match]


def opening(source: str) -> str:
    """What the comment says before the names, in a line."""
    return " ".join(_comment(source).split("\n\n")[0].split())


def macros(source: str) -> list[str]:
    """The names of the macros that it gives to others."""
    return [match[1] for match in MACRO.finditer(source)]


def _comment(source: str) -> str:
    match = COMMENT.match(source)
    return match[1] if match else ""
