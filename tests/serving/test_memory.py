"""Threads share what they allocate from."""

import subprocess
import sys
from pathlib import Path

import pytest

from webshop.settings.model import ROOT

# Each thread holds something of malloc's while the others take theirs; glibc then tells of its arenas.
EIGHT_THREADS = """
import ctypes, sys, threading
from webshop.serving.memory import share_one_arena
if sys.argv[2] == "shared":
    share_one_arena()
together = threading.Barrier(8)
def allocate():
    held = [bytes(10_000) for _ in range(100)]
    together.wait(20)
threads = [threading.Thread(target=allocate) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def arenas(tmp_path: Path, how: str) -> int:
    told = tmp_path / "malloc.xml"
    command = [sys.executable, "-c", EIGHT_THREADS, str(told), how]
    subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True)
    return told.read_text().count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's arenas")
def test_all_threads_share_one_arena(tmp_path: Path) -> None:
    assert arenas(tmp_path, "shared") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's arenas")
def test_without_a_word_each_thread_has_one_of_its_own(tmp_path: Path) -> None:
    """The negative control."""
    assert arenas(tmp_path, "as glibc does") > 1
