"""One single-threaded process that has everything imported and forks the shop's processes: a start takes
tens of milliseconds instead of seconds.

It reads a JSON line for each thing to do and answers with one:

    {"start": [command…], "environment": {…}, "log": path, "switch": path, "sabotage": […], "patient": false}
                                  → {"pid": 123}, in a process group of its own
    {"wait": 123, "seconds": 1}   → {"status": null} while it runs, else its exit code, or minus the signal

At the end of its input it kills what it has started, and ends.
"""

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from threading import Lock
from typing import Any

from tests.compiled import share_compiled_templates
from webshop.settings.model import ROOT

END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
# What is imported only when somebody serves.
LATE = """tests.faults.launcher tests.faults.sabotage webshop.app webshop.sandbox.delivery webshop.sandbox.web
    uvicorn.protocols.http.httptools_impl uvicorn.protocols.websockets.auto uvicorn.lifespan.on
    uvicorn.loops.uvloop""".split()


class Zygote:
    """The other side: starts that process and speaks with it."""

    def __init__(self, folder: Path) -> None:
        log = (folder / "zygote.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        log.close()
        self._turn = Lock()

    def start(self, command: list[str], **more: Any) -> int:
        return int(self._ask({"start": command, **more})["pid"])

    def wait(self, pid: int, seconds: float = 0.0) -> int | None:
        """How it ended: minus the signal that ended it, or its exit code; None while it runs."""
        status: int | None = self._ask({"wait": pid, "seconds": seconds})["status"]
        return status

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the zygote has died: see zygote.log")
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def _serve(folder: Path) -> None:
    _warm_up(folder)
    living: set[int] = set()
    ended: dict[int, int] = {}
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        # Read without a buffer of Python's: a child must not inherit lines that are not its own.
        with os.fdopen(os.dup(0), "rb", buffering=0) as questions:
            while line := questions.readline():
                question = json.loads(line)
                if "start" in question:
                    answer: dict[str, Any] = {"pid": _fork(question)}
                    living.add(answer["pid"])
                else:
                    answer = {"status": _wait(question["wait"], question["seconds"], living, ended)}
                os.write(1, json.dumps(answer).encode() + b"\n")
    finally:  # whoever asked may have died in the middle of a question
        for pid in living:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _warm_up(folder: Path) -> None:
    """Whatever is read, imported or compiled once in a process, so that each child finds it done."""
    import stripe
    from email_validator import validate_email

    from webshop import address
    from webshop.db.engine import Database
    from webshop.db.migrate import migrate
    from webshop.language import formats

    cache = folder / "templates"
    cache.mkdir(exist_ok=True)
    share_compiled_templates(cache)
    validate_email("ada@example.com", check_deliverability=False, test_environment=True)
    address.postcode_problem("10115", "DE")
    formats.format_money(100, "EUR")
    stripe.StripeClient("sk_test_warm", http_client=stripe.RequestsClient())
    db = Database(f"sqlite:///{folder / 'warm.sqlite3'}")
    migrate(db)
    db.engine.dispose()
    for module in LATE:
        importlib.import_module(module)


def _fork(question: dict[str, Any]) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        _become(question)
        from tests.faults.launcher import launch

        code = launch(
            question["start"],
            Path(question["switch"]),
            question.get("sabotage", ()),
            patient=question.get("patient", False),
        )
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become(question: dict[str, Any]) -> None:
    """Give up what belongs to the zygote: its input and output, its environment. End when it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(question["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for file, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(file, place)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(question["environment"])


def _wait(pid: int, seconds: float, living: set[int], ended: dict[int, int]) -> int | None:
    end = time.monotonic() + seconds
    while pid in living:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            living.discard(pid)
            ended[pid] = os.waitstatus_to_exitcode(status)
        elif time.monotonic() >= end:
            return None
        else:
            time.sleep(0.002)
    return ended[pid]


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
