"""A shop that takes real money loads what it needs, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import DATA
from tests.keys import KEY
from webshop.settings.model import ROOT

# As `python -m webshop serve` begins, and what it then shows.
BEGIN = """
import json, sys
from webshop.commands import read
read(["serve"])
from webshop.settings.model import load
from webshop import app
from starlette.testclient import TestClient
config = load(_env_file=None)
app.check(config)
shop = TestClient(app.create_app(config), base_url="https://shop.example")
said = [shop.get(path).status_code for path in ("/", "/products/bowl", "/search?q=mug", "/cart", "/readyz")]
said.append(shop.post("/cart/lines", data={"sku": "TILES", "quantity": "1"}).status_code)
json.dump({"said": said, "modules": sorted(sys.modules)}, sys.stdout)
"""
LOOKED_FOR = """
import importlib.metadata
looked_for = []
importlib.metadata.entry_points = lambda **which: looked_for.append(which) or []
import webshop.toml_files
print(looked_for)
"""
COLLECTED = """
import gc, sys
collected = []
gc.callbacks.append(lambda phase, told: "pydantic" in sys.modules and collected.append(phase))
try:
    {begin}
except SystemExit:
    print(len(collected), file=sys.stderr)
"""
NOT_NEEDED = """
    alembic mako sentry_sdk obstore PIL stripe requests psycopg rapidfuzz phonenumbers tqdm bs4 markdownify
    sqlalchemy.dialects.postgresql email_validator
    webshop.sandbox webshop.design webshop.doctor webshop.backups webshop.catalog.importers
    webshop.catalog.load webshop.catalog.file.changes webshop.catalog.file.rows webshop.catalog.file.traps
    webshop.catalog.prices webshop.catalog.search.index webshop.db.bulk
    webshop.catalog.file.reading webshop.catalog.file.entries webshop.pictures.drawings xml
    webshop.telemetry.sentry webshop.commands.doctor webshop.commands.orders webshop.commands.catalog
""".split()


def modules_of_a_live_shop(tmp_path: Path) -> list[str]:
    environment = {
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(tmp_path),
        "SHOP_FILE": str(DATA / "shop.toml"),
        "CATALOG_FILE": str(DATA / "catalog.toml"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shop.sqlite3'}",
        "PUBLIC_URL": "https://shop.example",
        "SECRET_KEYS": KEY,
        "STRIPE_SECRET_KEY": "sk_live_1",
        "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
        "STRIPE_WEBHOOK_SECRET": "whsec_1",
    }
    release = [sys.executable, "-m", "webshop", "release"]
    subprocess.run(release, cwd=tmp_path, env=environment, check=True, capture_output=True)
    done = subprocess.run([sys.executable, "-c", BEGIN], cwd=tmp_path, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["said"] == [200] * 6
    names: list[str] = found["modules"]
    return names


def loaded(names: list[str]) -> set[str]:
    return {each for each in NOT_NEEDED if each in names}


def test_a_live_shop_does_not_load_what_it_does_not_need(tmp_path: Path) -> None:
    assert loaded(modules_of_a_live_shop(tmp_path)) == set()


def test_what_is_loaded_all_the_same_is_found() -> None:
    """The negative control."""
    assert loaded([*sys.modules, "alembic", "webshop.doctor"]) >= {"alembic", "webshop.doctor"}


def test_nobody_looks_for_plugins_in_all_that_is_installed() -> None:
    def asked(**more: str) -> str:
        environment = {"PYTHONPATH": str(ROOT), **more}
        done = subprocess.run(
            [sys.executable, "-c", LOOKED_FOR], env=environment, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    assert asked() == "[]"
    assert asked(PYDANTIC_DISABLE_PLUGINS="none of them") == "[{'group': 'pydantic'}]"


def test_nobody_looks_for_garbage_in_what_is_loaded() -> None:
    def collected(begin: str) -> int:
        command = [sys.executable, "-c", COLLECTED.format(begin=begin), "--help"]
        done = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
        return int(done.stderr)

    assert collected("from webshop.__main__ import main; main()") == 0
    assert collected("from webshop.commands import read; read(sys.argv[1:])") > 0
