"""Every address of an application, read from the application itself: what is new is attacked by itself."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.routing import Mount, Route


@dataclass(frozen=True)
class Target:
    """`path` is a template such as /products/{slug}, `names` are those of its parts, `methods` those that it
    takes, and `pattern` matches whole paths that lead here."""

    path: str
    names: tuple[str, ...]
    methods: frozenset[str]
    pattern: re.Pattern[str]


def list_targets(app: Any) -> list[Target]:
    """In the order of the paths; what one path takes by several routes is one target."""
    found: dict[str, Target] = {}
    for target in _walk(app, ""):
        known = found.get(target.path, target)
        methods = known.methods | target.methods
        found[target.path] = Target(target.path, target.names, methods, target.pattern)
    return [found[path] for path in sorted(found)]


def _walk(app: Any, above: str) -> list[Target]:
    while not hasattr(app, "routes") and hasattr(app, "app"):
        app = app.app  # a middleware around it
    if not hasattr(app, "routes"):  # a folder of files
        pattern = re.compile(f"{re.escape(above)}/(?P<path>.+)")
        return [Target(f"{above}/{{path}}", ("path",), frozenset(("GET", "HEAD")), pattern)]
    return [target for route in app.routes for target in _targets(route, above)]


def _targets(route: Any, above: str) -> list[Target]:
    if isinstance(route, Mount):
        return _walk(route.app, f"{above}{route.path}")
    assert isinstance(route, Route), f"an address of a kind that is not attacked: {route}"
    pattern = re.compile(re.escape(above) + route.path_regex.pattern.removeprefix("^"))
    names = tuple(route.param_convertors)
    return [Target(f"{above}{route.path_format}", names, frozenset(route.methods or ()), pattern)]
