"""Lists of products: categories, filters, orders, pages by keys; on both databases."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from tests.catalog.examples import PLATE, SHELF, product, shelve
from tests.conftest import both_databases
from webshop.catalog import changed, load
from webshop.catalog.listing import filters, matching, menu, queries
from webshop.catalog.listing.asked import Asked, read
from webshop.catalog.listing.categories import Category
from webshop.catalog.listing.home import list_sections
from webshop.catalog.listing.menu import Menu, find_category, list_below, list_way
from webshop.catalog.listing.reading import Listing, read_listing
from webshop.catalog.model import Catalogue, WrittenCategory
from webshop.db.engine import Database
from webshop.db.tables import categories
from webshop.errors import Invalid, Unavailable
from webshop.shop import HomeSection

pytestmark = both_databases


def listing(db: Database, category: str = "", query: str = "") -> Listing:
    pairs = [(name, value) for name, _is, value in (part.partition("=") for part in query.split("&") if part)]
    with db.read() as connection:
        return read_listing(connection, "/x", category, read(pairs, "EUR"))


def slugs(db: Database, category: str = "", query: str = "") -> list[str]:
    return [card.product.slug for card in listing(db, category, query).page.cards]


def test_a_category_holds_all_that_is_below_it_in_the_catalogues_order(db: Database) -> None:
    shelve(db, *SHELF)
    with db.read() as connection:
        roots = [(each.slug, each.title, each.products) for each in list_below(connection)]
        below = [(each.slug, each.products) for each in list_below(connection, "tableware")]
        way = [each.slug for each in list_way(connection, "Tableware > Mugs")]
        nothing = find_category(connection, "hats")
    assert roots == [("tableware", "Tableware", 3), ("gifts", "Gifts", 1), ("home", "Home", 1)]
    assert below == [("plates", 1), ("mugs", 2)]
    assert way == ["tableware", "mugs"]
    assert nothing is None
    assert slugs(db, "tableware") == ["plate", "mug", "cup"]
    assert slugs(db, "mugs") == ["mug", "cup"]
    assert slugs(db) == ["plate", "mug", "cup", "vase", "card"]


def test_addresses_of_categories_are_unique_and_stay_and_can_be_written(db: Database) -> None:
    both = [
        product("a", "A", "Tableware > Mugs"),
        product("b", "B", "Gifts > Mugs"),
        product("c", "C", "杯子"),
    ]
    shelve(db, *both)
    with db.read() as connection:
        first = {row.path: row.slug for row in connection.execute(select(categories))}
    assert first["Tableware > Mugs"] == "mugs"
    assert first["Gifts > Mugs"] == "mugs-2"
    assert first["杯子"].isascii()
    shelve(db, *reversed(both), categories=(WrittenCategory("Gifts", "presents", "For others."),))
    with db.read() as connection:
        then = {row.path: row.slug for row in connection.execute(select(categories))}
        presents = find_category(connection, "presents")
        order = [each.title for each in list_below(connection)]
    assert then == first | {"Gifts": "presents"}
    assert presents is not None
    assert presents.description == "For others."
    assert order == ["Gifts", "杯子", "Tableware"]


def test_what_is_withdrawn_or_a_draft_is_in_no_list(db: Database) -> None:
    shelve(db, *SHELF)
    shelve(db, PLATE, product("draft", "Draft", "Home", draft=True))
    assert slugs(db) == ["plate"]
    with db.read() as connection:
        assert find_category(connection, "home") is None
        assert find_category(connection, "mugs") is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("brand=Moor", ["cup", "vase"]),
        ("brand=Moor&brand=Fernhill", ["plate", "mug", "cup", "vase"]),
        ("brand=Moor&tag=blue", ["cup"]),
        ("option.Glaze=Blue", ["plate"]),
        ("option.Glaze=Blue&option.Size=Large&tag=blue", []),
        ("from=9&to=20", ["plate", "cup"]),
        ("from=9,00&to=9", ["cup"]),
        ("stock=yes", ["plate", "mug", "cup", "card"]),
        ("sort=price", ["card", "cup", "plate", "mug", "vase"]),
        ("sort=-price&brand=Fernhill", ["mug", "plate"]),
        ("tag=nothing' OR 1=1 --", []),
        ("utm_source=mail&to=", ["plate", "mug", "cup", "vase", "card"]),
        ("after=mug", ["cup", "vase", "card"]),
        ("before=cup", ["plate", "mug", "cup", "vase", "card"]),
        ("after=gone", ["plate", "mug", "cup", "vase", "card"]),
    ],
)
def test_filters_of_one_kind_add_up_and_of_several_narrow(db: Database, query: str, found: list[str]) -> None:
    shelve(db, *SHELF)
    assert slugs(db, "", query) == found


def counts(found: Listing) -> dict[str, dict[str, int]]:
    return {each.kind: {value.name: value.products for value in each.values} for each in found.filters}


def test_each_filter_says_how_many_products_it_would_leave(db: Database) -> None:
    shelve(db, *SHELF)
    everything = {
        "option:Glaze": {"Blue": 1, "Green": 1},
        "option:Size": {"Large": 1, "Small": 1},
        "brand": {"Fernhill": 2, "Moor": 2},
        "tag": {"blue": 2, "stoneware": 2},
    }
    assert counts(listing(db)) == everything
    of_moor = listing(db, "", "brand=Moor")
    assert counts(of_moor) == {"brand": {"Fernhill": 2, "Moor": 2}, "tag": {"blue": 1, "stoneware": 1}}
    assert of_moor.page.total == 2
    assert [each.address for each in of_moor.active] == ["/x"]
    blue = listing(db, "mugs", "tag=blue&brand=Moor&sort=price&from=1")
    assert counts(blue)["brand"] == {"Fernhill": 1, "Moor": 1}
    assert [each.address for each in blue.active] == [
        "/x?tag=blue&from=1&sort=price",
        "/x?brand=Moor&from=1&sort=price",
        "/x?brand=Moor&tag=blue&sort=price",
    ]
    assert blue.address == "/x?brand=Moor&tag=blue&from=1&sort=price"


def test_a_value_is_one_filter_however_products_write_it(db: Database) -> None:
    shelve(db, product("a", "A", tags=("Blue",)), product("b", "B", tags=("blue", "BLUE", "red")))
    assert counts(listing(db)) == {"tag": {"Blue": 2, "red": 1}}


def many(db: Database) -> None:
    """57 products in 3 loads, in 5 prices; every third blue, the others of tin, every fifth sold out."""
    shown = []
    for n in range(57):
        stock = 0 if n % 5 == 0 else 3
        tags = ("blue",) if n % 3 == 0 else ("tin",)
        variants = [((), 100 + n % 5, stock)]
        shown.append(product(f"p{n}", f"P {n}", "All", tags=tags, variants=variants))
        if n % 19 == 18:
            db.clock = lambda day=n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)  # type: ignore[misc]
            shelve(db, *shown)


def pages(db: Database, query: str, most: int = 30) -> Iterator[list[str]]:
    """Following the links to the next page, then all the way back: which must be the same pages."""
    there: list[list[str]] = []
    place = ""
    while True:
        page = listing(db, "all", f"{query}&{place}").page
        there.append([card.product.slug for card in page.cards])
        if not page.after:
            break
        place = f"after={page.after}"
        assert len(there) < most
    for before in reversed(there[:-1]):
        page = listing(db, "all", f"{query}&before={page.before}").page
        assert [card.product.slug for card in page.cards] == before
    yield from there


@pytest.mark.parametrize(
    "query", ["", "sort=price", "sort=-price", "sort=new", "tag=blue", "stock=yes&sort=new"]
)
def test_every_product_is_on_one_page_and_the_way_back_is_the_same(db: Database, query: str) -> None:
    many(db)
    numbers = [n for n in range(57) if "blue" not in query or n % 3 == 0]
    numbers = [n for n in numbers if "stock" not in query or n % 5]
    key: Any = {"price": lambda n: (n % 5, n), "-price": lambda n: (-(n % 5), -n), "new": lambda n: -n}
    numbers.sort(key=key.get(query.partition("sort=")[2], lambda n: n))
    shown = [*pages(db, query)]
    assert [slug for page in shown for slug in page] == [f"p{n}" for n in numbers]
    assert all(len(page) == 24 for page in shown[:-1])


def test_a_list_too_long_to_look_through_is_gone_through_in_stretches(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page looks at twelve products, and every one that fits is on a page all the same."""
    many(db)
    for module in (matching, queries):
        monkeypatch.setattr(module, "MOST", 12)
    blue = [f"p{n}" for n in range(57) if n % 3 == 0 and n % 5]
    found: list[str] = []
    place = ""
    for _page in range(7):
        page = listing(db, "all", f"tag=blue&stock=yes&{place}").page
        assert page.more
        found += [card.product.slug for card in page.cards]
        place = f"after={page.after}"
        if not page.after:
            break
    assert found == blue
    few = listing(db, "all", "from=1.04").page
    assert (few.total, few.more) == (11, False)


