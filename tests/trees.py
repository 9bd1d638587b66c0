"""A copy of the repository, to be changed and tried with its tests."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv*", "var", ".*_cache", ".hypothesis")


def copy_tree(folder: Path, root: Path = ROOT) -> Path:
    return Path(shutil.copytree(root, folder / "shop", ignore=LEFT_BEHIND))


def run_tests(tree: Path, *arguments: str, timeout: float = 300) -> tuple[int, str]:
    """Pytest's exit code and its words, of these tests in that tree. Raises subprocess.TimeoutExpired.

    No bytecode is written: it would be taken for that of the next change, if that is made within a second.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-n0", "-pno:cacheprovider", f"--basetemp={tree}.tmp", *arguments],
        cwd=tree,
        env=environment | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=timeout)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)  # with whatever the tests have started
        process.communicate()
        raise
    return process.returncode, out.strip() + err
