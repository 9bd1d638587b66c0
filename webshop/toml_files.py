"""Reading the TOML files that a person edits: each mistake is named by what it is in, in a sentence."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from webshop import address
from webshop.edited_files import NotText, text_of

LINE_BREAKS = {"Cc", "Zl", "Zp"}  # and other control characters
INVISIBLE = {"Cf", "Zs", *LINE_BREAKS}
LONGEST_QUOTE = 60  # letters of what is wrong, in a sentence about it


def matching(pattern: str, example: str) -> AfterValidator:
    """Text of this pattern; `example` says in words what that is."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {example}, not {quoted(text)}")
        return text

    return AfterValidator(check)


def quoted(text: str) -> str:
    """What somebody wrote, to be shown to them, however long it is."""
    return repr(text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…")


def _one_line(text: str) -> str:
    """What cannot be seen at all is nothing."""
    if any(category(letter) in LINE_BREAKS for letter in text):
        raise ValueError("must be one line, without control characters")
    return "" if all(category(letter) in INVISIBLE for letter in text) else text


def _something(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _no_control_characters(text: str) -> str:
    if any(category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
        raise ValueError("must not have control characters in it")
    return text


def _known_country(code: str) -> str:
    if not re.fullmatch("[A-Z]{2}", code) or not address.is_country(code):
        raise ValueError(f"{quoted(code)} is not a country code such as DE or IE")
    return code


def _number(given: object) -> object:
    """TOML's own numbers, and no words: "true" would be a 1."""
    if isinstance(given, bool) or not isinstance(given, int | Decimal) or not Decimal(given).is_finite():
        raise ValueError("must be a number such as 24.00, without quotes")
    return given


Line: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line)
]
Text: TypeAlias = Annotated[Line, AfterValidator(_something)]
Paragraphs: TypeAlias = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=5000),
    AfterValidator(_no_control_characters),
]
Country: TypeAlias = Annotated[str, AfterValidator(_known_country)]
Number: TypeAlias = Annotated[Decimal, BeforeValidator(_number)]
Whole: TypeAlias = Annotated[int, Strict()]
Flag: TypeAlias = Annotated[bool, Strict()]


class FileError(Exception):
    """A file has mistakes; `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Entry(BaseModel):
    """A table of such a file. A misspelt name is a mistake, not an ignored line."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Entry)


def read_toml(path: Path, model: type[Model]) -> Model:
    """The checked content of `path`; numbers with a point are exact decimals. Raises FileError."""
    found, problems = read_partly(path, model, "")
    if found is None or problems:
        raise FileError([f"{path.name}: {words}" for words in problems])
    return found