def counted(found: Listing) -> dict[str, dict[str, int] | None]:
    """How many products have each value, by kind; None where nobody has counted them."""
    return {
        each.kind: {value.name: value.products for value in each.values} if each.counted else None
        for each in found.filters
    }


@pytest.mark.parametrize(
    ("most", "total", "numbers"),
    [(250, (45, False), {"tag": {"tin": 30, "blue": 15}}), (44, (44, True), {"tag": None})],
)
def test_what_fits_is_counted_to_the_end_where_that_is_not_far(
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    total: tuple[int, bool],
    numbers: dict[str, dict[str, int] | None],
) -> None:
    """Of 57 products 45 can be bought, a third of them blue."""
    many(db)
    for module in (queries, filters):
        monkeypatch.setattr(module, "COUNTED", most)
    found = listing(db, "all", "stock=yes")
    assert (found.page.total, found.page.more) == total
    assert counted(found) == numbers
    assert [value.name for each in found.filters for value in each.values] == ["tin", "blue"]


def test_how_many_have_one_value_is_known_however_many_they_are(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(db)
    for module in (queries, filters):
        monkeypatch.setattr(module, "COUNTED", 5)
    found = listing(db, "all", "tag=blue")
    assert (found.page.total, found.page.more) == (19, False)
    assert counted(found) == {"tag": {"blue": 19, "tin": 38}}


@pytest.mark.parametrize(
    "query",
    ["sort=color", "after=../x", "before=A", "&".join(f"tag={n}" for n in range(21)), f"tag={'x' * 201}"],
)
def test_what_no_page_links_to_is_refused_in_a_sentence(db: Database, query: str) -> None:
    with pytest.raises(Invalid):
        listing(db, "", query)


def test_prices_that_nobody_can_read_are_told_and_leave_the_list_as_it_is(db: Database) -> None:
    shelve(db, *SHELF)
    for typed in ("cheap", "-1", "NaN", "1e999", "٣", "1,2,3", "9" * 30):
        found = listing(db, "", f"from={typed}&to=10")
        assert found.asked.problems == {"from": "Please write the price as a number, such as 20."}, typed
        assert [card.product.slug for card in found.page.cards] == ["cup", "card"]


def test_a_card_speaks_for_all_variants(db: Database) -> None:
    shelve(db, *SHELF)
    cards = {card.product.slug: card for card in listing(db).page.cards}
    plate, vase = cards["plate"], cards["vase"]
    assert (plate.price_from, plate.price_to, plate.count, plate.variant.sku) == (2000, 2200, 3, "PLATE-1")
    assert (vase.count, vase.variant.stock) == (1, 0)


def test_loading_the_same_again_writes_nothing(db: Database) -> None:
    shelve(db, *SHELF)
    written: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        written.extend(
            [statement]
            if any(name in statement for name in ("listings", "facet", "categories", "search_"))
            else []
        )

    event.listen(db.engine, "before_cursor_execute", listen)
    with db.write() as connection:
        load.load(connection, Catalogue(SHELF))
    assert written
    assert [statement for statement in written if not statement.lstrip().startswith("SELECT")] == []


def test_the_home_page_has_the_sections_that_the_owner_has_chosen(db: Database) -> None:
    shelve(db, *SHELF)
    chosen = [
        HomeSection(title="Ours", products=["vase", "gone", "mug"]),
        HomeSection(title="On the table", category="Tableware > Mugs"),
        HomeSection(title="By address", category="plates", most=1),
        HomeSection(title="New", newest=2),
        HomeSection(title="Reduced", sale=4),
        HomeSection(title="Hats", category="Hats"),
    ]
    with db.read() as connection:
        sections = list_sections(connection, chosen)
        default = list_sections(connection, [])
    assert [(each.title, [card.product.slug for card in each.cards], each.address) for each in sections] == [
        ("Ours", ["vase", "mug"], ""),
        ("On the table", ["mug", "cup"], "/c/mugs"),
        ("By address", ["plate"], "/c/plates"),
        ("New", ["card", "vase"], "/products?sort=new"),
    ]
    assert [(each.title, each.address) for each in default] == [
        ("Tableware", "/c/tableware"),
        ("Gifts", "/c/gifts"),
        ("Home", "/c/home"),
    ]


def test_a_list_is_asked_for_by_one_address_only() -> None:
    asked = read([("sort", "new"), ("tag", "b"), ("to", "5"), ("tag", "a"), ("brand", "x"), ("q", "")], "EUR")
    assert asked == Asked(
        chosen={"brand": ("x",), "tag": ("a", "b")}, high=500, sort="new", typed={"from": "", "to": "5"}
    )


def test_who_comes_while_the_menu_is_read_for_the_first_time_has_it_as_well(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page without one would be kept."""
    shelve(db, *SHELF)
    found: list[list[str]] = []

    def ask() -> None:
        found.append([each.slug for each in roots.roots()])

    roots, second = Menu(db), Thread(target=ask)

    def read_slowly(connection: Connection, most: int) -> list[Category]:
        second.start()
        second.join(0.1)  # it would have had nothing
        return list_below(connection, most=most)

    monkeypatch.setattr(menu, "list_below", read_slowly)
    ask()
    second.join()
    assert found == [["tableware", "gifts", "home"]] * 2


def test_pages_with_a_menu_that_could_not_be_read_are_of_another_version(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelve(db, *SHELF)
    roots = Menu(db)
    roots.roots()
    before = roots.version()
    assert before == roots.version()
    with monkeypatch.context() as broken:
        broken.setattr(menu, "KEPT", 0)
        broken.setattr(menu, "list_below", fails)
        with db.write() as connection:
            changed.tell(connection)
        kept_under = roots.version()
        assert [each.slug for each in roots.roots()] == ["tableware", "gifts", "home"]  # the last one
    without = roots.version()
    assert len({before, kept_under, without}) == 3
    monkeypatch.setattr(menu, "monotonic", lambda: time.monotonic() + menu.PAUSE)
    assert [each.slug for each in roots.roots()] == ["tableware", "gifts", "home"]
    again = roots.version()  # what was drawn meanwhile is not kept for good
    assert again not in (before, kept_under, without)
    roots.roots()
    assert roots.version() == again


def test_nobody_waits_while_a_menu_that_is_still_right_is_read_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database hangs, all threads would. One of another version is waited for: above."""
    shelve(db, *SHELF)
    roots = Menu(db)
    roots.version()
    roots.roots()
    found: list[list[str]] = []
    second = Thread(target=lambda: found.append([each.slug for each in roots.roots()]))

    def read_slowly(connection: Connection, most: int) -> list[Category]:
        second.start()
        second.join(60)
        assert found == [["tableware", "gifts", "home"]]
        return list_below(connection, most=most)

    monkeypatch.setattr(menu, "list_below", read_slowly)
    monkeypatch.setattr(menu, "monotonic", lambda: time.monotonic() + menu.KEPT)
    assert len(roots.roots()) == 3
    assert len(found) == 1


def fails(*_args: object, **_kwargs: object) -> list[Category]:
    raise Unavailable("The shop is very busy.")
