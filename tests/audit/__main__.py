"""make audit: asks OSV, by pip-audit, about all that the requirements files pin; SERVICE=pypi asks PyPI.

Exit 0 only if every package was looked up and has no known hole; else 1, with a sentence for each.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.audit.verdict import KNOWN_TO_BE_BAD, Pin, problems, read_pins

ROOT = Path(__file__).parent.parent.parent
FILES = ["requirements.txt", "requirements-dev.txt", "requirements-audit.txt"]
PIP_AUDIT = [sys.executable, "-m", "pip_audit"]
OPTIONS = "--no-deps --disable-pip --format json --desc off --progress-spinner off".split()
MINUTES = 10


def main(files: Sequence[Path], command: Sequence[str] = PIP_AUDIT) -> int:
    try:
        lists = [read_pins(file.read_text(encoding="utf-8")) for file in files]
    except (OSError, ValueError) as error:
        print(f"The requirements cannot be read: {error}", file=sys.stderr)
        return 1
    pins = {pin for pins in lists for pin in pins}
    answer, last_words = ask(command, [*lists, {KNOWN_TO_BE_BAD}])
    found = problems(answer, pins)
    for problem in found:
        print(problem, file=sys.stderr)
    if not answer:
        print(last_words, file=sys.stderr)
    if not found:
        print(f"All {len(pins)} packages were looked up, and none has a known hole.")
    return 1 if found else 0


def ask(command: Sequence[str], lists: Sequence[set[Pin]]) -> tuple[str, str]:
    """pip-audit's JSON, and the last line of what it said beside.

    It gets plain lists: from a file with markers it leaves out what is for another platform than this.
    """
    with TemporaryDirectory() as folder:
        options = ["--vulnerability-service", os.environ.get("SERVICE") or "osv", *OPTIONS]
        for number, pins in enumerate(lists):
            file = Path(folder, f"{number}.txt")
            file.write_text("".join(f"{name}=={version}\n" for name, version in sorted(pins)))
            options += ["--requirement", str(file)]
        try:
            done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=MINUTES * 60)
        except (OSError, subprocess.TimeoutExpired) as error:
            return "", str(error)
    words = done.stderr.strip().splitlines()
    return done.stdout, words[-1] if words else ""


if __name__ == "__main__":
    sys.exit(main([ROOT / file for file in FILES]))
