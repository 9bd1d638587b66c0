"""Carriers, and the links to their pages about a parcel: the part [carriers] of shop.toml."""

import re
from collections.abc import Mapping
from typing import Annotated, TypeAlias
from urllib.parse import quote

from pydantic import AfterValidator, StringConstraints

from webshop.toml_files import Text

SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?", re.IGNORECASE)
TRACKING = "{tracking}"  # where a carrier's link has the parcel's number


def _tracking_link(template: str) -> str:
    """Whatever number is put into it, it leads to the carrier's own site."""
    words = template.replace(TRACKING, "")
    site, slash, rest = template.removeprefix("https://").partition("/")
    if not template.startswith("https://") or not slash or not SITE.fullmatch(site):
        raise ValueError("must be a link to the carrier's site that begins with https://")
    if not words.isascii() or not words.isprintable() or set(words) & set(' "<>\\^`{|}'):
        raise ValueError(f"must not have letters that no link has; the parcel's number stands at {TRACKING}")
    if TRACKING not in rest:
        raise ValueError(f"must have {TRACKING} where the parcel's number stands")
    return template


def _carrier_name(name: str) -> str:
    """As people type it: in any case, with any spaces."""
    return " ".join(name.casefold().split())


def _each_once(carriers: dict[str, str]) -> dict[str, str]:
    for name in carriers:
        if [_carrier_name(each) for each in carriers].count(_carrier_name(name)) > 1:
            raise ValueError(f"{name!r} stands there twice; capitals make no difference")
    return carriers


TrackingLink: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_tracking_link)
]
Carriers: TypeAlias = Annotated[dict[Text, TrackingLink], AfterValidator(_each_once)]


def tracking_link(carriers: Mapping[str, str], carrier: str, tracking: str) -> str:
    """Where the carrier tells how far a parcel is; "" for a carrier whose link nobody has said."""
    links = {_carrier_name(name): link for name, link in carriers.items()}
    link = links.get(_carrier_name(carrier), "") if tracking else ""
    return link.replace(TRACKING, quote(tracking, safe=""))
