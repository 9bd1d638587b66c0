"""A product as another shop's file has it: sorted into its fields, and written as it was written there."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SourcePicture:
    """`address` is an http(s) address, or the name of a file in static/img/products/."""

    address: str
    alt: str = ""


@dataclass(kw_only=True)
class SourceVariant:
    """`options` has a value for each of the product's. `price` is what it costs, `was` what it did before."""

    options: tuple[str, ...] = ()
    sku: str = ""
    title: str = ""
    price: str = ""
    was: str = ""
    stock: str = ""
    counted: bool = True  # False: there is always one more
    weight: str = ""
    unit: str = "g"
    gtin: str = ""
    picture: str = ""
    contents: str = ""
    shipped: bool = True
    taxed: bool = True
    active: bool = True


@dataclass(kw_only=True)
class SourceProduct:
    """`description` is HTML or plain text; of a file that is ours, it is Markdown. A category is its titles
    from the root."""

    title: str
    handle: str = ""
    summary: str = ""
    description: str = ""
    is_ours: bool = False
    pictures: list[SourcePicture] = field(default_factory=list)
    categories: list[tuple[str, ...]] = field(default_factory=list)
    brand: str = ""
    tags: list[str] = field(default_factory=list)
    options: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    variants: list[SourceVariant] = field(default_factory=list)
    active: bool = True
    tax: str = "standard"
    tax_code: str = ""
    warnings: str = ""
    responsible: tuple[str, str, str] | None = None  # name, postal address, e-mail
    moved_from: list[str] = field(default_factory=list)
    goes_with: list["SourceProduct"] = field(default_factory=list)
