"""Where a shop is on a platform that says so by its variables, and what is refused where none does."""

from pathlib import Path

import pytest

from tests.test_settings import LIVE, LOST, SIGN, TEST, load, problems
from webshop.settings.advice import what_a_live_shop_lacks

PG = "postgres://db.example/shop"
# What a platform sets, by its own documentation, and where the shop is then. "" where it does not say.
PLATFORMS = {
    "Render": (
        {"RENDER": "true", "RENDER_EXTERNAL_URL": "https://shop.onrender.com"},
        "https://shop.onrender.com",
    ),
    "Render's name": (
        {"RENDER": "true", "RENDER_EXTERNAL_HOSTNAME": "shop.onrender.com"},
        "https://shop.onrender.com",
    ),
    "Render, not a web service": (
        {"RENDER": "true", "RENDER_EXTERNAL_URL": "", "RENDER_EXTERNAL_HOSTNAME": ""},
        "",
    ),
    "Railway": (
        {"RAILWAY_ENVIRONMENT_NAME": "production", "RAILWAY_PUBLIC_DOMAIN": "shop.up.railway.app"},
        "https://shop.up.railway.app",
    ),
    "Railway, without a domain": ({"RAILWAY_ENVIRONMENT_NAME": "production"}, ""),
    "Fly.io": ({"FLY_APP_NAME": "clay-and-co"}, "https://clay-and-co.fly.dev"),
    "Heroku": (
        {"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "shop-0123456789ab.herokuapp.com"},
        "https://shop-0123456789ab.herokuapp.com",
    ),
    "Heroku, without dyno metadata": ({"DYNO": "web.1"}, ""),
    "Koyeb": (
        {"KOYEB_APP_NAME": "shop", "KOYEB_PUBLIC_DOMAIN": "shop-clay.koyeb.app"},
        "https://shop-clay.koyeb.app",
    ),
    "Scalingo": ({"CONTAINER_VERSION": "7"}, ""),
    "Cloud Run": ({"K_SERVICE": "shop"}, ""),
    "Northflank": ({"NF_PLATFORM_VERSION": "1"}, ""),
    "nonsense": ({"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "http://x/y?z"}, ""),
    "a trick": ({"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "shop.example@evil.example"}, ""),
}
NOWHERE = (
    "PUBLIC_URL: missing, and this platform does not say where the shop is, so the demo's checkout would "
    "lead nowhere; set it to what visitors see, such as https://shop.example, and DEMO=1"
)
MISSING = "PUBLIC_URL: missing; the address that shoppers see, such as https://shop.example"


@pytest.mark.parametrize(("variables", "url"), PLATFORMS.values(), ids=PLATFORMS.keys())
def test_a_platform_says_where_the_shop_is_or_it_has_to_be_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], url: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = {"data_dir": tmp_path, "public_url": "https://shop.example"}
    assert load(**told, demo="1").url == "https://shop.example"  # the owner's word comes first
    assert load(**{**LIVE, **told, "database_url": PG}).url == "https://shop.example"
    if url:
        assert load(data_dir=tmp_path).url == url  # without a single setting
        assert load(data_dir=tmp_path).told_url == url
        for keys in (TEST, LIVE):
            assert load(**{**keys, "public_url": "", "database_url": PG}).url == url
    else:
        assert problems(data_dir=tmp_path) == [NOWHERE]
        assert problems(data_dir=tmp_path, demo="1") == [NOWHERE]
        for keys in (TEST, LIVE):
            assert problems(**{**keys, "public_url": "", "database_url": PG}) == [MISSING]


def test_on_somebodys_own_machine_a_demo_needs_no_address(tmp_path: Path) -> None:
    config = load(data_dir=tmp_path)
    assert (config.told_url, config.url) == ("", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("left", "seen"),
    [
        ({"database_url": PG}, "DATABASE_URL is PostgreSQL"),
        ({"smtp_url": "smtp://mail.example"}, "SMTP_URL is another machine"),
        ({"public_url": "https://shop.example"}, "PUBLIC_URL is https"),
        ({"sqlite_is_kept": "1"}, "SQLITE_IS_KEPT is set"),
    ],
)
def test_a_shop_on_a_platform_that_has_lost_its_keys_is_no_demo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, left: dict[str, str], seen: str
) -> None:
    for name, value in PLATFORMS["Render"][0].items():
        monkeypatch.setenv(name, value)
    assert problems(data_dir=tmp_path, **left) == [LOST + seen + SIGN]
    assert load(data_dir=tmp_path, **left, demo="1").is_demo
    assert load(data_dir=tmp_path).is_demo  # an address of the platform's is no sign


def test_what_a_live_shop_lacks_is_told_with_its_cure(tmp_path: Path) -> None:
    whole = {"database_url": PG, "smtp_url": "smtp://mail.example", "owner_email": "owner@shop.example"}
    lacks = {
        "smtp_url": "SMTP_URL: missing, so no shopper gets a receipt; set it to your mail provider's server, "
        "as .env.example shows",
        "owner_email": "OWNER_EMAIL: missing, so nobody hears of orders and alarms; set it to the address "
        "that you read",
        "database_url": f"DATABASE_URL: missing, so paid orders are in a file in {tmp_path} and nowhere "
        "else; set it to PostgreSQL, or SQLITE_IS_KEPT=1 if that disk stays",
    }
    live = {**LIVE, "data_dir": tmp_path}
    assert what_a_live_shop_lacks(load(**live, **whole)) == []
    assert what_a_live_shop_lacks(load(**live)) == list(lacks.values())
    for name, sentence in lacks.items():
        assert what_a_live_shop_lacks(load(**live, **{**whole, name: ""})) == [sentence]
    for kept in ({"sqlite_is_kept": "1"}, {"database_url": f"sqlite:///{tmp_path}/kept.sqlite3"}):
        assert what_a_live_shop_lacks(load(**live, **{**whole, "database_url": "", **kept})) == []
    assert what_a_live_shop_lacks(load(**TEST)) == what_a_live_shop_lacks(load(data_dir=tmp_path)) == []
