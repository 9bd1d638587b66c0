"""Form bodies, decoded and checked against the TypedDicts that the `stripe` package itself declares.

So a parameter that this version of the API does not know is refused here as it would be at Stripe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from stripe import RequestOptions

from webshop.sandbox.state.errors import ApiError, invalid

Raw = str | dict[str, Any]
"""What a form can say: a string, or named parts (lists come as parts named 0, 1, 2)."""

DEEPEST = 8


def decode(encoded: str) -> dict[str, Raw]:
    """`a[b][0]=c` becomes {"a": {"b": {"0": "c"}}}; `a[]=c` takes the next free number."""
    decoded: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        *path, last = _steps(name)
        part = decoded
        for step in path:
            part = part.setdefault(step, {})
            if not isinstance(part, dict):
                raise invalid(f"Invalid parameter name: {name}", name)
        part[last or str(len(part))] = value
    return decoded


def _steps(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    steps = [head, *rest.removesuffix("]").split("][")] if bracket else [head]
    if not head or len(steps) > DEEPEST:
        raise invalid(f"Invalid parameter name: {name[:80]}")
    return steps


def check(raw: dict[str, Raw], declared: type) -> dict[str, Any]:
    """The parameters with their declared types (ints, bools, lists), or the error that Stripe would give."""
    return _fields(raw, declared, "")


def _fields(raw: dict[str, Raw], declared: type, path: str) -> dict[str, Any]:
    hints = _declared_fields(declared)
    for name in raw:
        if name not in hints:
            param = _join(path, name)
            raise invalid(f"Received unknown parameter: {param}", param, "parameter_unknown")
    for name in sorted(getattr(declared, "__required_keys__", ())):
        if name not in raw:
            param = _join(path, name)
            raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
    return {name: _value(value, hints[name], _join(path, name)) for name, value in raw.items()}


@cache
def _declared_fields(declared: type) -> dict[str, Any]:
    """Field types by name, without the SDK's call options, which never travel as parameters."""
    hints = get_type_hints(declared, localns=CALL_OPTION_TYPES)
    return {name: hint for name, hint in hints.items() if name not in RequestOptions.__annotations__}


# The call options are declared in another module, so their types are unknown where get_type_hints looks.
CALL_OPTION_TYPES: dict[str, Any] = {"Mapping": Mapping, "StripeContext": object}


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(raw: Raw, hint: Any, param: str) -> Any:
    options = _options(hint)
    allowed = [word for option in options for word in _literals(option)]
    if isinstance(raw, str):
        return _scalar(raw, options, allowed, param)
    for option in options:
        if hasattr(option, "__required_keys__"):
            return _fields(raw, option, param)
        if get_origin(option) is list:
            return _list(raw, get_args(option)[0], param)
        if get_origin(option) is dict:
            return {name: _value(part, get_args(option)[1], _join(param, name)) for name, part in raw.items()}
    raise invalid(f"Invalid string: {param} cannot have parts", param, "parameter_invalid_string")


def _options(hint: Any) -> list[Any]:
    """The members of a union, flattened; any other type alone."""
    if get_origin(hint) in UNIONS:
        return [option for member in get_args(hint) for option in _options(member)]
    return [hint]


UNIONS = (get_origin(int | str), get_origin(Literal["a"] | str))
"""`X | Y` of classes and of special forms have different origins before Python 3.14."""


def _literals(option: Any) -> tuple[str, ...]:
    return get_args(option) if get_origin(option) is Literal else ()


def _list(raw: dict[str, Raw], hint: Any, param: str) -> list[Any]:
    if not all(re.fullmatch("[0-9]{1,4}", name) for name in raw):
        raise invalid("Invalid array", param, "parameter_invalid_array")
    return [_value(raw[name], hint, _join(param, name)) for name in sorted(raw, key=int)]


def _scalar(raw: str, options: list[Any], allowed: list[str], param: str) -> Any:
    if raw in allowed:
        return raw
    if raw == "":
        raise invalid(
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{param}' cannot be unset. You should remove '{param}' from your request or "
            "supply a non-empty value.",
            param,
            "parameter_invalid_empty",
        )
    # The SDK types a closed list of words as "these, or any string", to stay compatible with later versions.
    words = [word for word in allowed if word]
    if words:
        raise invalid(f"Invalid {param}: must be one of {_or(words)}", param)
    for option in options:
        if option in SCALARS:
            return SCALARS[option](raw, param)
    raise _wrong_shape(options, param)


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}, or {words[-1]}"


def _wrong_shape(options: list[Any], param: str) -> ApiError:
    if any(get_origin(option) is list for option in options):
        return invalid("Invalid array", param, "parameter_invalid_array")
    return invalid("Invalid object", param)


def _integer(raw: str, param: str) -> int:
    if not re.fullmatch("-?[0-9]{1,15}", raw):
        raise invalid(f"Invalid integer: {raw[:40]}", param, "parameter_invalid_integer")
    return int(raw)


def _boolean(raw: str, param: str) -> bool:
    if raw not in ("true", "false"):
        raise invalid(f"Invalid boolean: {raw[:40]}", param)
    return raw == "true"


def _string(raw: str, param: str) -> str:
    if len(raw) > LONGEST_STRING:
        raise invalid(f"Invalid string: {param} must be at most {LONGEST_STRING} characters", param)
    return raw


LONGEST_STRING = 5000
SCALARS: dict[Any, Any] = {int: _integer, bool: _boolean, str: _string}
