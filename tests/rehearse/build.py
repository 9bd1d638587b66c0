"""What a platform builds: the committed tree in a fresh place, with an environment of hashed packages."""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.releases.processes import tree_of

ROOT = Path(__file__).parents[2]
MIGRATIONS = "webshop/db/migrations/versions"
NEXT_MIGRATION = '''"""What the release after this one may add: a column that may be empty, and a table."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("orders", sa.Column("rehearsed", sa.String(20)))
    op.create_table("rehearsals", sa.Column("id", sa.Integer, primary_key=True))
'''


@dataclass(frozen=True)
class Build:
    """A tree that nobody may write into, and the Python that it runs with."""

    tree: Path
    environment: Path

    @property
    def binaries(self) -> Path:
        return self.environment / "bin"

    def command(self, process: str) -> list[str]:
        """As the Procfile says it, but reachable from this machine only."""
        found = re.search(rf"^{process}: (.+)$", (self.tree / "Procfile").read_text(), re.MULTILINE)
        assert found, f"no {process} in the Procfile"
        return self.python(*shlex.split(found[1].replace("0.0.0.0", "127.0.0.1"))[1:])

    def python(self, *arguments: str) -> list[str]:
        return [str(self.binaries / "python"), *arguments]

    def digest(self) -> str:
        """Of each file's name and content."""
        whole = hashlib.sha256()
        for path in sorted(path for path in self.tree.rglob("*") if path.is_file()):
            whole.update(f"{path.relative_to(self.tree)}\0".encode() + path.read_bytes())
        return whole.hexdigest()


def build(folder: Path, revision: str = "HEAD") -> Build:
    """Raises CalledProcessError."""
    made = Build(tree_of(revision, folder / "today"), folder / "python")
    _install(made)
    _compile(made)
    return made


def next_release(before: Build, folder: Path) -> Build:
    """The same with one more migration that only adds."""
    made = Build(Path(shutil.copytree(before.tree, folder / "next")), before.environment)
    _set_writable(made.tree, True)
    numbers = sorted(path.name[:4] for path in (made.tree / MIGRATIONS).glob("[0-9]*.py"))
    migration = made.tree / MIGRATIONS / "9999_rehearsal.py"
    migration.write_text(NEXT_MIGRATION.format(head=numbers[-1]))
    _compile(made)
    return made


def _install(made: Build) -> None:
    """As `make` does it."""
    requirements = ["--require-hashes", "-r", str(made.tree / "requirements.txt")]
    if uv := shutil.which("uv"):
        _run([uv, "venv", "-q", "--python", sys.executable, str(made.environment)])
        _run([uv, "pip", "install", "-q", "--python", str(made.environment), *requirements])
    else:
        _run([sys.executable, "-m", "venv", str(made.environment)])
        _run(made.python("-m", "pip", "install", "-qq", "--disable-pip-version-check", *requirements))


def _compile(made: Build) -> None:
    _run(made.python("-m", "compileall", "-q", str(made.tree / "webshop")))
    _set_writable(made.tree, False)


def _set_writable(tree: Path, writable: bool) -> None:
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | 0o200 if writable else mode & ~0o222)


def forget(folder: Path) -> None:
    """The folder with all that was built in it."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o700)
    shutil.rmtree(folder)


def _run(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)}: {done.stdout}{done.stderr}")
