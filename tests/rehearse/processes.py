"""Processes as a platform keeps them: each in a group of its own, told to leave by a signal, then gone."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

PATIENCE = 30.0  # seconds between SIGTERM and SIGKILL, as on Heroku
Environment = dict[str, str]


@dataclass(frozen=True)
class Running:
    """`log` has all that it has said, after the `before` bytes of those whose name it has."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    before: int

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self.log.read_bytes()[self.before :].decode()

    def pids(self) -> list[int]:
        """Of all processes of its group that live, itself first if it does."""
        self.process.poll()
        return sorted(pid for pid in map(int, _numbers()) if _group_of(pid) == self.pid)

    def children(self) -> list[int]:
        """Those that serve: multiprocessing has one more that only keeps count of semaphores."""
        return [pid for pid in self.pids() if pid != self.pid and "resource_tracker" not in _command(pid)]

    def memory(self) -> list[float]:
        """MB of each process of the group: its own pages, and its share of those that it shares (PSS)."""
        return [_pss(pid) for pid in self.pids()]

    def stop(self, *, whole_group: bool) -> float:
        """Tell it to leave, and give the seconds until the last of the group had gone. Whoever stays longer
        than a platform waits is killed."""
        start = time.monotonic()
        with suppress(ProcessLookupError):
            (os.killpg if whole_group else os.kill)(self.pid, signal.SIGTERM)
        self.wait_until_gone(PATIENCE)
        self.kill()
        return time.monotonic() - start

    def wait_until_gone(self, seconds: float) -> bool:
        return wait_until(lambda: not self.pids(), seconds)

    def kill(self) -> None:
        """Whatever is left of the group."""
        if self.pids():
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.wait_until_gone(PATIENCE)


def start(
    name: str,
    command: Sequence[str],
    environment: Environment,
    log: Path,
    *,
    folder: Path | None = None,
    user: str | None = None,
) -> Running:
    with log.open("ab") as out:
        before = out.tell()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    return Running(name, process, log, before)


def like_anybody(command: Sequence[str]) -> list[str]:
    """The command so that file modes bind it, which root is else exempt from."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() or not setpriv:
        return list(command)
    return [setpriv, "--bounding-set", "-dac_override", *command]


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def answers(url: str) -> bool:
    with suppress(httpx2.TransportError):
        return httpx2.get(url, timeout=5, trust_env=False).status_code == 200
    return False


def _numbers() -> list[str]:
    return [each.name for each in Path("/proc").iterdir() if each.name.isdigit()]


def _group_of(pid: int) -> int:
    """0 for what has ended, although nobody has looked yet."""
    with suppress(OSError):
        state, _parent, group = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:3]
        return 0 if state == "Z" else int(group)
    return 0


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _pss(pid: int) -> float:
    with suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0
    return 0
