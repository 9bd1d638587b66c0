"""Sentences through gettext: English is the source, and what is not translated stays English."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property, lru_cache
from gettext import NullTranslations

from babel import Locale
from babel.support import Translations

from webshop.settings.model import ROOT

CATALOGUES = ROOT / "locale"
DOMAIN = "webshop"
HOLE = re.compile(r"%\(\w+\)s")


@dataclass(frozen=True, eq=False)  # one is itself alone, so that what is kept for it is found at once
class Language:
    """One language: how it formats, and what it says instead of the English source; moments are told by the
    clocks of `zone`."""

    locale: Locale
    translations: NullTranslations
    zone: tzinfo = UTC

    @cached_property
    def direction(self) -> str:
        """ "ltr" or "rtl": which way it runs."""
        return str(self.locale.text_direction)


@lru_cache(maxsize=100)
def load(code: str, zone: tzinfo = UTC) -> Language:
    """The language `code` ("en", "de_AT") with the shop's `zone`; untranslated messages stay English.

    Raises babel.UnknownLocaleError or ValueError for a code that is none.
    """
    locale = Locale.parse(code)
    return Language(locale, Translations.load(str(CATALOGUES), [str(locale)], DOMAIN), zone)


_current: ContextVar[Language] = ContextVar("language")
_english = load("en")


def use(language: Language) -> None:
    """Speak `language` for the rest of this request (this context)."""
    _current.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak `language` for a while, and then whatever was spoken before."""
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)


def current() -> Language:
    return _current.get(_english)


def direction() -> str:
    """ "ltr" or "rtl": which way the current language runs."""
    return current().direction


def translated(message: str) -> str:
    """`message` in the current language, before its `%(name)s` are filled in."""
    return _translated(message, current())


@lru_cache(maxsize=5000)
def _translated(message: str, language: Language) -> str:
    return _isolating(language.translations.gettext(message), language)


def translated_number(singular: str, plural: str, n: int) -> str:
    """The same in the form for `n`."""
    return _isolating(current().translations.ngettext(singular, plural, n), current())


def _isolating(sentence: str, language: Language) -> str:
    """From right to left, whatever is filled in runs in its own direction and leaves the rest of the sentence
    where it is: between Unicode's FSI and PDI, as in Fluent."""
    return HOLE.sub("\u2068\\g<0>\u2069", sentence) if language.direction == "rtl" else sentence


def gettext(message: str, **values: object) -> str:
    """`message` in the current language, with `%(name)s` filled in from `values`."""
    text = translated(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    """Like gettext, choosing the form for `n`, which is also the value `%(n)s`."""
    return translated_number(singular, plural, n) % {"n": n, **values}
