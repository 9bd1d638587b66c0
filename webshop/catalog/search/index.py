"""What is searched, made when a catalogue is loaded; only what has changed is written."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select, text

from webshop.catalog.model import Catalogue, Product
from webshop.catalog.search.spelling import all_forms, is_word
from webshop.catalog.search.words import code, words
from webshop.db.tables import search_documents, search_spellings, search_words
from webshop.db.tables.search import GIN_INDEXES
from webshop.db.upsert import insert

Row: TypeAlias = dict[str, Any]
WEIGHTS = {"title": "A", "codes": "B", "keywords": "C", "body": "D"}  # PostgreSQL's names for them

FORGET = text("DELETE FROM search_index WHERE rowid = :id")
# What a load has left that broke off here is written over.
REMEMBER = text(
    "INSERT OR REPLACE INTO search_index (rowid, title, keywords, codes, body) "
    "VALUES (:id, :title, :keywords, :codes, :body)"
)

SETTLE = text("SELECT gin_clean_pending_list(CAST(:name AS regclass))")


def fill(connection: Connection, catalogue: Catalogue) -> None:
    """Make the index what the catalogue says, which has been loaded."""
    shown = {
        product.slug: product for product in catalogue.products if product.variants and not product.draft
    }
    document = search_documents.c
    known = connection.execute(select(document.id, document.product, document.digest))
    old = {row.product: row for row in known}
    digests = {slug: _digest(product) for slug, product in shown.items()}
    gone = [old[slug].id for slug in old if slug not in shown]
    changed = {
        slug: digest for slug, digest in digests.items() if slug not in old or old[slug].digest != digest
    }
    if not gone and not changed:
        return
    _forget(connection, [*gone, *(old[slug].id for slug in changed if slug in old)])
    after = max((row.id for row in old.values()), default=0)
    ids = {
        slug: number for number, slug in enumerate((slug for slug in changed if slug not in old), after + 1)
    }
    ids |= {slug: row.id for slug, row in old.items()}
    rows = [
        {"id": ids[slug], "product": slug, "digest": digest, **_document(shown[slug])}
        for slug, digest in changed.items()
    ]
    _remember(connection, rows)
    settle(connection)


def _digest(product: Product) -> str:
    """Of all that it is found by."""
    return sha256("\0".join(_texts(product)).encode()).hexdigest()


def _texts(product: Product) -> Iterable[str]:
    yield product.title
    yield from _keywords(product)
    yield "codes"
    yield from _codes(product)
    yield from _body(product)


def _keywords(product: Product) -> Iterable[str]:
    values = (value for variant in product.variants for value in (*variant.options, variant.title))
    return dict.fromkeys([product.brand, *product.categories, *product.tags, *product.options, *values])


def _codes(product: Product) -> Iterable[str]:
    for variant in product.variants:
        yield from (variant.written_sku, variant.gtin)


def _body(product: Product) -> Iterable[str]:
    return product.summary, product.description, *(text for fact in product.facts for text in fact)


def _document(product: Product) -> Row:
    """Each word once where only that counts, in the order of the text."""
    return {
        "title": " ".join(words(product.title)),
        "keywords": _once(_keywords(product)),
        "codes": " ".join(
            dict.fromkeys(word for each in _codes(product) for word in (code(each), *words(each)) if word)
        ),
        "body": _once(_body(product)),
    }


def _once(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(words("\n".join(texts))))


def _forget(connection: Connection, ids: Sequence[int]) -> None:
    if not ids:
        return
    gone = [{"id": number} for number in ids]
    if connection.dialect.name == "sqlite":
        connection.execute(FORGET, gone)
    connection.execute(
        delete(search_documents).where(search_documents.c.id == bindparam("old")), [{"old": n} for n in ids]
    )


def _remember(connection: Connection, rows: Sequence[Row]) -> None:
    if not rows:
        return
    statement = insert(connection, search_documents)
    columns = {column.name for column in search_documents.c}
    if connection.dialect.name == "sqlite":
        connection.execute(REMEMBER, rows)
        connection.execute(statement, [{k: v for k, v in row.items() if k in columns} for row in rows])
    else:
        lexed = [{**row, "lexemes": _lexemes(row)} for row in rows]
        connection.execute(statement, [{k: v for k, v in row.items() if k in columns} for row in lexed])


def settle(connection: Connection) -> None:
    """PostgreSQL puts what is new on a list beside an index, up to 4 MB, and every search goes through it."""
    if connection.dialect.name == "postgresql":
        for name in GIN_INDEXES:
            connection.execute(SETTLE, {"name": name})


def _lexemes(row: Row) -> str:
    """A tsvector as it is written: each word once, with its greatest weight. Words have no signs in them."""
    weights: dict[str, str] = {}
    for name, weight in WEIGHTS.items():
        for word in row[name].split():
            weights.setdefault(word, weight)
    return " ".join(f"'{word}':1{weight}" for word, weight in weights.items())


def learn(connection: Connection, _catalogue: Catalogue) -> None:
    """The words of the index, which can be meant, and their misspellings."""
    found: Counter[str] = Counter()
    for title, keywords in connection.execute(select(search_documents.c.title, search_documents.c.keywords)):
        found.update({word for word in f"{title} {keywords}".split() if is_word(word)})
    known = {row.word: row.products for row in connection.execute(select(search_words))}
    gone = [word for word in known if word not in found]
    if gone:
        for table in (search_words, search_spellings):
            connection.execute(
                delete(table).where(table.c.word == bindparam("gone")), [{"gone": word} for word in gone]
            )
    if changed := [word for word in found if known.get(word) != found[word]]:
        statement = insert(connection, search_words)
        upsert = statement.on_conflict_do_update(
            index_elements=["word"], set_={"products": statement.excluded.products}
        )
        connection.execute(upsert, [{"word": word, "products": found[word]} for word in changed])
    if forms := sorted(all_forms(word for word in found if word not in known)):
        connection.execute(
            insert(connection, search_spellings), [{"form": form, "word": word} for form, word in forms]
        )
