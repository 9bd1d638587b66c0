"""What is searched for, as SQLite's FTS5 and PostgreSQL's tsquery write it.

Words come from words.py: letters and digits, and nothing that either of them would read as its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from webshop.catalog.search.words import singulars

SHORTEST_BEGINNING = 3  # letters of a word that others may begin with; 2 of the one that is being typed


@dataclass(frozen=True)
class Term:
    """One of `words` has to be there. `begins`: another that begins with it is fine, too."""

    words: tuple[str, ...]
    begins: bool


def terms(typed: Sequence[str]) -> list[Term]:
    """A term for each word that was typed, with what it may be more than one of."""
    last = len(typed) - 1
    return [
        Term((word, *singulars(word)), len(word) >= (2 if place == last else SHORTEST_BEGINNING))
        for place, word in enumerate(typed)
    ]


def fts5(groups: Sequence[Sequence[Term]], columns: Sequence[str]) -> str:
    """All terms of one of the groups, in these columns."""
    wanted = " OR ".join("(" + " AND ".join(_fts5_term(term) for term in group) + ")" for group in groups)
    return f"{{{' '.join(columns)}}} : ({wanted})"


def _fts5_term(term: Term) -> str:
    words = [
        f'"{word}"' + ("*" if term.begins and place == 0 else "") for place, word in enumerate(term.words)
    ]
    return "(" + " OR ".join(words) + ")"


def tsquery(groups: Sequence[Sequence[Term]]) -> str:
    return " | ".join("(" + " & ".join(_tsquery_term(term) for term in group) + ")" for group in groups)


def _tsquery_term(term: Term) -> str:
    words = [
        f"'{word}'" + (":*" if term.begins and place == 0 else "") for place, word in enumerate(term.words)
    ]
    return "(" + " | ".join(words) + ")"
