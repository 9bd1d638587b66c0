"""Which addresses answer with which template: what the code of their views names."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from starlette.routing import BaseRoute, Route

OF_ALL = ("errors/", "shared/_message.html")  # whatever goes wrong anywhere


def answers(routes: Iterable[BaseRoute]) -> dict[str, list[str]]:
    """ "GET /cart" and the like, by the names of templates."""
    found: dict[str, list[str]] = {}
    for route in routes:
        if isinstance(route, Route):
            for template in sorted(_templates(route.endpoint, set())):
                if not template.startswith(OF_ALL):
                    found.setdefault(template, []).append(_written(route))
    return found


def _written(route: Route) -> str:
    methods = (route.methods or set()) - {"HEAD"}
    return f"{' '.join(sorted(methods))} {route.path_format}"


def _templates(function: Callable[..., Any], seen: set[int]) -> set[str]:
    """Those that it names, or what it calls in the shop's own modules."""
    bare = inspect.unwrap(function)
    if not isinstance(bare, FunctionType) or id(bare) in seen or not bare.__module__.startswith("webshop."):
        return set()
    seen.add(id(bare))
    found = {word for code in _codes(bare.__code__) for word in code.co_consts if _is_template(word)}
    for called in _called(bare):
        found |= _templates(called, seen)
    return found


def _is_template(word: object) -> bool:
    return isinstance(word, str) and "/" in word and word.endswith(".html")


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _called(function: FunctionType) -> Iterator[Callable[..., Any]]:
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    around = [function.__globals__[name] for name in names if name in function.__globals__]
    around += [getattr(each, name, None) for each in around if isinstance(each, ModuleType) for name in names]
    yield from (each for each in around if inspect.isfunction(each))
