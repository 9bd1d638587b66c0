"""What tests of the import stand on."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def imported(said: Any, shop_folder: Path) -> Any:
    """Imports this content, and gives what was said and the catalogue."""

    def run(content: str, name: str = "shopify.csv") -> tuple[list[str], str]:
        (shop_folder / name).write_text(content)
        code, out, err = said("import", str(shop_folder / name), "--replace")
        assert (code, err) == (0, [])
        return out, (shop_folder / "catalog.toml").read_text()

    return run
