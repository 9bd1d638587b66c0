"""The products of another shop, written into catalog.toml."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from webshop import shop
from webshop.catalog.file.entries import CatalogEntry, ProductEntry
from webshop.catalog.file.reading import read_catalog
from webshop.catalog.importers.mending.products import mend
from webshop.catalog.importers.mending.terms import Terms
from webshop.catalog.importers.numbers import decimal_mark
from webshop.catalog.importers.pictures.shelf import Shelf, is_link
from webshop.catalog.importers.reading import Found, read_products
from webshop.catalog.importers.report import Report, listed
from webshop.catalog.writing import write_catalog
from webshop.commands.catalog.bar import Bar
from webshop.commands.files import write_file
from webshop.errors import OwnerError
from webshop.pictures.studio import ORIGINALS
from webshop.pricing import money
from webshop.settings.model import Settings
from webshop.shop import Shop
from webshop.toml_files import FileError, read_toml

HEADING = """What the shop sells. Edit it in any text editor, then load it: python -m webshop catalog load
Written by python -m webshop import from {file}; docs/owner.md says what may stand here."""


def run_import(options: argparse.Namespace, config: Settings) -> None:
    store = shop.load(config.shop_file)
    out: Path = options.out or config.catalog_file
    report = Report()
    shelf = Shelf(ORIGINALS)
    found = read_products(options.file, report)
    if options.pictures:
        _fetch(found, shelf, report)
    entries = mend(found.products, _terms(found, store, shelf, report))
    if not options.replace:
        _refuse_to_lose(out, entries, options.file)
    _write(out, entries, store, options.file)
    missing = [link for link in _links(found) if not shelf.file_of(link)]
    _count(found, entries, missing, store, report)
    _tell(out, options.file, missing, report)


def _terms(found: Found, store: Shop, shelf: Shelf, report: Report) -> Terms:
    prices = (variant.price for product in found.products for variant in product.variants)
    mark = "." if found.is_own else decimal_mark(prices, money.decimals(store.currency))
    picture_of = _own_file_of(shelf) if found.is_own else shelf.file_of
    return Terms(store.currency, store.tax_by_stripe, mark, picture_of, report, found.is_own)


def _own_file_of(shelf: Shelf) -> Callable[[str], str]:
    """Our own table names files, which may come later."""
    return lambda address: shelf.file_of(address) if is_link(address) else address


def _links(found: Found) -> list[str]:
    """The addresses of all pictures, each once."""
    links = [picture.address for product in found.products for picture in product.pictures]
    links += [variant.picture for product in found.products for variant in product.variants]
    return [link for link in dict.fromkeys(links) if is_link(link)]


def _fetch(found: Found, shelf: Shelf, report: Report) -> None:
    from webshop.catalog.importers.pictures.fetching import Fetcher  # only here: it takes its time to load

    links = _links(found)
    missing = [link for link in links if not shelf.file_of(link)]
    try:
        with Bar(total=len(missing), unit=" pictures", disable=None) as bar:
            problems = Fetcher(shelf).fetch(missing, bar.update)
    except OSError as error:
        raise OwnerError(f"{shelf.folder} cannot take the pictures: {error.strerror}") from error
    except KeyboardInterrupt as stop:
        raise OwnerError("Stopped. What was fetched is kept; the same command goes on from there.") from stop
    for link, problem in problems.items():
        report.leave_out("a picture that could not be fetched", f"{link} ({problem})")


def _refuse_to_lose(out: Path, entries: Sequence[ProductEntry], file: Path) -> None:
    """Whatever stands in the file is in the new one, too. Raises OwnerError."""
    if not out.exists():
        return
    try:
        old = read_toml(out, CatalogEntry)
    except FileError as error:
        raise OwnerError(f"{out} is there and cannot be read; --replace writes over it") from error
    new = {entry.slug: _without_pictures(entry) for entry in entries}
    lost = [each.title for each in old.products if _without_pictures(each) != new.get(each.slug)]
    lost += [each.path for each in old.categories]
    if lost:
        raise OwnerError(
            f"{out} has what {file.name} has not, or has otherwise: {listed(lost)}. Nothing was written. "
            "--replace writes over it, and --out FILE to another file."
        )


def _without_pictures(entry: ProductEntry) -> ProductEntry:
    """They may be fetched later, which loses nothing."""
    bare = [variant.model_copy(update={"picture": None}) for variant in entry.variants]
    return entry.model_copy(update={"pictures": [], "picture": None, "picture_alt": "", "variants": bare})


def _write(out: Path, entries: Sequence[ProductEntry], store: Shop, file: Path) -> None:
    """Only what can be read takes the file's place."""
    draft = out.with_name(f".{out.name}.draft")
    pieces = write_catalog(entries, heading=HEADING.format(file=file.name))
    write_file(draft, (piece.encode() for piece in pieces))
    try:
        read_catalog(draft, store.currency, tax_by_stripe=store.tax_by_stripe)
        draft.chmod(out.stat().st_mode if out.exists() else 0o644)  # whoever serves the shop reads it
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _count(
    found: Found, entries: Sequence[ProductEntry], missing: Sequence[str], store: Shop, report: Report
) -> None:
    drafts = sum(not entry.active for entry in entries)
    variants = [variant for entry in entries for variant in entry.variants]
    categories = {path for entry in entries for path in entry.categories}
    tags = {tag for entry in entries for tag in entry.tags}
    on_sale = sum(variant.was is not None for variant in variants)
    pictures = sum(len(entry.pictures) for entry in entries)
    report.took += [
        found.kind,
        f"{len(entries)} products in {len(variants)} variants; {drafts or 'no'} drafts",
        f"{len(categories)} categories, {len(tags)} tags, {on_sale} variants with an earlier price",
        f"{pictures} pictures; {len(missing)} are not here yet",
    ]
    for currency, number in report.currencies.items():
        if currency != store.currency:
            what = f"in {currency}, and taken as {store.currency}, the currency of shop.toml"
            report.mend(what, f"{number} prices")


def _tell(out: Path, file: Path, missing: Sequence[str], report: Report) -> None:
    """A page, and what is longer in files beside the catalogue."""
    whole, addresses = out.with_suffix(".report.txt"), out.with_suffix(".pictures.txt")
    _keep(whole, report.whole() if report.is_longer else [])
    _keep(addresses, missing)
    print(f"{file.name} is now {out}.")
    for line in report.page():
        print(line)
    if report.is_longer:
        print(f"All names are in {whole}.")
    if missing:
        print(f"The addresses of {len(missing)} pictures are in {addresses}; --pictures fetches them.")
    print("Look it over, then: python -m webshop catalog check, and python -m webshop catalog load")


def _keep(path: Path, lines: Sequence[str]) -> None:
    """An old one that no longer holds is taken away."""
    if lines:
        write_file(path, (f"{line}\n".encode() for line in lines))
    else:
        path.unlink(missing_ok=True)
