"""Sample values for templates: objects of the shop's own types, made from templates/samples.toml."""

import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from webshop.settings.model import ROOT
from webshop.web.templates import Mistake

Tables = Mapping[str, Any]
CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


class SampleError(Exception):
    """A sample or a state cannot be made; the message is a sentence that says why. `mistake` is where, of a
    file that cannot be read."""

    def __init__(self, message: str, mistake: Mistake | None = None) -> None:
        super().__init__(message)
        self.mistake = mistake


class Samples:
    """`tables` has, by the names of types, the values of the fields: a table, or a list of several, of which
    the others say only how they differ from the first. One with `called` is asked for by that name. Under
    `names` are values for what contracts call so.

    `style` is the name of samples, such as "long", that are taken wherever a type has one. `finish` is given
    each object that was made, and gives back the one that is taken.
    """

    def __init__(
        self, tables: Tables, style: str = "", finish: Callable[[object], object] = lambda made: made
    ) -> None:
        self._tables = tables
        self._style = style
        self._finish = finish

    def named(self, name: str, type_: str, changes: Tables) -> object:
        """What a template gets as `name`, which its contract says is a `type_`, with a state's `changes`.
        Raises SampleError."""
        try:
            names = self._tables.get("names", {})
            if self._style and name not in changes:
                names = {**names, **names.get(self._style, {})}
            return self._value(_hint(type_), changes.get(name, names.get(name)), 0)
        except (SampleError, TypeError, ValueError, AttributeError, LookupError) as error:
            raise SampleError(f"{name}: {error}") from error

    def _value(self, hint: Any, given: Any, place: int) -> Any:
        """`given` as a value of this type; None is nothing said. `place` says which of several samples."""
        if get_origin(hint) in (Union, types.UnionType):
            return self._of_several(hint, given, place)
        if given is False and hint is not bool:
            return None  # TOML has no word for it
        if get_origin(hint) in (tuple, list, Sequence, _Sequence):
            return self._row(hint, given)
        if get_origin(hint) in (dict, Mapping, _Mapping):
            return {key: self._value(get_args(hint)[1], each, 0) for key, each in (given or {}).items()}
        if hint in PLAIN:
            return _plain(hint, given)
        if isinstance(hint, type) and issubclass(hint, str) and not issubclass(hint, Enum):
            return hint(given or "")  # HTML that need not be escaped
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(given) if given is not None else next(iter(hint))
        if isinstance(hint, type) and _fields(hint):
            return self._object(hint, given, place)
        return given

    def _of_several(self, hint: Any, given: Any, place: int) -> Any:
        """Of `X | None`, False is None."""
        if given is None or (given is False and bool not in get_args(hint)):
            return None
        kinds = [each for each in get_args(hint) if each is not types.NoneType]
        return self._value(next((each for each in kinds if _fits(each, given)), kinds[0]), given, place)

    def _row(self, hint: Any, given: Any) -> Any:
        """A number is so many samples; a list has the changes of each."""
        inner = get_args(hint)
        if get_origin(hint) is tuple and inner[-1] is not Ellipsis:
            return tuple(self._value(kind, each, 0) for kind, each in zip(inner, given, strict=True))
        if given is None and _fields(inner[0]):
            given = 1
        each = [None] * given if isinstance(given, int) else given or []
        made = [self._value(inner[0], changes, place) for place, changes in enumerate(each)]
        return made if get_origin(hint) is list else tuple(made)

    def _object(self, cls: type, given: Any, place: int) -> object:
        if not isinstance(given, Mapping | str | None):
            raise SampleError(f"{given!r} is no {cls.__name__}")
        said = {**self._sample(cls, given if isinstance(given, str) else "", place)}
        said |= given if isinstance(given, Mapping) else {}
        fields = _fields(cls)
        if unknown := said.keys() - fields.keys() - {"called"}:
            raise SampleError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
        optional = _optional(cls)
        values = {
            name: self._value(hint, said.get(name), 0)
            for name, hint in fields.items()
            if name in said or name not in optional
        }
        return self._finish(cls(**values))

    def _sample(self, cls: type, called: str, place: int) -> Tables:
        """The first one's values, then those of the one at this place or of this name, then the style's."""
        written = self._tables.get(cls.__name__, {})
        rows = written if isinstance(written, list) else [written]
        by_name = {row["called"]: row for row in rows if "called" in row}
        if called and called not in by_name:
            raise SampleError(f"no {cls.__name__} in samples.toml is called {called!r}")
        plain = [row for row in rows if "called" not in row] or [{}]
        chosen = by_name[called] if called else plain[place % len(plain)]
        style = {} if called or place else by_name.get(self._style, {})
        return {**plain[0], **chosen, **style}


PLAIN = (str, int, bool, float, Decimal, datetime)
_Sequence = get_origin(Sequence[str])
_Mapping = get_origin(Mapping[str, str])


def _plain(kind: type, given: Any) -> Any:
    if given is None:
        return datetime(2026, 3, 5, 14, 7).astimezone() if kind is datetime else kind()
    if kind is Decimal:
        return Decimal(str(given))
    if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
        raise SampleError(f"{given!r} is no {kind.__name__}")
    return given


def _fits(kind: Any, given: Any) -> bool:
    origin = get_origin(kind)
    if origin is Literal:
        return given in get_args(kind)
    if isinstance(given, Mapping):
        return bool(_fields(kind)) or origin in (dict, _Mapping)
    if isinstance(given, list):
        return origin in (tuple, list, _Sequence)
    return kind in PLAIN and isinstance(given, kind)


@cache
def _hint(written: str) -> Any:
    """The type that a contract writes, such as "list[Line]". Raises SampleError."""
    words = set(re.findall(r"[A-Za-z]\w+", written)) - BUILT_IN.keys()
    try:
        return eval(written, {"__builtins__": {}}, BUILT_IN | {word: resolve(word) for word in words})  # noqa: S307
    except LookupError as error:
        raise SampleError(str(error)) from error


BUILT_IN = {each.__name__: each for each in (bool, dict, int, list, str, tuple)}


def resolve(word: str) -> type:
    """The shop's class of this name. Raises LookupError."""
    found = _modules().get(word, [])
    if len(found) != 1:
        raise LookupError(f"{word}, named in a contract: {len(found)} classes of the shop are called so")
    made: type = getattr(import_module(found[0]), word)
    return made


@cache
def _modules() -> dict[str, list[str]]:
    """Where each class of the shop is written, by its name. The files say so: what happens to be imported
    already plays no part."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "webshop").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        if not module.startswith("webshop.sandbox."):
            for name in CLASS.findall(file.read_text(encoding="utf-8")):
                found.setdefault(name, []).append(module)
    return found


@cache
def _fields(cls: Any) -> dict[str, Any]:
    """Of a dataclass or a pydantic model, with their types."""
    names = getattr(cls, "__dataclass_fields__", {}) or getattr(cls, "model_fields", {})
    return {name: hint for name, hint in get_type_hints(cls).items() if name in names} if names else {}


def _optional(cls: Any) -> set[str]:
    """Fields that need not be given."""
    fields = getattr(cls, "__dataclass_fields__", {}).items()
    found = {name for name, it in fields if (it.default, it.default_factory) != (MISSING, MISSING)}
    return found | {name for name, it in getattr(cls, "model_fields", {}).items() if not it.is_required()}
