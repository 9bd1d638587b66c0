"""Where a catalogue comes from: catalog.toml, and what else decides what becomes of it."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from webshop.catalog.model import Catalogue
from webshop.pictures.studio import Studio
from webshop.shop import Prices
from webshop.toml_files import FileError

# Counted up by a release that makes other rows of the same file.
LOADED_AS = 2


@dataclass(frozen=True)
class CatalogFile:
    """`currency` is what its prices are in; `tax_by_stripe`: it may name no tax that Stripe does not know;
    `prices`: which earlier ones are shown."""

    path: Path
    currency: str
    tax_by_stripe: bool = False
    prices: Prices = Prices()

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def digest(self) -> str:
        """Another one wherever a load may change something. Raises FileError."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise FileError([f"{self.name}: {error.strerror}"]) from error
        around = f"{LOADED_AS} {self.currency} {self.tax_by_stripe} {self.prices.earlier} "
        return sha256(around.encode() + content).hexdigest()

    def read(self, pictures: Studio | None = None) -> Catalogue:
        """Raises FileError."""
        from webshop.catalog.file.reading import read_catalog  # most processes find the file as it was

        found = read_catalog(self.path, self.currency, tax_by_stripe=self.tax_by_stripe, pictures=pictures)
        return replace(found, prices=self.prices)
