"""Writes docs/screens/: every page of the demo in every state, and every mail, a picture each with three
widths and both schemes; and docs/screens.webp, some of them side by side.

    ONLY=cart python -m tests.screens     those whose name has that word
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.browser.conftest import launched
from tests.browser.server import place_orders, served
from tests.browser.visits import Visits, visits
from tests.pages import ORDERS, PageState
from tests.screens.shots import SCALE, contact_sheet, file_name, save, shoot
from tests.screens.states import SLUGS, demo_states, paper_states
from webshop.settings.model import ROOT

FOLDER = ROOT / "docs/screens"
SHEET = ROOT / "docs/screens.webp"
ON_THE_SHEET = (
    "all products", "a category", "a search", "a product of many variants, one sold out",
    "a product of one variant", "a cart with many things", "the checkout of many things", "the payment",
    "an order: paid", "an order: shipped", "a search without success", "no such page",
)  # fmt: skip


def main() -> int:
    only = os.environ.get("ONLY", "")
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="screens-") as name, sync_playwright() as playwright:
        files = {"shop_file": ROOT / "shop.toml", "catalog_file": ROOT / "catalog.toml"}
        with served(Path(name), trusted_proxies=1, **files) as shop:
            place_orders(shop, *ORDERS, product=SLUGS["tiles"])
            pages, papers = demo_states(), list(paper_states(shop.url))
            with visits(launched(playwright.chromium), shop, device_scale_factor=SCALE) as visit:
                missed = [state.name for state in pages if only in state.name and not _page(visit, state)]
                missed += [state.name for state in papers if only in state.name and not _paper(visit, state)]
    if not only:
        known = {file_name(state) for state in (*pages, *papers)}
        for file in FOLDER.iterdir():
            if file.name not in known:
                file.unlink()
    chosen = [FOLDER / file_name(state) for state in pages if state.name in ON_THE_SHEET]
    save(contact_sheet([file for file in chosen if file.exists()]), SHEET)
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{len(list(FOLDER.iterdir()))} pictures, {size:,} bytes, in {FOLDER}", *missed, sep="\n")
    return int(bool(missed))


def _page(visit: Visits, state: PageState) -> bool:
    try:
        save(shoot(visit.to(state)), FOLDER / file_name(state))
    except Exception as error:  # the others are to be seen all the same
        print(f"{state.name}: {error}", flush=True)
        return False
    return True


def _paper(visit: Visits, state: PageState) -> bool:
    visit.page.goto(visit.shop.url + state.path)
    save(shoot(visit.page, is_paper=True), FOLDER / file_name(state))
    return True


if __name__ == "__main__":
    sys.exit(main())
