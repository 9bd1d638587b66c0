"""The command line, run in this process."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DATA
from webshop.__main__ import main
from webshop.settings import Settings


@pytest.fixture
def shop_folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a shop whose files are in this folder."""
    for name in ("shop", "catalog"):
        shutil.copy(DATA / f"{name}.toml", tmp_path)
        monkeypatch.setenv(f"{name.upper()}_FILE", str(tmp_path / f"{name}.toml"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    return tmp_path


@pytest.fixture
def said(shop_folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in this process: its exit code, and the lines of stdout and stderr."""

    def run(*arguments: str) -> tuple[int, list[str], list[str]]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out.splitlines(), err.splitlines()

    return run