def read_head(text: str, name: str, model: type[Model]) -> Model:
    """The checked content of TOML that stands in another file; `name` is whose its mistakes are. Raises
    FileError."""
    content: dict[str, Any] = {}
    try:
        content = tomllib.loads(text, parse_float=Decimal)
        return model.model_validate(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileError([f"{name}: {_unreadable(str(error))}"]) from error
    except ValidationError as error:
        raise FileError([f"{name}: {words}" for words in _sentences(error.errors(), content)]) from error


def read_partly(path: Path, model: type[Model], rows: str) -> tuple[Model | None, list[str]]:
    """The same with what is wrong beside it: without the tables of the list `rows` that have mistakes, so
    that the others can be looked at further; None where nothing is left. Raises FileError for a file that
    cannot be read at all."""
    try:
        content = _parse(path)
    except OSError as error:
        raise FileError([f"{path.name}: {error.strerror}"]) from error
    except NotText as error:
        raise FileError([f"{path.name}: {error}"]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileError([f"{path.name}: {_unreadable(str(error))}"]) from error
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return _without_mistakes(content, error.errors(), model, rows), _sentences(error.errors(), content)


def _without_mistakes(
    content: dict[str, Any], errors: list[ErrorDetails], model: type[Model], rows: str
) -> Model | None:
    wrong = {error["loc"][1] for error in errors if error["loc"][:1] == (rows,) and error["loc"][1:]}
    written = content.get(rows)
    if not wrong or not isinstance(written, list):
        return None
    try:
        return model.model_validate(
            {**content, rows: [row for place, row in enumerate(written) if place not in wrong]}
        )
    except ValidationError:
        return None


def _parse(path: Path) -> dict[str, Any]:
    return tomllib.loads(text_of(path), parse_float=Decimal)


def _unreadable(problem: str) -> str:
    reason, _bracket, where = problem.rstrip(")").partition(" (at ")
    return (
        f"{where or 'it'} cannot be read: {reason}. Text stands in quotes, and a number has a point: "
        'title = "Mug", price = 24.00'
    )


# What pydantic finds wrong, as what is right instead; {…} is a limit of it.
MUST_BE = {
    "string_type": "text in quotes",
    "string_too_long": "at most {max_length} letters long",
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "bool_type": "true or false, without quotes",
    "list_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le:,} or less",
    "too_long": "a list of at most {max_length}",
    "too_short": "a list of at least {min_length}",
    "literal_error": "{expected}",
    "decimal_max_places": "written with at most {decimal_places} decimals",
    "decimal_whole_digits": "a smaller number",
}


def _sentences(errors: list[ErrorDetails], content: dict[str, Any]) -> list[str]:
    """A sentence for each place. What may be one thing or another is wrong in several ways: told as one."""
    found: dict[str, list[str]] = {}
    for error in errors:
        if _another_was_meant(error, errors):
            continue
        where, field = _place(error, content)
        what = _what(error, field)
        if field:
            where += f"{field} " if what.startswith(("must", "is ")) else f"{field}: "
        if what not in found.setdefault(where, []):
            found[where].append(what)
    return [where + _either(whats) for where, whats in found.items()]


def _another_was_meant(error: ErrorDetails, errors: list[ErrorDetails]) -> bool:
    """Whether a table stands where a word could be, and what is wrong inside it is told."""
    *place, tried = error["loc"] or ("",)
    deeper = (other["loc"] for other in errors if len(other["loc"]) > len(error["loc"]))
    return str(tried).startswith("literal[") and any(list(each[: len(place)]) == place for each in deeper)


def _either(whats: list[str]) -> str:
    first, *others = whats
    return ", or ".join([first, *(other.removeprefix("must be ") for other in others)])


def _place(error: ErrorDetails, content: Any) -> tuple[str, str]:
    """("products", 1, "price") is "product 'Blue mug': ", and "price" is what is wrong in it; "" is the table
    itself. What pydantic adds of its own, such as which kind of two was tried, is left out."""
    words: list[str] = []
    field = ""
    for number, part in enumerate(error["loc"], 1):
        is_last = number == len(error["loc"])
        if isinstance(content, list) and isinstance(part, int) and part < len(content):
            content, field = content[part], ""
            words[-1] = f"{_singular(words[-1])} {_name(content) or part + 1}"
        elif isinstance(content, Mapping) and (part in content or is_last and error["type"] == "missing"):
            content, field = content.get(part), str(part)
            words.append(field)
    if isinstance(content, Mapping) and error["type"] == "value_error":
        field = ""
    where = words[:-1] if field else words
    return (", ".join(where) + ": " if where else ""), field


def _singular(word: str) -> str:
    word = word.replace("_", " ")
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")


def _name(row: Any) -> str:
    """What a person calls a table of a list."""
    keys = ("title", "name", "slug", "sku", "key") if isinstance(row, Mapping) else ()
    names = (row[key].strip() for key in keys if isinstance(row.get(key), str))
    return next((quoted(name) for name in names if name), "")


def _what(error: ErrorDetails, field: str) -> str:
    """What is wrong, or what would be right."""
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            known = {name for model in Entry.__subclasses__() for name in model.model_fields}
            meant = get_close_matches(field, known, n=1, cutoff=0.7)
            return "is no word that this file has" + (f"; did you mean {meant[0]}?" if meant else "")
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
    wanted = MUST_BE.get(error["type"])
    return f"must be {wanted.format_map(error.get('ctx', {}))}" if wanted else error["msg"]
