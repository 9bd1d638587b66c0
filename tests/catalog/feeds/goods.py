"""A product of every kind, and a shop that sells them, for what machines are told."""

from datetime import UTC, datetime, timedelta

from starlette.testclient import TestClient

from tests.conftest import site_of
from webshop.catalog import load as catalogue
from webshop.catalog.model import Catalogue, Picture, Product, Variant

LOADED = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "</script><script>alert(1)</script> ]]> & \"quotes\" 'x' 🍵 שלום\ufffe"

MUG = Product(
    "mug",
    "Harbour mug",
    "",
    "**Thrown** by hand.\n\n- holds [tea](https://tea.example)\n- and coffee",
    (
        Variant("mug blue/S", "mug", "Blue / Small", 2400, 3, 420, ("Blue", "Small"), gtin="4006381333931"),
        Variant("mug blue/L", "mug", "Blue / Large", 3000, 0, 520, ("Blue", "Large"), picture="inside.jpg"),
    ),
    pictures=(
        Picture("mug.jpg", "A mug", "0123456789", 1280, 1280),
        Picture("inside.jpg", "", "abcdef0123", 640, 640),
        Picture("not-made.jpg"),
        Picture("plan.svg", "", "fedcba9876", 400, 400),
    ),
    categories=("Tableware > Mugs", "Gifts"),
    options=("Glaze", "Size"),
    brand="Fernhill & Sons",
)
OIL = Product(
    "oil",
    "Olive oil",
    "Green.",
    "",
    (Variant("OIL", "oil", "", 1785, None, 400, was=2500, contents="250 ml"),),
)
CHART = Product(
    "chart", "Glaze chart", "To download.", "", (Variant("CHART", "chart", "", 500, None, 0),), shipped=False
)
TRAP = Product("trap", HOSTILE, HOSTILE, HOSTILE, (Variant("<&>", "trap", "", 100, None, 1),), brand=HOSTILE)
CORDS = tuple(Variant(f"CORD-{n}", "cord", f"{n} m", 100 * n, n % 2, 10) for n in range(1, 41))
CORD = Product("cord", "Cord", "By the metre.", "", CORDS)
DRAFT = Product("draft", "Draft", "Soon.", "", (Variant("DRAFT", "draft", "", 100, None, 1),), draft=True)
GOODS = (MUG, OIL, CHART, TRAP, CORD, DRAFT)


def sell(client: TestClient, *goods: Product, day: int = 0) -> None:
    """These and nothing else, from so many days after LOADED on."""
    with site_of(client).db.write(LOADED + timedelta(days=day)) as connection:
        catalogue.load(connection, Catalogue(goods, currency="EUR"))


def sell_all(client: TestClient) -> None:
    """The oil was 22.00 before it was reduced."""
    before = Variant("OIL", "oil", "", 2200, None, 400, contents="250 ml")
    sell(client, Product("oil", "Olive oil", "Green.", "", (before,)))
    sell(client, *GOODS, day=40)
