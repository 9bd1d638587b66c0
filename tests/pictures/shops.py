"""A shop in a process of its own, whose originals are in another folder than the repository's."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import DATA
from tests.pictures import originals
from tests.ports import free_port
from webshop.settings.model import ROOT

SERVE = """
import sys
from pathlib import Path
from webshop.pictures import studio

studio.ORIGINALS = Path(sys.argv[1])
from webshop.__main__ import main

sys.exit(main(["serve"]))
"""
LONGEST_START = 60  # seconds
PRODUCTS = 12
DIFFERENT = 2  # each takes most of a second to make


def with_photographs(folder: Path) -> None:
    """A catalogue, and an original for each product as a phone makes it: 12 megapixels, 6 MB, lying on its
    side, with where it was taken."""
    (folder / "originals").mkdir()
    photographs = [originals.photograph(seed) for seed in range(DIFFERENT)]
    lines = []
    for number in range(PRODUCTS):
        (folder / "originals" / f"IMG_{number}.JPG").write_bytes(photographs[number % DIFFERENT])
        lines.append(
            f'[[products]]\nslug = "cup-{number}"\ntitle = "Cup number {number}"\ncategory = "Cups"\n'
            f'summary = "Holds tea."\ndescription = "Holds tea."\npicture = "IMG_{number}.JPG"\n'
            f'picture_alt = "A cup"\n[[products.variants]]\nsku = "CUP-{number}"\nprice = 12\nweight = 300\n'
        )
    (folder / "catalog.toml").write_text("\n".join(lines))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the shop in this folder, which makes its pictures when they are asked for."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    environment = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "DATA_DIR": str(folder / "var"),
        "SHOP_FILE": str(DATA / "shop.toml"),
        "CATALOG_FILE": str(folder / "catalog.toml"),
        "PICTURES_URL": str(folder / "made"),
    }
    command = [sys.executable, "-c", SERVE, str(folder / "originals")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + LONGEST_START
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=LONGEST_START):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the shop did not start: {log.read_text()}")
