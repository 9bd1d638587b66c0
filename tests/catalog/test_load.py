"""Loading: stock that the file cannot change, skus that are called otherwise now, and what a start finds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import DATA, both_databases, only_postgresql, only_sqlite
from tests.till import Till
from webshop.cart import queries as carts
from webshop.catalog import load as catalogue
from webshop.catalog.file.changes import told
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.file.source import CatalogFile
from webshop.catalog.model import Catalogue, Variant, key_of
from webshop.catalog.opening import find_digest, refresh
from webshop.catalog.search.queries import find
from webshop.db import engine
from webshop.db.engine import Database
from webshop.errors import Mistyped, OwnerError, Unavailable
from webshop.orders import stock
from webshop.toml_files import FileError

pytestmark = both_databases
BASE = read_catalog(DATA / "catalog.toml", "EUR")


def with_mug(**changes: object) -> Catalogue:
    """The tests' catalogue with another blue mug."""
    mug, *others = BASE.products
    return Catalogue((replace(mug, variants=(replace(mug.variants[0], **changes),)), *others))  # type: ignore[arg-type]


def called(sku: str) -> Catalogue:
    key = key_of(sku)
    return with_mug(sku=key, code=sku if key != sku else "")


def sold(db: Database, sku: str) -> tuple[str, int]:
    """How it is written, and how many there are."""
    with db.read() as connection:
        [found] = [each for each in stock.list_stocks(connection, sku) if each.sku == sku]
    return found.sku, found.left or 0


def test_a_sku_that_looks_renamed_is_asked_about_and_then_keeps_stock_and_carts(till: Till) -> None:
    cart = till.cart(MUG_BLUE=2)
    new = called("Becher blau / 2")
    [rename] = catalogue.look(till.db, new, {}).renames
    assert (rename.product, rename.old, rename.new) == ("Blue mug", "MUG-BLUE", "Becher blau / 2")
    assert "catalog load --renamed 'MUG-BLUE=Becher blau / 2'" in rename.sentence

    catalogue.store(till.db, new, "", {"mug-blue": "Becher blau / 2"})
    assert sold(till.db, "Becher blau / 2") == ("Becher blau / 2", 10)
    assert till.contents(cart) == {"MUG-BLUE": 2}
    order, _session = till.bought(cart)
    assert [line.written_sku for line in order.lines] == ["Becher blau / 2"]
    assert sold(till.db, "Becher blau / 2") == ("Becher blau / 2", 8)
    again = catalogue.look(till.db, new, {})
    assert [*told(again)] == []
    catalogue.store(till.db, Catalogue((*new.products[:1], *BASE.products[1:])), "", {})
    assert sold(till.db, "Becher blau / 2") == ("Becher blau / 2", 8)


def test_a_sku_that_was_not_asked_about_is_new_and_can_be_the_old_one_later(till: Till) -> None:
    old, new = till.cart(MUG_BLUE=2), called("BECHER")
    catalogue.store(till.db, new, "", {})
    assert sold(till.db, "BECHER") == ("BECHER", 10)
    later = till.cart(BECHER=3)
    with till.db.write() as connection:
        stock.count(connection, "MUG-BLUE", 4)  # it is no longer sold, and counted all the same

    catalogue.store(till.db, new, "", {"MUG-BLUE": "BECHER"})
    assert sold(till.db, "BECHER") == ("BECHER", 4)
    with till.db.read() as connection:
        [mine], [theirs] = (carts.list_lines(connection, cart) for cart in (old, later))
    assert [(line.code, line.quantity, line.stock) for line in (mine, theirs)] == [
        ("BECHER", 2, 4),
        ("BECHER", 3, 4),
    ]
    with pytest.raises(Mistyped, match="NOPE is no sku that the shop has and the file has not"):
        catalogue.store(till.db, new, "", {"NOPE": "BECHER"})


def test_a_renamed_skus_old_name_is_free_for_another_thing(db: Database) -> None:
    catalogue.store(db, called("BECHER"), "", {"MUG-BLUE": "BECHER"})
    mug, *others = called("BECHER").products
    again = Variant("MUG-BLUE", mug.slug, "New", 900, 3, 300)
    both = replace(mug, variants=(replace(mug.variants[0], title="Old"), again))
    catalogue.store(db, Catalogue((both, *others)), "", {})
    assert (sold(db, "BECHER"), sold(db, "MUG-BLUE")) == (("BECHER", 10), ("MUG-BLUE", 3))


def test_another_case_is_the_same_sku(db: Database) -> None:
    assert catalogue.look(db, called("mug-blue"), {}).renames == []
    catalogue.store(db, called("mug-blue"), "", {})
    assert sold(db, "mug-blue") == ("mug-blue", 10)


def test_stock_is_changed_by_so_much_and_never_below_nothing(db: Database) -> None:
    with db.write() as connection:
        assert stock.change(connection, "mug-blue", 5) == 15
        assert stock.change(connection, "MUG-BLUE", -15) == 0
    for sku, by, sentence in (
        ("MUG-BLUE", -1, "MUG-BLUE has 0 left, so that 1 cannot be taken off"),
        ("TILES", 1, "TILES is sold without counting"),
        ("NOPE", 1, "There is no sku NOPE"),
    ):
        with db.write() as connection, pytest.raises(OwnerError, match=sentence):
            stock.change(connection, sku, by)


