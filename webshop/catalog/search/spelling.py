"""Words that somebody may have meant: those a slip or two of the finger away."""

from collections.abc import Iterable, Mapping

SHORTEST = 3  # letters of a word in which a mistake can be told from another word
LONGEST = 24
LONG = 6  # from so many letters on, there may be two mistakes
MOST_MEANT = 3


def is_word(word: str) -> bool:
    """Whether it is worth correcting: numbers and codes are right or wrong."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def forms(word: str) -> set[str]:
    """The word, and all that is left of it without one letter."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def meant(typed: str, candidates: Mapping[str, int]) -> list[str]:
    """The nearest of the candidates, which have a number of products each: the best first."""
    from rapidfuzz.distance import OSA  # for the first who mistypes something

    most = 2 if len(typed) >= LONG else 1
    near = {word: OSA.distance(typed, word, score_cutoff=most) for word in candidates}
    fitting = [word for word in near if near[word] <= most]
    best = min((near[word] for word in fitting), default=0)
    ranked = sorted(
        (word for word in fitting if near[word] == best),
        key=lambda word: (word[:1] != typed[:1], -candidates[word], word),
    )
    return ranked[:MOST_MEANT]


def all_forms(words: Iterable[str]) -> set[tuple[str, str]]:
    """Each form with its word."""
    return {(form, word) for word in words for form in forms(word)}
