"""Where templates are read from, and what is wrong with one, by its file and line."""

import marshal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import CodeType
from typing import ClassVar, TypeAlias

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    Environment,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2 import __version__ as jinja_version
from jinja2.bccache import Bucket

from webshop.edited_files import NotText, edited_files, seen, text_of
from webshop.settings.model import ROOT

DIGEST = 32  # bytes of SHA-256

Source: TypeAlias = tuple[str, str]  # a template's text and file
Sources: TypeAlias = Mapping[str, Source]  # by name


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a `line` of a `file`, whose path begins where the shop's does; 0 is all of it.
    `stops_the_shop` says whether nothing can stand in for what is wrong, as the shop's own templates do for a
    theme's."""

    file: str
    line: int
    problem: str
    stops_the_shop: bool = field(default=True, compare=False)

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.problem}"


class KeptTemplates(BaseLoader):
    """As the files were when somebody read them: whatever becomes of them later, the shop goes on with
    these."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:
        if template not in self._sources:
            raise TemplateNotFound(template)
        text, file = self._sources[template]
        return text, file, None

    def list_templates(self) -> list[str]:
        return sorted(self._sources)


class Compiled(BytecodeCache):
    """What this process, or the one that it was forked from, has compiled; and what one before it has, in a
    file beside Python's own bytecode. Of templates of today alone: `keep` leaves the others out."""

    _code: ClassVar[dict[tuple[str, str], CodeType]] = {}
    _before: ClassVar[dict[tuple[str, str], CodeType]] = {}
    _file: ClassVar[Path | None] = None

    @classmethod
    def all_of(cls, *environments: Environment) -> None:
        """Compile them, or read how that was done before."""
        cls.open()
        for each in environments:
            compile_all(each)
        cls.keep()

    @classmethod
    def open(cls) -> None:
        """Read what was kept, once in a process."""
        if cls._file is None:
            cls._file = _bytecode_file()
            with suppress(OSError):  # none yet
                kept = cls._file.read_bytes()
                digest, content = kept[:DIGEST], kept[DIGEST:]
                if digest == sha256(content).digest():  # whole: anything may come of another
                    cls._before = marshal.loads(content)  # noqa: S302 - as .pyc files are

    @classmethod
    def keep(cls) -> None:
        """For the next process, where bytecode may be written."""
        if cls._file and not sys.dont_write_bytecode and cls._code.keys() - cls._before.keys():
            with suppress(OSError):
                cls._file.parent.mkdir(exist_ok=True)
                content = marshal.dumps(cls._code)
                with NamedTemporaryFile(dir=cls._file.parent, delete=False) as draft:
                    draft.write(sha256(content).digest() + content)
                Path(draft.name).chmod(0o644)  # drafts are for who wrote them alone
                Path(draft.name).replace(cls._file)

    def load_bytecode(self, bucket: Bucket) -> None:
        place = bucket.key, bucket.checksum
        bucket.code = self._code.get(place) or self._before.get(place)
        if bucket.code:
            self._code[place] = bucket.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            for place in [place for place in self._code if place[0] == bucket.key]:
                del self._code[place]  # of the same file as it was: somebody may save it a thousand times
            self._code[bucket.key, bucket.checksum] = bucket.code

    @classmethod
    def has(cls, text: str) -> bool:
        """Whether a template of these words was compiled, so that nothing is wrong with it."""
        own = cls().get_source_checksum(text)
        return any(checksum == own for _key, checksum in [*cls._code])


def compile_all(environment: Environment) -> None:
    """One that is broken fails when it is drawn: of what nests too deeply Python says so, not Jinja."""
    for name in environment.list_templates():
        with suppress(Exception):
            environment.get_template(name)


def _bytecode_file() -> Path:
    """One for each Python, Jinja, and rendering.py, which says how templates are compiled."""
    how = Path(__file__).with_name("rendering.py").read_bytes()
    digest = sha256(how + jinja_version.encode()).hexdigest()[:10]
    return Path(cache_from_source(__file__)).with_suffix(f".{digest}.jinja")


@cache
def read_templates(folders: tuple[Path, ...]) -> Sources:
    """As the files were when this process first asked, or the one that it was forked from."""
    return {
        name: (file.read_text(encoding="utf-8"), str(file)) for name, file in templates_of(folders).items()
    }


def templates_of(folders: Sequence[Path]) -> Mapping[str, Path]:
    """All templates by their names; the first folder that has one counts."""
    return {
        file.relative_to(folder).as_posix(): file
        for folder in reversed(folders)
        for file in template_files(folder)
    }


def template_files(folder: Path) -> list[Path]:
    return edited_files(folder, "**/*.html", "**/*.txt")


def mistake_of(error: Exception, folders: Sequence[Path], *, of_theme: bool = False) -> Mistake | None:
    """Where in a template this came from; None if it came from none. `of_theme`: the shop's own can do what
    failed, so that it is the theme's that asked one of them for what it cannot do, wherever it came to light.
    """
    problem = f"{type(error).__name__}: {error}"
    if isinstance(error, TemplateSyntaxError) and error.filename:
        return Mistake(short(error.filename), error.lineno, error.message or problem, not of_theme)
    frames = [(Path(each.filename), each.lineno or 0) for each in traceback.extract_tb(error.__traceback__)]
    found = _within(frames, folders[:-1] if of_theme else folders) or _within(frames, folders)
    return Mistake(short(found[-1][0]), found[-1][1], problem, not of_theme) if found else None


def _within(frames: list[tuple[Path, int]], folders: Sequence[Path]) -> list[tuple[Path, int]]:
    return [frame for frame in frames if any(frame[0].is_relative_to(folder) for folder in folders)]


def short(file: str | Path) -> str:
    """Its path from where the shop's begin; of one that is elsewhere, all of it."""
    path = Path(file)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(file)


class Inspector:
    """Looks at templates that were changed since it last looked; those that the shop did not begin with are
    compiled, and not used."""

    def __init__(self, environment: Environment, folders: Sequence[Path]) -> None:
        self._environment = environment
        self._folders = folders
        self._seen: dict[Path, tuple[int, ...]] = {}

    def look(self) -> dict[str, Mistake | None]:
        """What is wrong with each file that is new or was changed, by its path; None if nothing is, and for
        one that there is no more."""
        now = {file: tuple(rest) for folder in self._folders for file, *rest in seen(template_files(folder))}
        changed = [file for file in {**self._seen, **now} if self._seen.get(file) != now.get(file)]
        self._seen = now
        return {short(file): self.mistake(file) for file in changed}

    def mistake(self, file: Path) -> Mistake | None:
        """What is wrong with it; nothing, with one that there is no more."""
        of_theme = not file.is_relative_to(self._folders[-1])
        try:
            if not Compiled.has(text := text_of(file)):
                self._environment.compile(text, None, str(file))
        except TemplateSyntaxError as error:
            return mistake_of(error, self._folders, of_theme=of_theme)
        except FileNotFoundError:
            return None
        except NotText as error:
            return Mistake(short(file), 1, f"this {error}", not of_theme)
        except OSError as error:
            return Mistake(short(file), 1, str(error), not of_theme)
        except Exception as error:  # Python refuses what Jinja made of it
            return Mistake(short(file), 1, f"{type(error).__name__}: {error}", not of_theme)
        return None
