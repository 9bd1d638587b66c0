"""Who is counted: the peer, or whom the last trusted proxy was asked by; never what anybody can write."""

import pytest
from starlette.requests import Request

from tests.conftest import make_config
from webshop.settings.model import Settings
from webshop.settings.together import WIPED_DISKS
from webshop.web.visitor import counted, visitor_of


class App:
    """As much of the shop as the question needs."""

    def __init__(self, settings: Settings) -> None:
        self.state = self
        self.site = self
        self.settings = settings


def asked(settings: Settings, *forwarded: str, peer: str | None = "192.0.2.1", name: str = "") -> str:
    headers = [((name or "x-forwarded-for").encode(), each.encode()) for each in forwarded]
    client = (peer, 50_000) if peer is not None else None
    return visitor_of(Request({"type": "http", "headers": headers, "client": client, "app": App(settings)}))


@pytest.fixture
def behind(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Settings]:
    """Settings by the number of trusted proxies."""
    folder = tmp_path_factory.mktemp("shop")
    return {number: make_config(folder, trusted_proxies=number) for number in range(3)}


def test_without_a_trusted_proxy_the_peer_counts(behind: dict[int, Settings], tmp_path: object) -> None:
    assert asked(behind[0], "203.0.113.7") == "192.0.2.1"
    assert asked(behind[0]) == "192.0.2.1"
    assert asked(make_config(tmp_path), "203.0.113.7") == "192.0.2.1"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, ["203.0.113.7"], "203.0.113.7"),
        (1, ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (1, ["6.6.6.6,7.7.7.7 ,  203.0.113.7 "], "203.0.113.7"),
        (1, ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),  # two lines are one list
        (2, ["6.6.6.6, 203.0.113.7, 192.0.2.9"], "203.0.113.7"),
        (2, ["203.0.113.7, 192.0.2.9"], "203.0.113.7"),
        (2, ["203.0.113.7"], "203.0.113.7"),  # one of the two adds nothing
        (1, [], "192.0.2.1"),
        (1, [""], "192.0.2.1"),
        (1, ["203.0.113.7, "], "192.0.2.1"),
        (1, ["203.0.113.7, unknown"], "192.0.2.1"),
        (1, ["<script>"], "192.0.2.1"),
        (1, ["203.0.113.7:50123"], "203.0.113.7"),
        (1, ["[2001:db8:0:1:2:3:4:5]:443"], "2001:db8:0:1::/64"),
        (1, ["2001:db8:0:1::5"], "2001:db8:0:1::/64"),
        (1, ["2001:DB8:0:1:ffff:ffff:ffff:ffff"], "2001:db8:0:1::/64"),
        (1, ["::ffff:203.0.113.7"], "203.0.113.7"),
        (1, ["fe80::1%eth0"], "fe80::/64"),
        (1, ["::1"], "::/64"),
        (1, ["0203.0.113.7"], "192.0.2.1"),
        (1, ["9" * 5000], "192.0.2.1"),
    ],
)
def test_behind_proxies_the_address_that_the_first_of_them_has_seen_counts(
    behind: dict[int, Settings], proxies: int, forwarded: list[str], expected: str
) -> None:
    assert asked(behind[proxies], *forwarded) == expected


@pytest.mark.parametrize("name", ["forwarded", "x-real-ip", "cf-connecting-ip", "client-ip"])
def test_no_other_header_counts(behind: dict[int, Settings], name: str) -> None:
    for settings in behind.values():
        assert asked(settings, "203.0.113.7", name=name) == "192.0.2.1"


@pytest.mark.parametrize("peer", [None, "", "testclient", "/run/shop.sock"])
def test_a_peer_without_an_address_is_nobody_in_particular(
    behind: dict[int, Settings], peer: str | None
) -> None:
    assert asked(behind[0], peer=peer) == ""
    assert asked(behind[1], peer=peer) == ""
    assert asked(behind[1], "203.0.113.7", peer=peer) == "203.0.113.7"


def test_an_ipv6_peer_counts_by_its_household(behind: dict[int, Settings]) -> None:
    assert {asked(behind[0], peer=f"2001:db8:0:1::{last:x}") for last in range(300)} == {"2001:db8:0:1::/64"}
    assert asked(behind[0], peer="2001:db8:0:2::1") == "2001:db8:0:2::/64"


def test_what_is_written_as_it_is_counted_is_counted_as_that() -> None:
    """The owner lifts a limit by what the list shows."""
    assert counted("2001:db8:0:1::/64") == "2001:db8:0:1::/64"
    assert counted("203.0.113.7") == "203.0.113.7"


@pytest.mark.parametrize("platform", WIPED_DISKS)
def test_known_platforms_have_a_known_number_of_proxies(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setenv(platform, "1")
    known = make_config(tmp_path)  # type: ignore[arg-type]
    assert known.proxies == (2 if platform in ("FLY_APP_NAME", "RENDER") else 1)
    monkeypatch.setenv("TRUSTED_PROXIES", "0")
    assert make_config(tmp_path).proxies == 0  # type: ignore[arg-type]
