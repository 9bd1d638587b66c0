"""What people type and paste, without what nobody sees."""

import re
from unicodedata import combining, normalize

# Patterns of such wide ranges take milliseconds to compile: whoever types something first has that done.

# Characters that show nothing: controls, soft hyphens, zero-width spaces, marks and overrides of direction,
# fillers for letters, tags. (Unicode's Default_Ignorable_Code_Point, and the controls.)
INVISIBLE = (
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
BLANK = "\u2800"  # a Braille cell without dots: a space that is not called one

# Joiner and non-joiner change how letters are written in the scripts that join them: Arabic, Persian, those
# of India and its neighbours, Mongolian. Elsewhere they show nothing.
NON_JOINER, JOINER = "\u200c", "\u200d"
JOINED = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1cff\ua800-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
JOINERS = re.compile(f"([^{NON_JOINER}{JOINER}]?)([{NON_JOINER}{JOINER}]+)(?=(.?))", re.DOTALL)
IS_JOINED = f"[{JOINED}]"
VIRAMA = 9  # its combining class: the sign that takes a letter's vowel, and asks for a form of its own

# They choose between forms of one Chinese character, or of a Mongolian letter.
LOST_SELECTORS = (
    "(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<![\u1800-\u180a\u1810-\u18af])[\u180b-\u180f]"
)
DASHES = re.compile("[\u2010-\u2015\u2043\u2212\u2500\u30fc\ufe58]")


def clean(typed: str) -> str:
    """A name or a street as it is seen: composed letters (NFC), single spaces, nothing invisible but what its
    script needs."""
    seen = re.sub(INVISIBLE, "", typed)
    seen = re.sub(LOST_SELECTORS, "", JOINERS.sub(_needed, seen))
    return " ".join(normalize("NFC", seen).replace(BLANK, " ").split())


def printable(written: str) -> str:
    """The same of one line of a file, without letters that no script has."""
    return " ".join("".join(each for each in clean(written) if each.isprintable()).split())


def _needed(found: re.Match[str]) -> str:
    """The letter before joiners, with the first of them if it does something there."""
    before, joiner, after = found[1], found[2][0], found[3]
    joins = re.match(IS_JOINED, before) and re.match(IS_JOINED, after)
    shapes = before and joiner == JOINER and combining(before) == VIRAMA
    return before + joiner if joins or shapes else before


def clean_code(typed: str) -> str:
    """A postcode, an e-mail address or any other word for machines: full-width letters and digits are plain
    ones (NFKC), and so are dashes."""
    plain = clean(normalize("NFKC", clean(typed)))
    return DASHES.sub("-", plain).replace(NON_JOINER, "").replace(JOINER, "")


def letters_and_digits(typed: str) -> str:
    """Those of a code alone, in capitals: "k7qm-2xtd" is "K7QM2XTD"."""
    return "".join(letter for letter in clean_code(typed).upper() if letter.isalnum())


def is_one_line(typed: str) -> bool:
    return len(re.sub(INVISIBLE, "", typed).strip().splitlines()) <= 1


def is_printable(cleaned: str) -> bool:
    """Whether each character is a known one that can be printed."""
    return cleaned.replace(NON_JOINER, "").replace(JOINER, "").isprintable()
