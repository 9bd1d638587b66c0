"""Google's feeds, as a table and as XML."""

from typing import Any

from tests.conftest import DATA

CATALOG = '''\
[[products]]
slug = "mug"
title = "Mug"
categories = ["Home > Mugs"]
description = """
Holds **tea**.
"""
brand = "Fernhill"
options = ["Color"]
facts = { Size = "S", Material = "clay" }
moved_from = ["/p/mug one"]

  [[products.variants]]
  sku = "m1"
  options = ["blue"]
  price = 20.00
  was = 24.00
  weight = 420
  gtin = "4006381333931"

  [[products.variants]]
  sku = "m2"
  options = ["red"]
  price = 24.00
  stock = 0
  weight = 420

[[products]]
slug = "bowl"
title = "Bowl"
categories = ["Home > Bowls"]
description = """
Soup.
"""
facts = { Condition = "used", Size = "36" }

  [[products.variants]]
  sku = "b1"
  price = 1234.50
  weight = 454
'''


def test_items_of_a_group_are_variants(imported: Any) -> None:
    out, catalog = imported((DATA / "feed.tsv").read_text(), "feed.tsv")
    assert catalog.partition("\n\n")[2] == CATALOG
    assert "  2 products in 3 variants; no drafts" in out
    assert "  0 pictures; 4 are not here yet" in out


def test_xml_says_the_same(imported: Any) -> None:
    assert imported((DATA / "feed.xml").read_text(), "feed.xml")[1].partition("\n\n")[2] == CATALOG


def test_an_atom_feed_is_read_and_a_foreign_currency_told(imported: Any) -> None:
    out, catalog = imported(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry>'
        '<g:id>a</g:id><title>Mug</title><link href="https://shop.example/mug.html"/>'
        "<g:price>12 USD</g:price>"
        "</entry></feed>",
        "atom.xml",
    )
    assert 'moved_from = ["/mug.html"]' in catalog
    assert "  1 × in USD, and taken as EUR, the currency of shop.toml: 1 prices" in out


PLAIN = '''\
[[products]]
slug = "mug"
title = "Mug"
categories = ["Home > Mugs"]
description = """
Tea.
"""
options = ["Size"]

  [[products.variants]]
  sku = "M-S"
  options = ["S"]
  price = 12.00
  stock = 3
  weight = 300

  [[products.variants]]
  sku = "M-L"
  options = ["L"]
  price = 14.00
  weight = 400
'''


def test_a_plain_table_is_taken_by_its_names(imported: Any) -> None:
    """As Spree and oscar have it."""
    _out, catalog = imported(
        "name,upc,price_excl_tax,description,taxons,num_in_stock,weight_kg,slug,Size\n"
        "Mug,M-S,12.00,Tea.,Home -> Mugs,3,0.3,mug,S\nMug,M-L,14.00,,,,0.4,mug,L\n",
        "spree.csv",
    )
    assert catalog.partition("\n\n")[2] == PLAIN
