"""Reading the TOML files that a person edits: each mistake is named with its place."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from webshop import address


def _known_country(code: str) -> str:
    if not address.is_country(code):
        raise ValueError(f"{code!r} is not a country code such as DE or IE")
    return code


Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Country: TypeAlias = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$"), AfterValidator(_known_country)]


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
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return model.model_validate(content)
    except OSError as error:
        raise FileError([f"{path.name}: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError([f"{path.name}: {error}"]) from error
    except ValidationError as error:
        raise FileError([f"{path.name}: {_sentence(e)}" for e in error.errors()]) from error


def _sentence(error: ErrorDetails) -> str:
    return place(error["loc"]) + error["msg"].removeprefix("Value error, ")


def place(location: tuple[int | str, ...]) -> str:
    """("products", 2, "price") is "products[3].price: ": as a person counts."""
    words = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]"]
    return "".join(words).lstrip(".") + ": " if words else ""
