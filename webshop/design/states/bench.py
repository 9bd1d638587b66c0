"""The states of each template, as the states.toml beside it declares them."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from webshop.design.states.contracts import ContractLine, contract_lines
from webshop.design.states.samples import SampleError, Samples, Tables
from webshop.edited_files import NotText, content_of, text_of
from webshop.web.templates import Mistake, short, template_files

SAMPLES = "samples.toml"
STATES = "states.toml"
STYLES = {"long": "long German words", "rtl": "from right to left"}  # states that every template has


@dataclass(frozen=True)
class State:
    """A template in a state: `changes` of the sample values, by the names of its contract. Of a template of
    macros, `macro` is called, with `inside` between its tags."""

    template: str
    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    macro: str = ""
    inside: str = ""
    style: str = ""


class Bench:
    """All templates of these folders, of which the first that has a file counts, with their states. `finish`
    is what Samples has."""

    def __init__(
        self, folders: Sequence[Path], finish: Callable[[object], object] = lambda made: made
    ) -> None:
        self.folders = folders
        self._finish = finish

    def templates(self) -> list[str]:
        found = {
            file.relative_to(folder).as_posix() for folder in self.folders for file in template_files(folder)
        }
        return sorted(found)

    def source(self, template: str) -> str:
        return self.find(template).read_text(encoding="utf-8")

    def find(self, path: str) -> Path:
        """The file that counts. Raises FileNotFoundError."""
        for folder in self.folders:
            if (folder / path).is_file():
                return folder / path
        raise FileNotFoundError(path)

    def states(self, template: str) -> list[State]:
        """Those that are declared, then the first of them in each style; none where none is declared. A .txt
        has those of the .html beside it. Raises SampleError for a file that cannot be read."""
        declared = [*self._declared(template)]
        styled = [
            State(template, words, one.changes, one.macro, one.inside, style)
            for one in declared[:1]
            for style, words in STYLES.items()
        ]
        return declared + styled

    def state(self, template: str, name: str) -> State | None:
        return next((state for state in self.states(template) if state.name == name), None)

    def _declared(self, template: str) -> Iterator[State]:
        folder, _slash, file = template.rpartition("/")
        tables = self._read(f"{folder}/{STATES}" if folder else STATES)
        for name, changes in _table(tables.get(file.rpartition(".")[0], {}), template).items():
            changes = _table(changes, f"{template}, state {name!r}")
            own = {key: value for key, value in changes.items() if key not in ("macro", "inside")}
            yield State(template, name, own, changes.get("macro", ""), changes.get("inside", ""))

    def context(self, state: State) -> dict[str, object]:
        """The values that the template gets. Raises SampleError."""
        samples = Samples(self._read(SAMPLES), state.style, self._finish)
        lines = self._contract(state.template)
        page = Path(state.template).with_suffix(".html").as_posix()  # whose states a .txt has
        known = {line.name for name in {state.template, page} for line in self._contract(name)}
        if unknown := state.changes.keys() - known:
            raise SampleError(f"{state.template} reads no {', '.join(sorted(unknown))}")
        wanted = [line for line in lines if not state.macro or line.name in state.changes]
        return {line.name: samples.named(line.name, line.type, state.changes) for line in wanted}

    def _contract(self, template: str) -> list[ContractLine]:
        """The shop's own says what is given, also to a theme's in its place; nothing of what is not there."""
        for folder in reversed(self.folders):
            if (folder / template).is_file():
                return contract_lines((folder / template).read_text(encoding="utf-8"))
        return []

    def _read(self, path: str) -> Tables:
        """A theme's tables come before the shop's, one by one."""
        found: dict[str, Any] = {}
        for folder in reversed(self.folders):
            file = folder / path
            try:
                found |= _parsed(text_of(file))
            except FileNotFoundError:
                continue
            except NotText as error:
                raise _unreadable(file, 1, f"this {error}") from error
            except tomllib.TOMLDecodeError as error:
                at = re.search(r"at line (\d+)", str(error))
                line = int(at[1]) if at else content_of(file).count(b"\n") + 1  # "at end of document"
                raise _unreadable(file, line, str(error)) from error
        return found


@lru_cache(maxsize=64)
def _parsed(text: str) -> Tables:
    """Files are read for each state that is drawn, and mostly say the same. Nobody changes what is given."""
    return tomllib.loads(text)


def _table(written: Any, what: str) -> Tables:
    if not isinstance(written, Mapping):
        raise SampleError(f"{what}: states.toml must say a table here, such as one = {{}}")
    return written


def _unreadable(file: Path, line: int, problem: str) -> SampleError:
    """Shoppers see nothing of it."""
    mistake = Mistake(short(file), line, problem, stops_the_shop=False)
    return SampleError(str(mistake), mistake)
