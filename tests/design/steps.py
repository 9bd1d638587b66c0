"""The steps of docs/designers.md, as somebody does them who reads it."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(
    r"(?:^`(?P<file>[\w./-]+)`(?P<where>[^\n]*):\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Step:
    """A command, or what is written into a file: "" is a new one, else its lines or its end are changed."""

    kind: str
    text: str
    file: str = ""
    where: str = ""


def steps(page: str) -> Iterator[Step]:
    for match in BLOCK.finditer(page):
        yield Step(match["kind"], match["text"], match["file"] or "", (match["where"] or "").strip(", "))


def follow(step: Step, folder: Path) -> None:
    """In a clone. Raises what a reader would stumble over."""
    if step.kind == "sh":
        subprocess.run(["sh", "-e", "-c", step.text], cwd=folder, check=True, timeout=300)
        return
    file = folder / step.file
    assert step.file, f"nobody says where this goes: {step.text}"
    file.parent.mkdir(parents=True, exist_ok=True)
    if step.where == "lines":
        file.write_text(_replaced(file.read_text(encoding="utf-8"), step.text), encoding="utf-8")
    elif step.where == "at its end":
        file.write_text(f"{file.read_text(encoding='utf-8').rstrip()}\n\n{step.text}", encoding="utf-8")
    else:
        assert not step.where, step.where
        file.write_text(step.text, encoding="utf-8")


def _replaced(text: str, lines: str) -> str:
    written = text.splitlines()
    for line in lines.splitlines():
        begin = line.partition("=")[0] + "="
        places = [place for place, each in enumerate(written) if each.startswith(begin)]
        assert places, f"no line begins with {begin}"
        written[places[0]] = line
    return "\n".join(written) + "\n"
