"""Templates compiled once for many shops, where tests make a shop each."""

from pathlib import Path
from typing import Any

import jinja2


def compile_templates_once(folder: Path) -> None:
    """From now on, in this process and those that it forks."""
    compiled = jinja2.FileSystemBytecodeCache(str(folder))
    original = jinja2.Environment.__init__

    def with_cache(self: jinja2.Environment, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **{"bytecode_cache": compiled, **kwargs})

    jinja2.Environment.__init__ = with_cache  # type: ignore[method-assign]
