"""Text as it is searched: without case, accents, ligatures, widths; in words.

Both databases get words folded here, and none of them folds anything itself: so both find the same.
"""

import re
from functools import lru_cache
from unicodedata import combining, normalize

from anyascii import anyascii

LONGEST_WORD = 60
MOST_WORDS = 10  # of what is searched for
WORDS = re.compile(r"[^\W_]+")
# Written without spaces, so that each character is a word: Han, kana, Thai, Lao, Burmese, Khmer.
# Compiled for the first text that is not ASCII: such ranges take milliseconds.
ALONE = (
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)
LATIN = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")


def fold(text: str) -> str:
    """ "Grüße, ﬁne Ａ" is "grusse, fine a"."""
    if text.isascii():
        return text.lower()
    plain = normalize("NFKD", text).casefold()
    plain = LATIN.sub(_as_ascii, "".join(letter for letter in plain if not combining(letter)))
    return re.sub(ALONE, r" \1 ", normalize("NFC", plain))


@lru_cache(maxsize=1000)
def _spelled(letter: str) -> str:
    """ "ø" is "o", "æ" is "ae": letters that are no others with a mark."""
    return anyascii(letter).lower()


def _as_ascii(found: re.Match[str]) -> str:
    return _spelled(found[0])


def words(text: str) -> list[str]:
    """In their order; a text of signs alone has none."""
    return [word[:LONGEST_WORD] for word in WORDS.findall(fold(text))]


def code(text: str) -> str:
    """A sku or a GTIN in one word, whatever stands between its parts: "MUG blue/350" is "mugblue350"."""
    return "".join(words(text))[:LONGEST_WORD]


def singulars(word: str) -> list[str]:
    """What a word in -s may be more than one of, in the languages that say it so."""
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return []
    ends = {"ies": ["y"], "ves": ["f", "fe"], "es": [""], "s": [""]}
    return [
        word.removesuffix(end) + other
        for end, others in ends.items()
        if word.endswith(end)
        for other in others
    ]
