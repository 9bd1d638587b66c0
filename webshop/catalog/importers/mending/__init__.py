"""Source products as entries of catalog.toml: what does not fit is changed, and told."""
