"""The shop's own pages: pages/*.md beside shop.toml, each a text with a head."""
