"""Products of another shop as entries of catalog.toml; whatever had to be changed for that is reported."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from webshop import text
from webshop.catalog.file.entries import MOST_COMPANIONS, MOST_PICTURES, SMALL, ProductEntry
from webshop.catalog.importers.mending import markdown
from webshop.catalog.importers.mending.keys import Skus
from webshop.catalog.importers.mending.options import mend_options
from webshop.catalog.importers.mending.terms import Terms
from webshop.catalog.importers.mending.variants import variant_entry
from webshop.catalog.importers.pictures.shelf import is_link
from webshop.catalog.importers.report import Report
from webshop.catalog.importers.source import SourceProduct
from webshop.links import LONGEST_SLUG, slug, unused

LONGEST_LINE = 200
LONGEST_WORD = 80  # a tag, the name of a fact
LONGEST_TEXT = 20_000
MOST_TAGS, MOST_FACTS, MOST_CATEGORIES, MOST_OLD_ADDRESSES = 250, 100, 50, 50


def mend(products: Sequence[SourceProduct], terms: Terms) -> list[ProductEntry]:
    """In their order. One that does not fit in spite of all is left out, and reported."""
    skus, slugs, trees = Skus(products, terms.report), _slugs(products), Trees(terms.report)
    made = []
    for source, name in zip(products, slugs, strict=True):
        entry = _entry(source, name, skus, trees, terms)
        try:
            made.append((source, ProductEntry.model_validate(entry)))
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"]))
            terms.report.leave_out("a product that does not fit here", f"{source.title} ({where})")
    slug_of = {id(source): entry.slug for source, entry in made}
    return [
        entry.model_copy(update={"goes_with": _companions(source, slug_of)}) if source.goes_with else entry
        for source, entry in made
    ]


def _companions(source: SourceProduct, slug_of: Mapping[int, str | None]) -> list[str]:
    """Those that are in the file."""
    others = dict.fromkeys(slug_of.get(id(each)) for each in source.goes_with if each is not source)
    return [each for each in others if each][:MOST_COMPANIONS]


def _slugs(products: Sequence[SourceProduct]) -> list[str]:
    """An address that fits is kept; those that are made come after all that are kept."""
    fitting = [
        each.handle if len(each.handle) <= LONGEST_SLUG and re.fullmatch(SMALL, each.handle) else ""
        for each in products
    ]
    used = set(fitting)
    kept: set[str] = set()
    names = []
    for source, name in zip(products, fitting, strict=True):
        if not name or name in kept:
            name = unused(slug(source.handle or source.title, otherwise="product"), used)
        kept.add(name)
        names.append(name)
    return names


def _entry(source: SourceProduct, name: str, skus: Skus, trees: "Trees", terms: Terms) -> dict[str, Any]:
    report = terms.report
    title = _title(source, name, report)
    source.title = title
    mend_options(source, report)
    labels = [_label(title, each.options) for each in source.variants]
    shipped = any(each.shipped for each in source.variants)
    if shipped and not all(each.shipped for each in source.variants):
        report.mend("shipped in some variants only; taken as shipped", title)
    keys = skus.of(name, source.variants, labels)
    variants = [
        variant_entry(each, sku, each.options, label, terms, shipped=shipped)
        for each, sku, label in zip(source.variants, keys, labels, strict=True)
    ]
    if source.active and not any(each["active"] for each in variants):
        report.mend("nothing of it can be sold yet; a draft", title)
    return {
        "slug": name,
        "title": title,
        "categories": trees.paths(source),
        **_words(source, report),
        "pictures": _pictures(source, terms),
        "brand": _line(source.brand),
        "tags": _tags(source, report),
        "options": list(source.options),
        "facts": _facts(source, report),
        "active": source.active and any(each["active"] for each in variants),
        "shipped": shipped,
        "tax": _tax(source, terms),
        "tax_code": source.tax_code,
        "warnings": source.warnings,
        "responsible": dict(zip(("name", "address", "email"), source.responsible, strict=True))
        if source.responsible
        else None,
        "moved_from": _old_addresses(source, name, report),
        "variants": variants,
    }


def _title(source: SourceProduct, name: str, report: Report) -> str:
    title = text.clean(source.title) if source.is_ours else markdown.to_plain(source.title)
    if not title:
        title = name.replace("-", " ").capitalize()
        report.mend("without a title; made from the address", title)
    if len(title) > LONGEST_LINE:
        title = _line(title)
        report.mend("a title longer than 200 letters; cut", title)
    return title


def _label(title: str, options: Sequence[str]) -> str:
    """What the report calls a variant: "Blue mug (Large)"."""
    return f"{title} ({' / '.join(options)})" if options else title


def _line(written: str, most: int = LONGEST_LINE) -> str:
    cleaned = text.printable(written)
    return cleaned if len(cleaned) <= most else f"{cleaned[: most - 1].rstrip()}…"


def _words(source: SourceProduct, report: Report) -> dict[str, str]:
    """A summary that is no short line stands before the description."""
    if source.is_ours:
        return {"summary": source.summary, "description": source.description}
    summary = markdown.to_plain(source.summary)
    parts = [source.description]
    if len(summary) > LONGEST_LINE:
        summary, parts = "", [source.summary, source.description]
    found = [markdown.to_markdown(part) for part in parts if part]
    for lost in sorted({each for words in found for each in words.lost}):
        report.leave_out(f"a {lost} inside the description", source.title)
    description = "\n\n".join(words.markdown for words in found if words.markdown)
    if len(description) > LONGEST_TEXT:
        report.mend(f"a description longer than {LONGEST_TEXT:,} letters; cut", source.title)
        description = description[:LONGEST_TEXT].rpartition("\n\n")[0] or description[:LONGEST_TEXT]
    return {"summary": summary, "description": description}


def _pictures(source: SourceProduct, terms: Terms) -> list[dict[str, str]]:
    """Those that are there, each once."""
    addresses = {each.address: each.alt for each in reversed(source.pictures)}
    ordered = list(dict.fromkeys(each.address for each in source.pictures))
    if len(ordered) > MOST_PICTURES:
        terms.report.leave_out(f"pictures beyond the {MOST_PICTURES}th", source.title)
    for address in ordered:
        if not is_link(address) and not terms.picture_of(address):
            terms.report.leave_out(
                "a picture that is not in static/img/products/", f"{source.title}: {address}"
            )
    files = {
        file: _line(markdown.to_plain(addresses[address]))
        for address in reversed(ordered[:MOST_PICTURES])
        if (file := terms.picture_of(address))
    }
    return [{"file": file, "alt": alt} for file, alt in reversed(files.items())]


def _tags(source: SourceProduct, report: Report) -> list[str]:
    cleaned = [_line(markdown.to_plain(tag), LONGEST_WORD) for tag in source.tags]
    tags = list({tag.casefold(): tag for tag in reversed(cleaned) if tag}.values())[::-1]
    if len(tags) > MOST_TAGS:
        report.leave_out(f"tags beyond the {MOST_TAGS}th", source.title)
    return tags[:MOST_TAGS]


def _facts(source: SourceProduct, report: Report) -> dict[str, str]:
    facts: dict[str, str] = {}
    for name, value in source.facts.items():
        name, value = _line(markdown.to_plain(name), LONGEST_WORD), markdown.to_plain(value)
        if len(value) > LONGEST_LINE or len(facts) >= MOST_FACTS:
            report.leave_out("a fact that is too long, or one too many", f"{source.title}: {name}")
        elif name and value:
            facts[name] = value
    return facts


def _tax(source: SourceProduct, terms: Terms) -> str:
    untaxed = [not each.taxed for each in source.variants]
    if all(untaxed):
        return "none"
    if any(untaxed):
        terms.report.mend("untaxed in some variants only; taken as taxed", source.title)
    if source.tax in ("reduced", "low") and terms.tax_by_stripe and not source.tax_code:
        terms.report.mend("a reduced tax that Stripe does not know by name; give it a tax_code", source.title)
        return "standard"
    return source.tax


def _old_addresses(source: SourceProduct, name: str, report: Report) -> list[str]:
    ours = {f"/products/{name}", name, "/products/"}  # the last one: of a handle that had no letters
    given = dict.fromkeys(text.clean(each) for each in source.moved_from)
    old = [each for each in given if each and each not in ours and len(each) <= LONGEST_LINE]
    if source.handle not in ("", name):
        report.mend("a new address; the old one leads to it", f"{source.title}: {name}")
    return old[:MOST_OLD_ADDRESSES]


class Trees:
    """The categories of a whole file, of which none differs from another only in capitals."""

    def __init__(self, report: Report) -> None:
        self.spelled: dict[str, str] = {}
        self.report = report

    def paths(self, source: SourceProduct) -> list[str]:
        found = [self._path(each, source.title) for each in source.categories]
        return [path for path in dict.fromkeys(found) if path][:MOST_CATEGORIES]

    def _path(self, titles: Sequence[str], product: str) -> str:
        cleaned = [_line(markdown.to_plain(each)).replace(">", "›") for each in titles]
        path = " > ".join(each for each in cleaned if each)
        if len(path) > LONGEST_LINE:
            self.report.leave_out("a category whose path is too long", f"{product}: {path[:40]}…")
            return ""
        for end in [found.start() for found in re.finditer(" > ", path)] + [len(path)]:
            known = self.spelled.setdefault(path[:end].casefold(), path[:end])
            path = known + path[end:]
        return path
