"""python -m webshop: what is typed is read by webshop.commands."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    typed = sys.argv[1:] if arguments is None else arguments
    with _uncollected(for_good=arguments is None):
        from webshop.commands import read, run  # with nearly all of the shop

        options = read(typed)
    return run(options)


@contextmanager
def _uncollected(*, for_good: bool) -> Iterator[None]:
    """Nothing that is loaded goes: to look for garbage in it meanwhile is in vain, and, in a process of its
    own, later, too."""
    gc.disable()
    yield
    if for_good:
        gc.freeze()
    gc.enable()


if __name__ == "__main__":
    sys.exit(main())
