"""How little memory a process holds on to."""

import ctypes
import sys

M_ARENA_MAX = -8  # of malloc.h


def share_one_arena() -> None:
    """To be said before there are threads. glibc gives each an arena of its own, up to eight a core, and each
    holds on to what it once had; as Python's lock lets few allocate at once, one for all is as fast."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):  # musl has none, and one arena
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
