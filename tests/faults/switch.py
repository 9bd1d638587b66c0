"""Memory that the tests and a shop in another process share: which point is armed, and what was hit.

The shop's processes only ever look at it through the wrappers that tests/faults/launcher.py puts around
functions of the product; the product knows nothing of it.
"""

import json
import mmap
import os
import struct
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

SIZE = 4096
HEADER = struct.Struct("=QI")  # generation, length of the JSON behind it

Effect = Literal["kill", "terminate", "pause"]


@dataclass(frozen=True)
class Order:
    """What is to happen when the point is reached for the nth time: the process group is killed, the process
    is asked to end (and goes on), or the thread waits until the switch is turned again."""

    point: str
    nth: int = 1
    effect: Effect = "kill"


class Switch:
    """`file` holds the armed order; beside it, a journal has a line for each hit."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(SIZE))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), SIZE)
        self._journal = file.with_suffix(".journal")
        self._journal.touch()

    def arm(self, order: Order) -> int:
        """Only one order is armed at a time. Gives its generation, by which its hits are found."""
        generation = time.monotonic_ns()
        text = json.dumps(asdict(order)).encode()
        self.disarm()
        self._memory[HEADER.size : HEADER.size + len(text)] = text
        self._memory[: HEADER.size] = HEADER.pack(generation, len(text))
        return generation

    def disarm(self) -> None:
        self._memory[: HEADER.size] = HEADER.pack(0, 0)

    def armed(self) -> tuple[int, Order | None]:
        """The generation, 0 for nothing, and what is armed."""
        generation, length = HEADER.unpack(self._memory[: HEADER.size])
        if not generation:
            return 0, None
        return generation, Order(**json.loads(self._memory[HEADER.size : HEADER.size + length]))

    def generation(self) -> int:
        return int(HEADER.unpack(self._memory[: HEADER.size])[0])

    def note(self, line: str) -> None:
        """One write, so that it is whole even if the process is killed right afterwards."""
        journal = os.open(self._journal, os.O_WRONLY | os.O_APPEND)
        os.write(journal, f"{line}\n".encode())
        os.close(journal)

    def has(self, line: str) -> bool:
        return f"{line}\n" in self._journal.read_text()

    def wait_for(self, line: str, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self.has(line):
            if time.monotonic() > end:
                return False
            time.sleep(0.003)
        return True

    def forget(self) -> None:
        """Empty the journal."""
        os.truncate(self._journal, 0)
