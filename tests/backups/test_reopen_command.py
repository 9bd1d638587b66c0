"""python -m webshop reopen, and what other commands and the owner's mail say of it."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import ADDRESS, site_of
from tests.people import ADA
from tests.shopper import Shopper
from webshop.app import create_app
from webshop.settings.model import load


@pytest.fixture
def buy(shop_folder: Path) -> Any:
    """Buys in the shop that the commands are about; the order's number."""

    def bought(slug: str) -> str:
        client = TestClient(create_app(load()), base_url=ADDRESS)
        shopper = Shopper(client)
        shopper.add(slug).check_out().pay()
        site_of(client).db.engine.dispose()
        return str(shopper.response.url).rpartition("/")[2].partition(".")[0]

    return bought


def test_the_owner_goes_back_by_three_commands(
    said: Any, buy: Any, shop_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", ADDRESS)
    known, place = buy("blue-mug"), shop_folder / "backups"
    assert said("backup", str(place))[0] == 0
    unknown = buy("tiles")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{shop_folder / 'new.sqlite3'}")
    assert said("restore", str(place))[0] == 0

    code, out, err = said("reopen", "--check")
    assert (code, err) == (0, [])
    assert any(line.startswith(f"  {unknown}  €") and ADA.email in line for line in out)
    assert out[-1] == (
        "Nothing was changed, and the shop stays paused: python -m webshop reopen does all of this."
    )
    assert said("reopen", "--mails", "send")[2] == [
        "The shop is paused, and sends nothing: open it first, with reopen."
    ]
    code, out, err = said("reopen")
    assert (code, err, out[-1]) == (0, [], "The shop is open.")
    assert any(line.startswith("Skipped: invoices SANDBOX-20") for line in out)
    assert said("reopen") == (1, [], ["The shop is open: there is nothing to ask for."])

    (gap,) = said("orders", "gaps")[1]
    assert gap.startswith("invoices SANDBOX-20")
    assert "so that none is given twice." in gap
    (alarm,) = said("alarms")[1]
    assert f"{unknown}  unknown payment: order {unknown}" in alarm
    assert said("alarms", "--clear", unknown.lower())[1] == []

    listed = said("reopen", "--mails")[1]
    assert [line.split(",")[0] for line in listed] == [
        f"{known}  receipt to {ADA.email}", f"{known}  owner to you"
    ]  # fmt: skip
    assert said("reopen", "--mails", "send")[1] == [*listed, "Mails that are sent within seconds: 2."]
    assert said("reopen", "--mails")[1] == ["No mail is held."]
