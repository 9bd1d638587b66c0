"""Products as catalog.toml: as a person would write it, and read back as what they were."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from webshop.catalog.file.entries import CategoryEntry, ProductEntry, VariantEntry
from webshop.toml_files import Entry

# In the order in which a person would ask for them; nothing that is as it is by itself is written.
OF_PRODUCT = (
    "slug title category categories summary description picture picture_alt pictures brand tags options "
    "facts active shipped tax tax_code warnings responsible moved_from goes_with"
).split()
OF_VARIANT = "sku title options price was stock weight gtin picture contents active".split()
OF_CATEGORY = "path slug description moved_from".split()
LONGEST_LINE = 110
ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')
SHORT = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_catalog(
    products: Iterable[ProductEntry], categories: Iterable[CategoryEntry] = (), heading: str = ""
) -> Iterator[str]:
    """The file in pieces; `heading` is a comment at its top, line by line."""
    if heading:
        yield "".join(f"# {line}".rstrip() + "\n" for line in heading.split("\n"))
    empty = True
    for category in categories:
        yield "\n[[categories]]\n" + "".join(_fields(category, OF_CATEGORY, ""))
        empty = False
    for product in products:
        yield "\n[[products]]\n" + "".join(_fields(product, OF_PRODUCT, ""))
        for variant in product.variants:
            yield _variant(variant)
        empty = False
    if empty:
        yield "products = []\n"


def _variant(variant: VariantEntry) -> str:
    return "\n  [[products.variants]]\n" + "".join(_fields(variant, OF_VARIANT, "  "))


def _fields(entry: Entry, names: Iterable[str], indent: str) -> Iterator[str]:
    for name in names:
        value = getattr(entry, name)
        field = type(entry).model_fields[name]
        if value is not None and (
            field.is_required() or value != field.get_default(call_default_factory=True)
        ):
            yield f"{indent}{name} = {_value(value, name, indent)}\n"


def _value(value: Any, name: str, indent: str) -> str:
    if name == "pictures":
        value = [each.file if not each.alt else each for each in value]
    if name in ("description", "warnings"):
        return _paragraphs(value)
    if isinstance(value, list):
        return _list([_inline(each) for each in value], name, indent)
    return _inline(value)


def _list(values: list[str], name: str, indent: str) -> str:
    """In one line, or one for each value where that is too long."""
    line = f"[{', '.join(values)}]"
    if len(f"{indent}{name} = {line}") <= LONGEST_LINE:
        return line
    return "[\n" + "".join(f"{indent}  {value},\n" for value in values) + f"{indent}]"


def _inline(value: Any) -> str:
    if isinstance(value, Entry):
        value = {name: part for name, part in value if part not in ("", None)}
    if isinstance(value, dict):
        pairs = (f"{_key(name)} = {_inline(part)}" for name, part in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, int) else _text(value)


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """In quotes, with whatever must be escaped in them."""
    return f'"{ESCAPED.sub(_escape, value)}"'


def _escape(found: re.Match[str]) -> str:
    return SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}"


def _paragraphs(value: str) -> str:
    """Text with its lines: as it is between three apostrophes where it has backslashes, else three quotes."""
    is_plain = all(letter.isprintable() or letter in "\n\t" for letter in value)
    if is_plain and "\\" in value and "'''" not in value:
        return f"'''\n{value}\n'''"
    return f'"""\n{_escaped(value)}\n"""'


def _escaped(value: str) -> str:
    lines = (_text(line)[1:-1].replace('\\"', '"') for line in value.split("\n"))
    return re.sub('"(?="")|(?<="")"', '\\\\"', "\n".join(lines))
