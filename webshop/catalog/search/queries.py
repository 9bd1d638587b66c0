"""Products for what somebody has typed: all words, else what they may have meant, else some of them.

The database finds candidates, about a hundred at most, and those with the words in their titles first; their
order is made here, so that it is the same on both databases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, TextClause, select, text

from webshop.catalog.listing.cards import Card, list_cards
from webshop.catalog.search.expressions import Term, fts5, terms, tsquery
from webshop.catalog.search.ranking import Candidate, ranked
from webshop.catalog.search.spelling import forms, is_word, meant
from webshop.catalog.search.words import MOST_WORDS, code, words
from webshop.db.hot import Hot, among
from webshop.db.tables import search_documents, search_spellings, search_words
from webshop.db.tables.search import NAMES, TITLES

MOST = 120  # products that a search finds: five pages; whoever wants others types another word
SUGGESTED = 6
CORRECTED = 8  # words at most, of which each is looked up

IN_SQLITE = text("SELECT rowid AS id FROM search_index WHERE search_index MATCH :wanted LIMIT :most")
# What many have is found among the first documents: an index gathers all that have it before it tells one,
# and GIN takes half a microsecond for each. Of the rest the planner knows neither the words nor the limit: it
# else hopes that there is enough of them soon, and goes through all documents, however many there are.
FIRST = 500
IN_POSTGRESQL = """WITH
    wanted AS (SELECT CAST(:wanted AS tsquery)),
    first AS MATERIALIZED (SELECT id, {part} AS part FROM search_documents ORDER BY id LIMIT {first}),
    rest AS MATERIALIZED (SELECT id FROM search_documents WHERE {part} @@ (TABLE wanted))
    SELECT id FROM first WHERE part @@ (TABLE wanted)
    UNION ALL SELECT id FROM rest WHERE id > (SELECT max(id) FROM first) LIMIT :most"""


class Place(NamedTuple):
    """What of a document is looked into: FTS5's columns, and PostgreSQL's statement."""

    columns: Sequence[str]
    statement: TextClause


def _place(part: str, *columns: str) -> Place:
    return Place(columns, text(IN_POSTGRESQL.format(part=part, first=FIRST)))


IN_TITLES = _place(f"ts_filter(lexemes, {TITLES})", "title")
IN_NAMES = _place(f"ts_filter(lexemes, {NAMES})", "title", "codes", "keywords")
ANYWHERE = _place("lexemes", "title", "codes", "keywords", "body")


@dataclass(frozen=True)
class Hits:
    """`slugs` with the best first; None where nothing was searched for. `meant` is what was searched for
    instead, `some`: not all words were found, `more`: only the first of many were looked at."""

    slugs: Sequence[str] | None = None
    meant: str = ""
    some: bool = False
    more: bool = False


def find(connection: Connection, typed: str) -> Hits:
    """What somebody looks for, however it is written: no text is an error."""
    wanted = words(typed)[:MOST_WORDS]
    if not wanted:
        return Hits([] if typed.strip() else None)
    whole = code(typed)
    if slugs := _find(connection, [terms(wanted), *_in_one(wanted, whole)], whole):
        return Hits(slugs, more=len(slugs) >= MOST)
    corrected = _corrected(connection, wanted)
    if corrected != wanted and (slugs := _find(connection, [terms(corrected)], "")):
        return Hits(slugs, meant=" ".join(corrected), more=len(slugs) >= MOST)
    if len(corrected) > 1 and (slugs := _find(connection, [[term] for term in terms(corrected)], "")):
        return Hits(
            slugs,
            meant=" ".join(corrected) if corrected != wanted else "",
            some=True,
            more=len(slugs) >= MOST,
        )
    return Hits([])


def suggest(connection: Connection, typed: str) -> list[Card]:
    """The first few, while somebody types."""
    return list_cards(connection, (find(connection, typed).slugs or [])[:SUGGESTED])


def _in_one(wanted: Sequence[str], whole: str) -> list[list[Term]]:
    """ "tea pot" is "teapot", and a sku may be typed with other signs between its parts."""
    return [[Term((whole,), begins=len(whole) > 3)]] if len(wanted) > 1 else []


def _find(connection: Connection, groups: Sequence[Sequence[Term]], whole: str) -> list[str]:
    """All terms of one of the groups."""
    found = _candidates(connection, _best(connection, groups))
    some = all(len(group) == 1 for group in groups) and not whole
    wanted = [[term for group in groups for term in group]] if some else groups
    return ranked(found, wanted, whole)[:MOST]


def _best(connection: Connection, groups: Sequence[Sequence[Term]]) -> Sequence[int]:
    """First those with the words in their titles, then in other names, then anywhere, until there is enough.
    Where few have them anywhere, nobody asks for names."""
    found = dict.fromkeys(_ids(connection, groups, IN_TITLES))
    if len(found) < MOST:
        anywhere = _ids(connection, groups, ANYWHERE)
        if len(anywhere) >= MOST:
            found |= dict.fromkeys(_ids(connection, groups, IN_NAMES))
        if len(found) < MOST:
            found |= dict.fromkeys(anywhere)
    return [*found]


def _ids(
    connection: Connection, groups: Sequence[Sequence[Term]], place: Place, most: int = MOST
) -> list[int]:
    if connection.dialect.name == "sqlite":
        found = connection.execute(IN_SQLITE, {"wanted": fts5(groups, place.columns), "most": most})
    else:
        found = connection.execute(place.statement, {"wanted": tsquery(groups), "most": most})
    return [*found.scalars()]


def _candidates(connection: Connection, ids: Sequence[int]) -> Iterable[Candidate]:
    found = _of_ids(connection.dialect.name).all(connection, {"ids": ids}) if ids else ()
    return [Candidate._make(row) for row in found]


@cache
def _of_ids(dialect: str) -> Hot:
    """Written once: to write it takes longer than to answer it."""
    document = search_documents.c
    columns = [document[name] for name in Candidate._fields]
    return Hot(select(*columns).where(among(dialect, document.id, "ids")))


def _corrected(connection: Connection, wanted: Sequence[str]) -> list[str]:
    """The words that are there as they are, and of the others those that were meant, if any. A single one is
    not there, or it was found."""
    return [
        word
        if len(wanted) > 1 and _ids(connection, [terms([word])], ANYWHERE, most=1)
        else _meant(connection, word)
        for word in wanted[:CORRECTED]
    ]


def _meant(connection: Connection, word: str) -> str:
    if not is_word(word):
        return word
    known = select(search_words.c.word, search_words.c.products).join(
        search_spellings, search_spellings.c.word == search_words.c.word
    )
    near = connection.execute(known.where(search_spellings.c.form.in_(forms(word))).distinct().limit(500))
    return next(iter(meant(word, {row.word: row.products for row in near})), word)
