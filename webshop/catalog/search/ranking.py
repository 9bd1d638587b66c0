"""The order of what was found: titles before brands, categories, tags, and these before other text."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from webshop.catalog.search.expressions import Term

IN_TITLE, IN_KEYWORDS, IN_CODES, IN_TEXT = 10.0, 5.0, 3.0, 1.0
WHOLE_CODE = 30.0  # what was typed is a product's sku or GTIN
BEGINNING = 0.7  # of what the whole word is worth
ANOTHER_NUMBER = 0.95  # "mug" for "mugs"
FIRST_WORD = 1.5  # the title begins with it
WHOLE_TITLE = 4.0  # times the part of the title that was searched for


class Candidate(NamedTuple):
    """Folded words."""

    id: int
    product: str
    title: str
    keywords: str
    codes: str


def ranked(candidates: Iterable[Candidate], groups: Sequence[Sequence[Term]], code: str) -> list[str]:
    """Their slugs, the best first; equals as they were first loaded. All terms of one of the groups are
    there. `code` is all that was typed, in one."""
    return [each.product for each in sorted(candidates, key=lambda it: (-_score(it, groups, code), it.id))]


def _score(candidate: Candidate, groups: Sequence[Sequence[Term]], code: str) -> float:
    title, keywords, codes = (f" {part} " for part in (candidate.title, candidate.keywords, candidate.codes))
    if f" {code} " in codes and any(letter.isdigit() for letter in code):
        return WHOLE_CODE
    return max(_score_of_all(terms, title, keywords, codes) for terms in groups)


def _score_of_all(terms: Sequence[Term], title: str, keywords: str, codes: str) -> float:
    """The mean of the terms, and something for how much of the title they are."""
    fits = [_fit(term, title) for term in terms]
    scores = [
        _score_of_title(term, in_title, title) if in_title else _score_elsewhere(term, keywords, codes)
        for term, in_title in zip(terms, fits, strict=True)
    ]
    return sum(scores) / len(terms) + WHOLE_TITLE * min(
        sum(map(bool, fits)) / max(title.count(" ") - 1, 1), 1
    )


def _score_of_title(term: Term, fit: float, title: str) -> float:
    first = f" {title.split(maxsplit=1)[0]} "
    return fit * IN_TITLE + (FIRST_WORD if _fit(term, first) else 0)


def _score_elsewhere(term: Term, keywords: str, codes: str) -> float:
    """The beginning of a keyword is worth more than a whole code."""
    return _fit(term, keywords) * IN_KEYWORDS or _fit(term, codes) * IN_CODES or IN_TEXT


def _fit(term: Term, words: str) -> float:
    """1 for the word itself, less for what begins with it, 0 for none. Each of the words has spaces around
    it: to look through a text is quicker than through a list."""
    word, *others = term.words
    if f" {word} " in words:
        return 1
    if others and any(f" {other} " in words for other in others):
        return ANOTHER_NUMBER
    return BEGINNING if term.begins and f" {word}" in words else 0