def test_what_a_load_did_is_told_by_name_and_not_endlessly(db: Database) -> None:
    mug, *others = BASE.products
    things = tuple(
        replace(mug, slug=f"t-{n}", title=f"T {n}", variants=(Variant(f"T-{n}", f"t-{n}", "", 100, 1, 1),))
        for n in range(30)
    )
    loaded = catalogue.store(db, Catalogue((replace(mug, title="Mug"), *things, *others[1:])), "", {})
    named = ", ".join(f"T {n}" for n in range(20))
    assert list(told(loaded))[:3] == [
        f"New: {named}, and 10 more.",
        "Changed: Mug, Last vase, Glaze tiles.",  # of two the place
        "Withdrawn: Bowl.",
    ]


def test_a_start_loads_a_changed_file_or_says_why_not(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    written = (DATA / "catalog.toml").read_text()
    file = CatalogFile(path, "EUR")

    def start(text: str) -> list[str]:
        path.write_text(text)
        return list(refresh(db, file, file.read))

    path.write_text(written)
    catalogue.store(db, file.read(), file.digest, {})
    assert start(written) == []
    first, *rest = start(written.replace("price = 12.00", "price = 13.00"))
    if db.is_embedded:
        assert (first, rest) == ("catalog.toml has changed and is loaded.", ["Changed: Blue mug."])
    else:
        assert (first, rest) == (
            "catalog.toml is not what the shop sells: python -m webshop catalog load",
            [],
        )
    [mistaken] = start(written.replace("price = 12.00", ""))
    assert mistaken == (
        "The shop sells what it sold before, not what catalog.toml says: "
        "catalog.toml: Blue mug: the price is missing"
    )
    catalogue.store(db, Catalogue(()), "", {})
    with db.write() as connection:
        for table in ("cart_lines", "variants", "products"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    with pytest.raises(FileError):
        start(written.replace("price = 12.00", ""))


class KilledError(Exception):
    """As if the process had ended here."""


@pytest.mark.parametrize("place", range(len(catalogue.STEPS)))
def test_a_load_that_breaks_off_is_not_known_as_loaded_and_is_done_again(
    db: Database, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    def breaks_off(*_arguments: object) -> None:
        raise KilledError

    new = with_mug(title="Ultramarine")
    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(catalogue, "STEPS", (*catalogue.STEPS[:place], breaks_off))
        catalogue.store(db, new, "the new file", {})
    with db.read() as connection:
        assert find_digest(connection) == ""
    catalogue.store(db, new, "the new file", {})
    with db.read() as connection:
        assert find_digest(connection) == "the new file"
        assert list(find(connection, "ultramarine").slugs or []) == ["blue-mug"]


@only_sqlite
def test_what_a_broken_load_left_in_the_index_is_written_over(db: Database) -> None:
    with db.write() as connection:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO search_index (rowid, title, keywords, codes, body) "
            "SELECT max(id) + 1, 'left', '', '', '' FROM search_documents"
        )
    mug, *_others = BASE.products
    variant = replace(mug.variants[0], sku="TWIN", product="twin")
    twin = replace(mug, slug="twin", title="Twin", variants=(variant,))
    catalogue.store(db, Catalogue((*BASE.products, twin)), "", {})
    with db.read() as connection:
        left = "SELECT title FROM search_index WHERE search_index MATCH 'title : (twin OR left)'"
        assert connection.exec_driver_sql(left).all() == [("twin",)]


SLEEPS = """CREATE FUNCTION sleeps() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.6); RETURN NULL; END $$;
    CREATE TRIGGER sleeps AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION sleeps()"""


@pytest.fixture(params=["products", "variants", "search_documents", "search_words"])
def sleepy(db: Database, request: pytest.FixtureRequest) -> Iterator[None]:
    """Each statement that writes into one of these tables takes long."""
    with db.write() as connection:
        connection.exec_driver_sql(SLEEPS.format(table=request.param))
    yield
    with db.write() as connection:
        connection.exec_driver_sql("DROP FUNCTION sleeps CASCADE")


@only_postgresql
@pytest.mark.usefixtures("sleepy")
def test_loading_may_take_longer_than_any_other_statement(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand products, on a small machine."""
    monkeypatch.setattr(engine, "STATEMENT_SECONDS", 0.3)
    hurried, new = Database(database_url), called("LATER")
    hurried.logs = False
    with pytest.raises(Unavailable), hurried.write() as connection:  # the control
        connection.exec_driver_sql("SELECT pg_sleep(0.6)")
    catalogue.store(hurried, new, "", {})
    with hurried.read() as connection:
        assert find(connection, "LATER").slugs == ["blue-mug"]
    with pytest.raises(Unavailable), hurried.write() as connection:  # and again for all others
        connection.exec_driver_sql("SELECT pg_sleep(0.6)")
    hurried.engine.dispose()
