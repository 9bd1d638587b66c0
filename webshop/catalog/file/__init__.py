"""catalog.toml: what it may say, each mistake in it named with its place."""
